"""A peer: the year's ranking by pandas, as an analyst who knows pandas writes it.

Belongs here: reading the landing folder, checks as masks (py), and the order of things. Does not belong here:
counting (pandas_counts.py), scores and ranks (pandas_scores.py), anything of the house.

It knows this landing folder: Parquet, Vietnamese time, the weeks of one year, exports of procedures and units in the same
weeks. Texts that repeat are categories, all arithmetic is vectorised.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.pandas_counts import SEEDS, WEEK, count
from benchmarks.peers.pandas_rules import ERRORS, KEYS, RULES
from benchmarks.peers.pandas_scores import rank, score, write_counts, write_totals
from benchmarks.watch import Watch, print_own_timing

VERSION = [
    *(
        "dossier_code",
        "week",
        "unit_code",
        "procedure_code",
        "channel",
        "status",
        "accepted_at",
        "due_at",
        "finished_at",
    ),
    *("returned_at", "stopped_at", "supplement_count", "supplement_open_at", "waiting_seconds", "has_result"),
    *("digitised_count", "reused_count", "from_store_count", "sent_to_store", "vneid_verified", "population_link"),
    *("fee_total_vnd", "payment"),
]


def run(landing: Path, out: Path) -> None:
    """Writes counts, totals, quarantine and findings (compare.py says which columns) to the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    tables = read_checked(landing, out)
    indicators = pd.read_csv(SEEDS / "indicators.csv")
    counts = count(tables, sorted(map(monday, landing.iterdir())))
    write_counts(counts, indicators, out)
    write_totals(rank(score(counts, indicators)), out)


def monday(folder: Path) -> pd.Timestamp:
    """Of the week a folder is named after, 2026-W05."""
    return pd.Timestamp.fromisocalendar(int(folder.name[:4]), int(folder.name[6:]), 1)


def read_checked(landing: Path, out: Path) -> dict[str, pd.DataFrame]:
    """The valid rows of every table with the Monday of their week; what the rules found is written."""
    valid: dict[str, list[pd.DataFrame]] = {table: [] for table in RULES}
    quarantine, findings = [], []
    for path in sorted(landing.glob("*/*.parquet")):
        table = path.name.partition(".")[0]
        rows = pd.read_parquet(path)
        rows.insert(0, "week", monday(path.parent))
        rows["source_row"] = np.arange(1, len(rows) + 1)
        for name in rows.columns[rows.columns.str.endswith("_on")]:
            rows[name] = pd.to_datetime(rows[name])
        masks = RULES[table](rows, rows["week"].iloc[0] + WEEK)
        key = rows[KEYS[table]]
        masks["superseded_in_file"] = key.duplicated(keep="last") & key.notna().all(axis=1)
        failed = np.zeros(len(rows), dtype=bool)
        for name, mask in masks.items():
            bad = mask.fillna(False).to_numpy(dtype=bool)
            if not bad.any():
                continue
            rule = f"{table}.{name}"
            findings.append(rows.loc[bad, "unit_code"].value_counts().rename("failed").reset_index().assign(rule=rule))
            if rule in ERRORS or name == "superseded_in_file":
                failed |= bad
                quarantine.append(rows.loc[bad].assign(rule=rule))
        rows = rows[~failed]
        valid[table].append(rows[VERSION] if table == "dossiers" else rows)
    found = pd.concat(findings) if findings else pd.DataFrame({"rule": [], "unit_code": [], "failed": []})
    found.groupby("rule", as_index=False)["failed"].sum().to_parquet(out / "findings.parquet")
    found.to_parquet(out / "findings_by_unit.parquet")
    aside = pd.concat(quarantine) if quarantine else pd.DataFrame({"week": [], "source_row": [], "rule": []})
    aside.to_parquet(out / "quarantine.parquet")
    return {table: pd.concat(parts, ignore_index=True) for table, parts in valid.items() if parts}


def main() -> None:
    watch = Watch(os.getpid())
    run(Path(sys.argv[1]), Path(sys.argv[2]))
    print_own_timing(watch)


if __name__ == "__main__":
    main()
