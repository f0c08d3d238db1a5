"""Published tables as the scoring functions take them.

Belongs here: reading for these tests only. Does not belong here: anything the door does (resources).
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pandas as pd

from scoring.ruleset import RuleSet

GROUP_OF = {
    "TRANSPARENCY": "transparency",
    "PROGRESS": "progress",
    "ONLINE": "online_services",
    "PAYMENT": "online_payment",
    "SATISFACTION": "satisfaction",
    "DIGITISATION": "digitisation",
    "TOTAL": "total",
}
PORTAL_COLUMN = {
    "CKMB": "transparency",
    "TDGQ": "progress",
    "CLGQ": "online_services",
    "TTTT": "online_payment",
    "MDHL": "satisfaction",
    "MDSH": "digitisation",
    "TONG_SCORE": "total",
}


def level_of(code: str) -> str:
    """H21 is a province, H21.17 a department, H21.227 a commune."""
    return {0: "province", 2: "department", 3: "commune"}[len(code.partition(".")[2])]


def units_of(codes: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"unit_code": codes, "level": [level_of(code) for code in codes], "province_code": [code[:3] for code in codes]}
    )


def read_counts(path: Path, ruleset: RuleSet) -> pd.DataFrame:
    """A counts export in house codes: the columns of `score_counts` and portal_score."""
    rows = []
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            known = ruleset.by_portal_code(row["metric"])
            rows.append(
                {
                    "unit_code": row["unit_code"],
                    "level": level_of(row["unit_code"]),
                    "province_code": row["unit_code"][:3],
                    "group_code": GROUP_OF[row["group"]],
                    "indicator": known.code if known else row["metric"],
                    "numerator": int(row["numerator"]) if known and row["numerator"] else None,
                    "denominator": int(row["denominator"]) if known and row["denominator"] else None,
                    "portal_score": Decimal(row["portal_score"]) if row["portal_score"] else None,
                }
            )
    return pd.DataFrame(rows)


def read_scores(path: Path) -> pd.DataFrame:
    """A score table of the portal's columns: unit_code, the six groups, total, portal_rank."""
    with path.open(encoding="utf-8") as file:
        rows = [
            {
                "unit_code": "H37" if row["MA_COQUAN"] == "000.00.00.H37" else row["MA_COQUAN"],
                **{ours: Decimal(row[theirs]).quantize(Decimal("0.01")) for theirs, ours in PORTAL_COLUMN.items()},
                "portal_rank": int(row["ROW_STT"]),
            }
            for row in csv.DictReader(file)
        ]
    return pd.DataFrame(rows)


def read_house_scores(path: Path) -> pd.DataFrame:
    """A score table in our own column names; rank empty for the province."""
    with path.open(encoding="utf-8") as file:
        rows = [
            {
                "unit_code": row["unit_code"],
                **{name: Decimal(row[name]).quantize(Decimal("0.01")) for name in PORTAL_COLUMN.values()},
                "portal_rank": int(row["rank"]) if row["rank"] else None,
            }
            for row in csv.DictReader(file)
        ]
    return pd.DataFrame(rows)
