"""The counts of every week by Polars: a version lasts from its week to the next one of its dossier, so a state is a filter.

Belongs here: what is counted, working days. Does not belong here: reading and checking (polars_script.py), scores.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from benchmarks.peers.pandas_rules import ONLINE_PAYMENTS

SEEDS = Path(__file__).with_name("dbt_project") / "seeds"
ALWAYS, NEVER = datetime(1900, 1, 1), datetime(2900, 1, 1)
DAY, WEEK, INSTANT = timedelta(days=1), timedelta(weeks=1), timedelta(microseconds=1)
FLAGS = ["received", "timely", "online", "fee", "paid", "content", "result", "digitised", "reused", "shared", "linked"]
LISTED = ["listed", "offered", "fee_bearing", "payable", "person", "connected", "described", "complete"]


def count(valid: dict[str, pl.LazyFrame], weeks: list[date]) -> pl.DataFrame:
    """A row a week, period and unit, a column each thing counted; petitions are missing before their first export."""
    told_of = valid["petitions"].with_columns(**petition_columns()).sort("petition_code", "week")
    petitions = told_of.with_columns(until=until("petition_code")).collect()
    complaints = petitions.drop_nulls("dossier_code").group_by("dossier_code").agg(complained=col("week").min())
    dossiers = valid["dossiers"].join(complaints.lazy(), on="dossier_code", how="left").select(**version_columns())
    versions = dossiers.collect(engine="streaming").sort("dossier", "week").with_columns(until=until("dossier"))
    versions = versions.drop("dossier").filter(col("month") > 0)
    procedures, units = valid["procedures"].collect(engine="streaming"), valid["units"].collect()
    first_petition: Any = petitions["week"].min()
    found = []
    lists = procedures["week"].unique().sort().to_list()
    for first, after in zip(lists, [*lists[1:], date.max], strict=True):
        listed = with_provinces_lists(procedures.filter(week=first))
        told = with_list(versions.filter(col("week") < after, col("until") > first), listed)
        described = units.filter(week=first)
        places = pl.concat([described["unit_code"], described["province_code"]]).unique().to_frame()
        fixed = listed.group_by("unit_code").agg(col(LISTED).sum())
        for week in [one for one in weeks if first <= one < after]:
            state = told.lazy().filter(col("week") <= week, col("until") > week)
            asked = petitions.lazy().filter(col("week") <= week, col("until") > week, col("form") == "petition")
            queries = []
            for kind, months, cut in readings(week):
                parts = [
                    count_dossiers(state.filter(col("month").is_in(months)), week, cut),
                    *services(state.filter(col("month").is_in(months))),
                    count_petitions(asked.filter(col("month").is_in(months)), cut),
                    fixed.lazy(),
                    *count_dated(listed.lazy(), months, cut),
                    count_units(described.lazy(), kind),
                ]
                wide = places.lazy()
                for part in parts:
                    wide = wide.join(part, on="unit_code", how="left")
                wide = wide.with_columns(pl.selectors.numeric().fill_null(0).cast(pl.Int64))
                queries.append(
                    wide.with_columns(
                        week=pl.lit(week),
                        period_kind=pl.lit(kind),
                        has_petitions=pl.lit(first_petition is not None and first_petition <= week),
                        synchronised=pl.when("told").then("received").otherwise(0),
                        expected=pl.max_horizontal("received", pl.when("told").then("expected").otherwise(1)),
                    )
                )
            found += pl.collect_all(queries)
    return pl.concat(found)


def readings(week: date) -> list[tuple[str, list[int], datetime]]:
    """The periods a week is read in: kind, months, and the moment it is measured at."""
    thursday, end = week + 3 * DAY, datetime.combine(week + WEEK, datetime.min.time())
    quarter = (thursday.month - 1) // 3 * 3
    periods = {"ytd": list(range(1, 13)), "quarter": [quarter + 1, quarter + 2, quarter + 3], "month": [thursday.month]}
    return [
        (kind, months, min(end, datetime(thursday.year + months[-1] // 12, months[-1] % 12 + 1, 1)))
        for kind, months in periods.items()
    ]


def until(key: str) -> pl.Expr:
    """The week in which the next version of the same thing comes, of rows sorted by the thing and week."""
    return pl.when(col(key) == col(key).shift(-1)).then(col("week").shift(-1)).otherwise(date.max)


def version_columns() -> dict[str, pl.Expr]:
    """What is counted of every version, as far as no list and no week has a part in it."""
    ended = pl.coalesce("finished_at", "returned_at", "stopped_at")
    moment = (
        pl.when(ended.is_not_null())
        .then(ended - pl.duration(seconds="waiting_seconds"))
        .otherwise("supplement_open_at")
    )
    from_store = col("from_store_count") > 0
    return {
        "dossier": col("dossier_code").hash(),  # 64 bits stand for the text
        "week": col("week"),
        "unit_code": col("unit_code").cast(pl.Categorical),
        "procedure_code": col("procedure_code").cast(pl.Categorical),
        "month": pl.when(col("status") != "not_accepted").then(col("accepted_at").dt.month()).fill_null(0),
        "complained": col("complained"),
        "accepted_on": col("accepted_at").dt.date(),
        "due": col("due_at"),
        "always_late": col("supplement_count") > 1,
        "moment": moment,  # at which it was done or waits for the applicant; null: still in work
        "waited": pl.when(ended.is_null()).then("waiting_seconds").otherwise(0),
        "supplied": pl.when(ended.is_null())
        .then(pl.duration(seconds="waiting_seconds"))
        .otherwise(pl.duration(seconds=0)),
        "received": pl.lit(True),
        "online": col("channel") == "online",
        "fee": col("fee_total_vnd") > 0,
        "is_paid": col("payment").is_in(ONLINE_PAYMENTS),
        "paid": col("payment").is_in(ONLINE_PAYMENTS) & (col("fee_total_vnd") > 0),
        "result": col("has_result"),
        "digitised": (col("digitised_count") > 0) & col("has_result"),
        "reused": col("reused_count") > 0,
        "shared": from_store | col("sent_to_store"),
        "linked": from_store | col("vneid_verified") | col("population_link"),
    }


def with_list(versions: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Versions with what the list in force says: until when they are timely, and whether their procedure is offered."""
    text = listed.select("unit_code", "procedure_code", "province", "term_days", "offered", "fee_bearing")
    text = text.with_columns(col("unit_code", "procedure_code", "province").cast(pl.Categorical))
    is_province = col("unit_code") == col("province")
    terms = text.group_by("province", "procedure_code").agg(term=col("term_days").max())
    of_units = text.filter(~is_province).select(
        "unit_code", "procedure_code", unit_offered="offered", unit_fee="fee_bearing"
    )
    of_provinces = text.filter(is_province).select(
        "province", "procedure_code", province_offered="offered", province_fee="fee_bearing"
    )
    query = versions.lazy().with_columns(province=col("unit_code").cast(pl.String).str.head(3).cast(pl.Categorical))
    query = query.join(terms.lazy(), on=["province", "procedure_code"], how="left")
    query = query.join(of_units.lazy(), on=["unit_code", "procedure_code"], how="left")
    query = query.join(of_provinces.lazy(), on=["province", "procedure_code"], how="left")
    # without a due date: the longest term a unit of the province lists, in working days
    last = pl.max_horizontal(add_working_days(col("accepted_on"), col("term")), "accepted_on")
    by_term = pl.when(col("term").is_not_null()).then(last.cast(pl.Datetime) + DAY - INSTANT + col("supplied"))
    due = pl.coalesce("due", by_term)
    late_from = (
        pl.when("always_late")
        .then(ALWAYS)
        .when(col("moment").is_null())
        .then(due.fill_null(ALWAYS))
        .when(col("moment") <= due)
        .then(NEVER)
        .otherwise(ALWAYS)
    )
    query = query.with_columns(late_from=late_from)
    query = query.with_columns(col("unit_offered", "unit_fee", "province_offered", "province_fee").fill_null(False))
    query = query.with_columns(col("unit_fee", "province_fee") & col("is_paid"))
    return query.drop("due", "moment", "term", "accepted_on", "supplied", "waited", "always_late").collect()


def count_dossiers(state: pl.LazyFrame, week: date, cut: datetime) -> pl.LazyFrame:
    timely = col("late_from") >= cut
    content = timely & (col("complained") > week).fill_null(True)
    summed = state.with_columns(timely=timely, content=content).group_by("unit_code").agg(col(FLAGS).sum())
    return with_provinces(summed.with_columns(col("unit_code").cast(pl.String)))


def services(state: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Of every unit and province how many offered services have a dossier, and how many with a fee an online payment."""
    found = []
    for name, kind in (("services", "offered"), ("paid_services", "fee")):
        parts = []
        for place, unit in (("unit", "unit_code"), ("province", "province")):
            pairs = (
                state.filter(f"{place}_{kind}")
                .select(unit_code=col(unit).cast(pl.Categorical), p="procedure_code")
                .unique()
            )
            parts.append(
                pairs.group_by("unit_code").agg(pl.len().alias(name)).with_columns(col("unit_code").cast(pl.String))
            )
        found.append(pl.concat(parts))
    return found


def petition_columns() -> dict[str, pl.Expr]:
    term = col("outcome").replace_strict({"refuse": 2, "ask_more": 5, "publish": 2}, default=15, return_dtype=pl.Int32)
    by_term = add_working_days(col("received_at").dt.date(), term).cast(pl.Datetime) + DAY - INSTANT
    due = pl.coalesce("due_at", by_term)
    late_from = (
        pl.when(col("answered_at").is_null()).then(due).when(col("answered_at") <= due).then(NEVER).otherwise(ALWAYS)
    )
    return {"month": col("received_at").dt.month(), "late_from": late_from}


def count_petitions(asked: pl.LazyFrame, cut: datetime) -> pl.LazyFrame:
    answered = col("late_from") >= cut
    pleased = answered & ~col("disliked") & ~col("repeated")
    return with_provinces(
        asked.group_by("unit_code").agg(petitions=pl.len(), answered=answered.sum(), pleased=pleased.sum())
    )


def with_provinces_lists(p: pl.DataFrame) -> pl.DataFrame:
    """The lists of units, and those of provinces: each procedure once, as the unit of the lowest code lists it."""
    query = p.lazy().with_columns(province=col("unit_code").str.head(3))
    own = query.filter(col("unit_code") == col("province")).select("province").unique()
    of_provinces = query.join(own, on="province", how="anti").sort("unit_code")
    of_provinces = of_provinces.unique(["province", "procedure_code"], keep="first", maintain_order=True)
    query = pl.concat([query, of_provinces.with_columns(unit_code="province")])
    announced, effective, disclosed = (
        working_days_to(col(name)) for name in ("announced_on", "effective_on", "disclosed_on")
    )
    return query.with_columns(
        early=(effective - announced >= 5).fill_null(False),
        disclosed=(disclosed - announced <= 5).fill_null(False),
        disclosure_due=add_working_days(col("announced_on"), pl.lit(5)),
        listed=pl.lit(True),
        offered=col("service_level").is_in(["full", "part"]),
        payable=col("fee_bearing") & col("payment_offered"),
        person=col("subject_person"),
        connected=col("subject_person") & col("population_connected"),
        described=col("content_complete").is_not_null(),
        complete=col("content_complete").fill_null(False),
    ).collect()


def count_dated(listed: pl.LazyFrame, months: list[int], cut: datetime) -> list[pl.LazyFrame]:
    """What is announced or due counts in the period its day falls in."""
    found = []
    for day, all_of, good in (("announced_on", "announced", "early"), ("disclosure_due", "disclosable", "disclosed")):
        rows = listed.filter(col(day).dt.month().is_in(months), col(day) < cut.date())
        found.append(rows.group_by("unit_code").agg(pl.len().alias(all_of), col(good).sum()))
    return found


def count_units(units: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    """Communes with electronic copies, and the dossiers the national report expects (told: somebody has said)."""
    communes = (col("level") == "commune") & col("certified_copy").is_not_null()
    copies = with_provinces(
        units.select(
            "unit_code", communes=communes.cast(pl.Int64), copies=(communes & col("certified_copy")).cast(pl.Int64)
        )
    )
    part = {"month": 12, "quarter": 4, "ytd": 1}[kind]
    told = units.select(
        "unit_code",
        "level",
        province=col("unit_code").str.head(3),
        reported=f"reported_{kind}",
        last="last_year_dossiers",
    )
    summed = (
        told.filter(col("level") != "province")
        .group_by("province")
        .agg(
            pl.when(col(name).count() > 0).then(col(name).sum()).alias(f"{name}_below") for name in ("reported", "last")
        )
    )
    told = told.join(summed, left_on="unit_code", right_on="province", how="left")
    reported, last = pl.coalesce("reported", "reported_below"), pl.coalesce("last", "last_below")
    expected = pl.coalesce(reported, (2 * last + part) // (2 * part))
    told = told.select("unit_code", expected=expected.fill_null(0), told=expected.is_not_null())
    return copies.join(told, on="unit_code", how="left")


def with_provinces(units: pl.LazyFrame) -> pl.LazyFrame:
    """Sums of units and, added to them, of their provinces."""
    below = units.filter(col("unit_code").str.len_bytes() > 3)
    return pl.concat([below, units.group_by(col("unit_code").str.head(3)).agg(pl.all().sum())])


def _calendar() -> tuple[dict[date, int], dict[int, date]]:
    special = dict(pl.read_csv(SEEDS / "special_days.csv", try_parse_dates=True).select("day", "kind").iter_rows())
    days = pl.date_range(date(2025, 1, 1), date(2027, 12, 31), eager=True).to_list()
    worked, nth, number = {}, {}, 0
    for day in days:
        if special.get(day, "off" if day.weekday() > 4 else "worked") == "worked":
            number += 1
            nth[number] = day
        worked[day] = number
    return worked, nth


_WORKED, _NTH = _calendar()  # working days up to a day; the day of a number


def working_days_to(day: pl.Expr) -> pl.Expr:
    return day.replace_strict(_WORKED, default=None, return_dtype=pl.Int32)


def add_working_days(day: pl.Expr, term: pl.Expr) -> pl.Expr:
    return (working_days_to(day) + term).replace_strict(_NTH, default=None, return_dtype=pl.Date)
