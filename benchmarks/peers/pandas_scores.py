"""Files, exact scores and ranks by pandas, in whole numbers until they are written.

Belongs here: what comes after counting. Does not belong here: counting (pandas_counts.py).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.peers.pandas_counts import DAY, WEEK

GROUPS = ["transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation"]
CENT = Decimal("0.01")


def write_counts(counts: pd.DataFrame, indicators: pd.DataFrame, out: Path) -> None:
    assert not counts.duplicated(["week", "period_kind", "unit_code"]).any(), "a unit is counted twice"
    keys = counts[["week", "period_kind", "unit_code"]].astype({"period_kind": "category", "unit_code": "category"})
    names = indicators["indicator"].tolist()
    parts = []
    one: Any
    for one in indicators.itertuples():
        assert counts[one.numerator].between(0, counts[one.denominator]).all(), f"{one.indicator}: more than all"
        name = pd.Categorical([one.indicator], categories=names).repeat(len(keys))
        part = keys.assign(indicator=name, numerator=counts[one.numerator], denominator=counts[one.denominator])
        parts.append(part[counts["has_petitions"]] if one.needs_petitions else part)
    table = pd.concat(parts, ignore_index=True)
    table["week"] = table["week"].astype("datetime64[s]").astype(pd.ArrowDtype(pa.date32()))
    table.to_parquet(out / "counts.parquet")


def points(num: pd.Series, den: pd.Series, one: Any, places: int) -> pd.Series:
    """The score in units of the last place, half up, exact in 64 bits; 0/0 gives what the rule set says."""
    unit = 10**places
    value = (2 * unit * one.worth_up * num + one.worth_down * den) // (2 * one.worth_down * den.where(den > 0, 1))
    return value.clip(upper=one.max_points * unit).where(den > 0, one.zero_points * unit)


def score(counts: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """Groups and totals in hundredths, and the unrounded total in units of the tenth place, of every one."""
    scored = counts[["week", "period_kind", "unit_code", "has_petitions"]].copy()
    scored["province"] = scored["unit_code"].str[:3]
    scored["level"] = scored["unit_code"].str.len().map({3: "province", 6: "department", 7: "commune"})
    scored[GROUPS] = 0
    scored["unrounded"] = 0
    place = ["week", "period_kind", "unit_code"]
    provinces = counts.set_index(place)
    of_province = pd.MultiIndex.from_frame(scored[["week", "period_kind", "province"]])
    one: Any
    for one in indicators.itertuples():
        num, den = counts[one.numerator], counts[one.denominator]
        if one.inherited:
            laid = provinces[[one.numerator, one.denominator]].reindex(of_province).reset_index(drop=True)
            num, den = laid[one.numerator], laid[one.denominator]
        for column, places in ((one.group_code, 2), ("unrounded", 10)):
            value = points(num, den, one, places)
            if not np.isnan(one.department_flat):
                value = value.mask(scored["level"] == "department", int(one.department_flat) * 10**places)
            scored[column] += value
    scored["total"] = scored[GROUPS].sum(axis=1)
    scored[["satisfaction", "total", "unrounded"]] = scored[["satisfaction", "total", "unrounded"]].where(
        scored["has_petitions"]
    )
    return scored


def rank(scored: pd.DataFrame) -> pd.DataFrame:
    """Every cohort of every week and period, with its change against exactly the week before in the same period."""
    units = scored[scored["level"] != "province"]
    rows = pd.concat([scored, units.assign(level="unit")], ignore_index=True)
    rows["scope"] = rows["province"].where(rows["level"] != "province", "VN")
    rows = rows.astype(dict.fromkeys(("period_kind", "level", "scope", "unit_code"), "category"))
    cohort = ["week", "period_kind", "level", "scope"]
    by_cohort = rows.groupby(cohort, observed=True)
    # a double does not hold every sum of ten places: ranks stand on whole numbers
    rows["rank"] = (
        rows["unrounded"]
        .astype("Int64")
        .groupby([rows[name] for name in cohort], observed=True)
        .rank(method="min", ascending=False)
    )
    rows["cohort_size"] = by_cohort["unit_code"].transform("size")
    rows["ranked"] = by_cohort["rank"].transform("count")
    thursday = rows["week"] + 3 * DAY
    month, quarter = thursday.dt.month, thursday.dt.quarter
    rows["period"] = np.where(
        rows["period_kind"] == "month", month, np.where(rows["period_kind"] == "quarter", quarter, 0)
    )
    key = ["week", "period", "period_kind", "level", "unit_code"]
    before = rows.loc[rows["rank"].notna(), [*key, "total", "rank", "ranked"]].rename(
        columns={"total": "previous_total", "rank": "previous_rank", "ranked": "ranked_before"}
    )
    before["week"] += WEEK
    rows = rows.merge(before, on=key, how="left")
    rows["change"] = rows["total"] - rows["previous_total"]
    # the cohort is the same when all that were ranked are ranked again, and no others
    both = rows["rank"].notna() & rows["previous_rank"].notna()
    again = both.groupby([rows[name] for name in cohort], observed=True).transform("sum")
    same = (again == rows["ranked"]) & (rows["ranked_before"] == rows["ranked"]) & both
    rows["previous_rank"] = rows["previous_rank"].where(same)
    rows["move"] = rows["previous_rank"] - rows["rank"]
    return rows


def write_totals(rows: pd.DataFrame, out: Path) -> None:
    assert not rows.duplicated(["week", "period_kind", "level", "scope", "unit_code"]).any(), "a unit is ranked twice"
    assert rows["total"].dropna().between(0, 10_000).all(), "a total outside 0 to 100"
    whole = ["rank", "cohort_size", "ranked", "previous_rank", "move"]
    cents = ["total", *GROUPS, "previous_total", "change"]
    columns = {name: pa.array(rows[name]) for name in ("period_kind", "level", "scope", "unit_code")}
    columns["week"] = pa.array(rows["week"]).cast(pa.timestamp("s")).cast(pa.date32())
    for name in whole:
        columns[name] = pa.array(rows[name].astype("Int64")).cast(pa.int32())
    for name in cents:
        hundredths = pa.array(rows[name].astype("Int64")).cast(pa.decimal128(19, 0))
        columns[name] = pc.multiply(hundredths, pa.scalar(CENT)).cast(pa.decimal128(6, 2))
    pq.write_table(pa.table(columns), out / "totals.parquet")
