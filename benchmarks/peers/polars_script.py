"""A peer: the year's ranking by Polars, lazy and with its streaming engine where rows are many, as a user who knows it writes it.

Belongs here: reading the landing folder, checks (polars_rules.py), and the order of things. Does not belong here: counting
(polars_counts.py), scores and ranks (polars_scores.py), anything of the house.

It knows this landing folder: Parquet, Vietnamese time, the weeks of one year, exports of procedures and units in the same weeks.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import polars as pl
from polars import col

from benchmarks.peers.pandas_rules import ERRORS, KEYS
from benchmarks.peers.polars_counts import SEEDS, WEEK, count
from benchmarks.peers.polars_rules import RULES
from benchmarks.peers.polars_scores import rank, score, write_counts, write_totals
from benchmarks.watch import Watch, print_own_timing


def run(landing: Path, out: Path) -> None:
    """Writes counts, totals, quarantine and findings (compare.py says which columns) to the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    weeks = sorted(date.fromisocalendar(int(f.name[:4]), int(f.name[6:]), 1) for f in landing.iterdir())
    valid = read_checked(landing, out)
    indicators = pl.read_csv(SEEDS / "indicators.csv").rows(named=True)
    counts = count(valid, weeks)
    write_counts(counts, indicators, out)
    write_totals(rank(score(counts, indicators)), out)


def read_checked(landing: Path, out: Path) -> dict[str, pl.LazyFrame]:
    """The valid rows of every table, lazy; what the rules found is written."""
    valid: dict[str, pl.LazyFrame] = {}
    findings: list[pl.DataFrame] = []
    quarantine: list[pl.DataFrame] = []
    for table, rules in RULES.items():
        rows = scan(landing, table)
        named = {f"{table}.{name}": rule.fill_null(False) for name, rule in rules.items()}
        wrong, key, repeated = [name for name in named if name in ERRORS], KEYS[table], f"{table}.superseded_in_file"
        last = rows.drop_nulls(key).group_by("file", *key).agg(pl.len(), last=col("row").max()).filter(col("len") > 1)
        found, failing, twice, starts = pl.collect_all(
            [
                rows.group_by("unit_code").agg(rule.sum().alias(name) for name, rule in named.items()),
                rows.with_columns(**{name: named[name] for name in wrong}).filter(pl.any_horizontal(wrong)),
                last,
                rows.group_by("file").agg(first=col("row").min()),
            ],
            engine="streaming",
        )
        earlier = failing.drop(wrong).clear()
        if len(twice):
            again = twice.lazy().select("file", *key, "last")
            earlier = rows.join(again, on=["file", *key]).filter(col("row") < col("last")).drop("last").collect()
        by_rule = found.unpivot(index="unit_code", variable_name="rule", value_name="failed").filter(col("failed") > 0)
        findings += [by_rule, earlier.group_by("unit_code").agg(failed=pl.len()).with_columns(rule=pl.lit(repeated))]
        told = (
            failing.unpivot(on=wrong, index=["file", "week", "row"], variable_name="rule").filter("value").drop("value")
        )
        told = pl.concat([told, earlier.select("file", "week", "row", rule=pl.lit(repeated))]).join(starts, on="file")
        quarantine.append(told.select("week", "rule", source_row=col("row") - col("first") + 1))
        pl.concat([failing.drop(wrong), earlier]).write_parquet(out / f"quarantine_{table}.parquet")
        valid[table] = rows.filter(~pl.any_horizontal(named[name] for name in wrong))
        if len(earlier):
            valid[table] = valid[table].join(earlier.lazy().select("row"), on="row", how="anti")
    by_unit = pl.concat(findings, how="diagonal_relaxed")
    by_unit.write_parquet(out / "findings_by_unit.parquet")
    by_unit.group_by("rule").agg(col("failed").sum()).write_parquet(out / "findings.parquet")
    pl.concat(quarantine).write_parquet(out / "quarantine.parquet")
    return valid


def scan(landing: Path, table: str) -> pl.LazyFrame:
    """A table's rows as they arrived, with file, number of the row among all, week and the first moment after it."""
    rows = pl.scan_parquet(landing / "*" / f"{table}.*.parquet", include_file_paths="file", row_index_name="row")
    week = (col("file").str.extract(r"(\d{4}-W\d{2})[/\\][^/\\]*$") + "-1").str.to_date("%G-W%V-%u")
    return rows.with_columns(week=week).with_columns(week_end=col("week").cast(pl.Datetime) + WEEK)


def main() -> None:
    watch = Watch(os.getpid())
    run(Path(sys.argv[1]), Path(sys.argv[2]))
    print_own_timing(watch)


if __name__ == "__main__":
    main()
