"""The counts of every week by pandas: the state as of the week, flags, and sums by unit.

Belongs here: what is counted, working days. Does not belong here: reading and checking (pandas_analyst.py), scores.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.pandas_rules import ONLINE_PAYMENTS

SEEDS = Path(__file__).with_name("dbt_project") / "seeds"
NEVER, ALWAYS = pd.Timestamp.min.as_unit("us"), pd.Timestamp.max.as_unit("us")
DAY, WEEK, INSTANT = pd.Timedelta(days=1), pd.Timedelta(weeks=1), pd.Timedelta(microseconds=1)
FLAGS = ["received", "timely", "online", "fee", "paid", "content", "result", "digitised", "reused", "shared", "linked"]
LISTED = ["listed", "offered", "fee_bearing", "payable", "person", "connected", "described", "complete"]


def count(tables: dict[str, pd.DataFrame], weeks: list[pd.Timestamp]) -> pd.DataFrame:
    """A row a week, period and unit, a column each thing counted; petitions are missing before their first export."""
    versions = tables["dossiers"]
    for name in ("unit_code", "procedure_code", "channel", "status", "payment"):
        versions[name] = versions[name].astype("category")
    versions["dossier"] = pd.factorize(versions["dossier_code"])[0]
    versions = versions.sort_values("week", kind="stable")
    petitions = with_term(tables["petitions"]).sort_values("week", kind="stable")
    complained = petitions.dropna(subset="dossier_code").groupby("dossier_code")["week"].min()
    versions["complained"] = versions["dossier_code"].map(complained)
    versions = flagged(versions.drop(columns="dossier_code"))
    lists = sorted(tables["procedures"]["week"].unique())
    frames = []
    for number, first in enumerate(lists):
        after = lists[number + 1] if number + 1 < len(lists) else ALWAYS
        procedures = tables["procedures"][tables["procedures"]["week"] == first]
        units = tables["units"][tables["units"]["week"] == first]
        places = sorted({*units["unit_code"], *units["province_code"]})
        listed = with_provinces_lists(procedures)
        fixed = listed.groupby("place", observed=True)[LISTED].sum().rename(index=str)
        told = with_list(versions[versions["week"] < after], listed)
        for week in weeks:
            if first <= week < after:
                state = told[told["week"] <= week].drop_duplicates("dossier", keep="last")
                state = state[state["month"] > 0]
                asked = petitions[petitions["week"] <= week].drop_duplicates("petition_code", keep="last")
                asked = asked[asked["form"] == "petition"]
                for kind, months, cut in readings(week):
                    parts = [
                        count_dossiers(state[state["month"].isin(months)], week, cut),
                        count_petitions(asked[asked["month"].isin(months)], cut),
                        fixed,
                        count_dated(listed, months, cut),
                        count_units(units, kind),
                    ]
                    wide = pd.concat(parts, axis=1).reindex(places).fillna(0).astype("int64")
                    known = bool((petitions["week"] <= week).any())
                    frames.append(wide.assign(week=week, period_kind=kind, has_petitions=known))
    return synchronised(pd.concat(frames).reset_index(names="unit_code"))


def synchronised(wide: pd.DataFrame) -> pd.DataFrame:
    """Dossiers of the national report: nobody told and no last year, so none is known to be synchronised."""
    received, told = wide["received"], wide["told"] > 0
    wide["expected"] = received.clip(lower=wide["expected"].where(told, 1))
    wide["synchronised"] = received.where(told, 0)
    return wide


def readings(week: pd.Timestamp) -> list[tuple[str, list[int], pd.Timestamp]]:
    """The periods a week is read in: kind, months, and the moment it is measured at."""
    thursday, end = week + 3 * DAY, week + WEEK
    month, quarter = thursday.month, (thursday.month - 1) // 3 * 3
    periods = {"ytd": list(range(1, 13)), "quarter": [quarter + 1, quarter + 2, quarter + 3], "month": [month]}
    ends = {
        kind: pd.Timestamp(thursday.year, months[-1], 1) + pd.offsets.MonthBegin() for kind, months in periods.items()
    }
    return [(kind, months, min(end, ends[kind])) for kind, months in periods.items()]


def flagged(d: pd.DataFrame) -> pd.DataFrame:
    """What is counted of every version, as far as no list and no week has a part in it."""
    d["paid"] = d["payment"].isin(ONLINE_PAYMENTS)
    d["online"] = d["channel"] == "online"
    d["fee"] = d["fee_total_vnd"] > 0
    d["result"] = d["has_result"]
    d["digitised"] = (d["digitised_count"] > 0) & d["has_result"]
    d["reused"] = d["reused_count"] > 0
    d["shared"] = (d["from_store_count"] > 0) | d["sent_to_store"]
    d["linked"] = d["vneid_verified"] | (d["from_store_count"] > 0) | d["population_link"]
    d["received"] = True
    d["month"] = d["accepted_at"].dt.month.where(d["status"] != "not_accepted").fillna(0).astype("int8")
    d["ended_at"] = d["finished_at"].fillna(d["returned_at"]).fillna(d["stopped_at"])
    d["waiting"] = pd.to_timedelta(d["waiting_seconds"], unit="s")
    gone = [
        "channel",
        "status",
        "payment",
        "fee_total_vnd",
        "finished_at",
        "returned_at",
        "stopped_at",
        "waiting_seconds",
    ]
    gone += ["has_result", "digitised_count", "reused_count", "from_store_count", "sent_to_store", "vneid_verified"]
    return d.drop(columns=[*gone, "population_link"])


def with_list(d: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Versions with what the list in force says: until when they are timely, and whether their procedure is offered."""
    province = d["unit_code"].astype(str).str[:3]
    d = d.assign(province=province.astype("category"))
    # without a due date: the longest term a unit of the province lists, in working days
    terms = listed.groupby(["province", "procedure_code"])["term_days"].max().rename("term").reset_index()
    without = d.loc[d["due_at"].isna(), ["province", "procedure_code", "accepted_at", "ended_at", "waiting"]].astype(
        {"province": str, "procedure_code": str}
    )
    without = (
        without.reset_index().merge(terms, on=["province", "procedure_code"]).dropna(subset="term").set_index("index")
    )
    day = without["accepted_at"].dt.normalize()
    last = add_working_days(day, without["term"])
    due = (
        last.where(last > day, day)
        + DAY
        - INSTANT
        + without["waiting"].where(without["ended_at"].isna(), pd.Timedelta(0))
    )
    due = d["due_at"].fillna(due)
    ended, asked = d["ended_at"].notna(), d["supplement_open_at"].notna()
    late_from = due.fillna(NEVER)
    late_from = late_from.mask(asked, (d["supplement_open_at"] <= due).map({True: ALWAYS, False: NEVER}))
    late_from = late_from.mask(ended, (d["ended_at"] - d["waiting"] <= due).map({True: ALWAYS, False: NEVER}))
    d["late_from"] = late_from.mask(d["supplement_count"] > 1, NEVER)
    # a unit's and its province's list, told by one number a place and procedure
    units, procedures = d["unit_code"].cat.categories, d["procedure_code"].cat.categories
    for place, codes in (("unit_code", units), ("province", d["province"].cat.categories)):
        at, of = (
            codes.get_indexer(pd.Index(listed["place"].astype(str))),
            procedures.get_indexer(pd.Index(listed["procedure_code"])),
        )
        known = (at >= 0) & (of >= 0)  # others have no dossier
        pair = pd.Series(at.astype("int64") * len(procedures) + of, index=listed.index)
        d[f"{place}_pair"] = d[place].cat.codes.astype("int64") * len(procedures) + d["procedure_code"].cat.codes
        d[f"{place}_offered"] = d[f"{place}_pair"].isin(pair[known & listed["offered"]])
        d[f"{place}_fee"] = d[f"{place}_pair"].isin(pair[known & listed["fee_bearing"]]) & d["paid"]
    return d.drop(columns=["due_at", "ended_at", "waiting", "supplement_count", "supplement_open_at", "accepted_at"])


def count_dossiers(state: pd.DataFrame, week: pd.Timestamp, cut: pd.Timestamp) -> pd.DataFrame:
    state = state.assign(timely=state["late_from"] >= cut)
    state["content"] = state["timely"] & ~(state["complained"] <= week)
    state["paid"] &= state["fee"]
    units = state.groupby("unit_code", observed=True)[FLAGS].sum()
    units["services"], units["paid_services"] = services(state, "unit_code")
    provinces = units[FLAGS].groupby(units.index.astype(str).str[:3]).sum()
    provinces["services"], provinces["paid_services"] = services(state, "province")
    units.index = units.index.astype(str)
    return pd.concat([units, provinces])


def services(state: pd.DataFrame, place: str) -> tuple[pd.Series, pd.Series]:
    """Of every unit how many offered services have a dossier, and how many that bear a fee have an online payment."""
    pair = f"{place}_pair"
    found = []
    for kind in ("offered", "fee"):
        rows = state.loc[state[f"{place}_{kind}"], [place, pair]].drop_duplicates(pair)
        found.append(rows[place].astype(str).value_counts())
    return found[0], found[1]


def with_term(p: pd.DataFrame) -> pd.DataFrame:
    p["month"] = p["received_at"].dt.month
    term = p["outcome"].map({"refuse": 2, "ask_more": 5, "publish": 2}).fillna(15)
    due = p["due_at"].fillna(add_working_days(p["received_at"].dt.normalize(), term) + DAY - INSTANT)
    answered = (p["answered_at"] <= due).map({True: ALWAYS, False: NEVER})
    p["late_from"] = due.mask(p["answered_at"].notna(), answered)
    return p


def count_petitions(p: pd.DataFrame, cut: pd.Timestamp) -> pd.DataFrame:
    p = p.assign(petitions=True, answered=p["late_from"] >= cut)
    p["pleased"] = p["answered"] & ~p["disliked"] & ~p["repeated"]
    return with_provinces(p.groupby("unit_code")[["petitions", "answered", "pleased"]].sum())


def with_provinces_lists(p: pd.DataFrame) -> pd.DataFrame:
    """The lists of units, and those of provinces: each procedure once, as the unit of the lowest code lists it."""
    p = p.assign(place=p["unit_code"], province=p["unit_code"].str[:3])
    own = p.loc[p["unit_code"] == p["province"], "province"].unique()
    of_provinces = p[~p["province"].isin(own)].sort_values("unit_code").drop_duplicates(["province", "procedure_code"])
    p = pd.concat([p, of_provinces.assign(place=of_provinces["province"])], ignore_index=True)
    announced, effective, disclosed = (
        working_days_to(p[name]) for name in ("announced_on", "effective_on", "disclosed_on")
    )
    p["early"] = effective - announced >= 5
    p["disclosed"] = disclosed - announced <= 5
    p["disclosure_due"] = add_working_days(p["announced_on"], pd.Series(5, index=p.index))
    p["announced_month"], p["disclosure_month"] = p["announced_on"].dt.month, p["disclosure_due"].dt.month
    p["place"] = p["place"].astype("category")
    p["listed"] = True
    p["offered"] = p["service_level"].isin(["full", "part"])
    p["payable"] = p["fee_bearing"] & p["payment_offered"]
    p["person"] = p["subject_person"]
    p["connected"] = p["subject_person"] & p["population_connected"]
    p["described"] = p["content_complete"].notna()
    p["complete"] = p["content_complete"].fillna(False).astype(bool)
    return p


def count_dated(listed: pd.DataFrame, months: list[int], cut: pd.Timestamp) -> pd.DataFrame:
    """What is announced or due counts in the period its day falls in."""
    announced = listed[listed["announced_month"].isin(months) & (listed["announced_on"] < cut)]
    due = listed[listed["disclosure_month"].isin(months) & (listed["disclosure_due"] < cut)]
    return pd.concat(
        [
            announced.groupby("place", observed=True)["early"].agg(announced="size", early="sum").rename(index=str),
            due.groupby("place", observed=True)["disclosed"].agg(disclosable="size", disclosed="sum").rename(index=str),
        ],
        axis=1,
    )


def count_units(units: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Communes with electronic copies, and the dossiers the national report expects (told: somebody has said)."""
    u = units.set_index("unit_code")
    communes = (u["level"] == "commune") & u["certified_copy"].notna()
    copies = with_provinces(pd.DataFrame({"communes": communes, "copies": communes & (u["certified_copy"] == True)}))  # noqa: E712
    reports = u[[f"reported_{kind}", "last_year_dossiers"]].set_axis(["reported", "last"], axis=1)
    below = reports[u["level"] != "province"]
    summed = below.groupby(below.index.str[:3]).sum(min_count=1)
    reports = pd.concat([below, reports[u["level"] == "province"].combine_first(summed)])
    part = {"month": 12, "quarter": 4, "ytd": 1}[kind]
    share = (2 * reports["last"] + part) // (2 * part)
    expected = reports["reported"].fillna(share)
    return copies.assign(expected=expected.fillna(0), told=expected.notna())


def with_provinces(units: pd.DataFrame) -> pd.DataFrame:
    """Sums of units and, added to them, of their provinces."""
    below = units[units.index.str.len() > 3]
    return pd.concat([below, units.groupby(units.index.str[:3]).sum()])


_DAYS = pd.date_range("2025-01-01", "2027-12-31")
_SPECIAL = pd.read_csv(SEEDS / "special_days.csv", parse_dates=["day"])
_OPEN = ((_DAYS.day_of_week < 5) & ~_DAYS.isin(_SPECIAL.loc[_SPECIAL["kind"] == "off", "day"])) | _DAYS.isin(
    _SPECIAL.loc[_SPECIAL["kind"] == "worked", "day"]
)
_WORKED = pd.Series(_OPEN.cumsum(), index=_DAYS)  # working days up to a day
_NTH = pd.Series(_DAYS[_OPEN].as_unit("us"), index=np.arange(1, _OPEN.sum() + 1))


def working_days_to(days: pd.Series) -> pd.Series:
    return days.map(_WORKED)


def add_working_days(days: pd.Series, terms: pd.Series) -> pd.Series:
    return (days.map(_WORKED) + terms).map(_NTH)
