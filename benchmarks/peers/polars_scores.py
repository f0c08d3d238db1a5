"""Files, exact scores and ranks by Polars, in whole numbers until they are written.

Belongs here: what comes after counting. Does not belong here: counting (polars_counts.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from benchmarks.peers.polars_counts import DAY, WEEK

GROUPS = ["transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation"]
PLACE = ["week", "period_kind", "unit_code"]


def write_counts(counts: pl.DataFrame, indicators: list[dict[str, Any]], out: Path) -> None:
    assert not counts.select(PLACE).is_duplicated().any(), "a unit is counted twice"
    parts = []
    for one in indicators:
        right = col(one["numerator"]).is_between(0, col(one["denominator"]))
        assert counts.select(right.all()).item(), f"{one['indicator']}: more than all"
        rows = counts.lazy().filter("has_petitions") if one["needs_petitions"] else counts.lazy()
        named = {
            "indicator": pl.lit(one["indicator"]),
            "numerator": col(one["numerator"]),
            "denominator": col(one["denominator"]),
        }
        parts.append(rows.select(*PLACE, **named))
    pl.concat(parts).sink_parquet(out / "counts.parquet")


def points(num: pl.Expr, den: pl.Expr, one: dict[str, Any], places: int) -> pl.Expr:
    """The score in units of the last place, half up, exact in 64 bits; 0/0 gives what the rule set says."""
    unit = 10**places
    value = (2 * unit * one["worth_up"] * num + one["worth_down"] * den) // (2 * one["worth_down"] * den)
    return (
        pl.when(den > 0).then(pl.min_horizontal(value, one["max_points"] * unit)).otherwise(one["zero_points"] * unit)
    )


def score(counts: pl.DataFrame, indicators: list[dict[str, Any]]) -> pl.DataFrame:
    """Groups and totals in hundredths, and the unrounded total in units of the tenth place, of every row."""
    level = col("unit_code").str.len_bytes().replace_strict({3: "province", 6: "department", 7: "commune"})
    inherited = [name for one in indicators if one["inherited"] for name in (one["numerator"], one["denominator"])]
    provinces = counts.select("week", "period_kind", *inherited, province="unit_code")
    rows = counts.with_columns(province=col("unit_code").str.head(3), level=level).drop(inherited)
    rows = rows.join(provinces, on=["week", "period_kind", "province"], how="left")
    found: dict[str, list[pl.Expr]] = {}
    for one in indicators:
        for column, places in ((one["group_code"], 2), ("unrounded", 10)):
            value = points(col(one["numerator"]), col(one["denominator"]), one, places)
            if one["department_flat"] is not None:
                flat = one["department_flat"] * 10**places
                value = pl.when(col("level") == "department").then(flat).otherwise(value)
            found.setdefault(column, []).append(value)
    rows = rows.select(
        *PLACE, "province", "level", "has_petitions", **{name: pl.sum_horizontal(all_) for name, all_ in found.items()}
    )
    rows = rows.with_columns(total=pl.sum_horizontal(GROUPS))
    return rows.with_columns(pl.when("has_petitions").then(col("satisfaction", "total", "unrounded")))


def rank(scored: pl.DataFrame) -> pl.DataFrame:
    """Every cohort of every week and period, with its change against exactly the week before in the same period."""
    units = scored.filter(col("level") != "province").with_columns(level=pl.lit("unit"))
    rows = pl.concat([scored, units]).with_columns(
        scope=pl.when(col("level") == "province").then(pl.lit("VN")).otherwise("province")
    )
    cohort = ["week", "period_kind", "level", "scope"]
    thursday = col("week") + 3 * DAY
    month = pl.when(col("period_kind") == "month").then(thursday.dt.month())
    period = month.when(col("period_kind") == "quarter").then(thursday.dt.quarter()).otherwise(0)
    rows = rows.with_columns(
        rank=col("unrounded").rank("min", descending=True).over(cohort),
        cohort_size=pl.len().over(cohort),
        period=period,
    )
    rows = rows.with_columns(ranked=col("rank").count().over(cohort))
    before = rows.filter(col("rank").is_not_null()).select(
        "period",
        "period_kind",
        "level",
        "unit_code",
        week=col("week") + WEEK,
        previous_total="total",
        previous_rank="rank",
        ranked_before="ranked",
    )
    rows = rows.join(before, on=["week", "period", "period_kind", "level", "unit_code"], how="left")
    both = col("rank").is_not_null() & col("previous_rank").is_not_null()
    # the cohort is the same when all that were ranked are ranked again, and no others
    same = both & (both.sum().over(cohort) == col("ranked")) & (col("ranked_before") == col("ranked"))
    rows = rows.with_columns(
        change=col("total") - col("previous_total"), previous_rank=pl.when(same).then("previous_rank")
    )
    return rows.with_columns(move=col("previous_rank").cast(pl.Int64) - col("rank").cast(pl.Int64))


def write_totals(rows: pl.DataFrame, out: Path) -> None:
    assert not rows.select("week", "period_kind", "level", "scope", "unit_code").is_duplicated().any(), (
        "a unit is ranked twice"
    )
    assert rows.select(col("total").is_between(0, 10_000).all()).item(), "a total outside 0 to 100"
    cents = ["total", *GROUPS, "previous_total", "change"]
    whole = ["rank", "cohort_size", "ranked", "previous_rank", "move"]
    exact = (col(cents).cast(pl.Decimal(12, 2)) / 100).cast(pl.Decimal(6, 2))
    rows.select("week", "period_kind", "level", "scope", "unit_code", col(whole).cast(pl.Int32), exact).write_parquet(
        out / "totals.parquet"
    )
