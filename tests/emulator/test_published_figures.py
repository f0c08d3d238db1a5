"""The demo's Bắc Ninh gives the published components, counted anew from its files by other means."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest

from scoring.calendar import VIETNAM_OFFSET, Week
from tests.emulator.conftest import Read

# Points and the ratio at which they are full, by component (index_methodology.md, section 2).
WEIGHTS = {
    "transparency": {
        "published_on_time": "6",
        "disclosed_on_time": "4",
        "content_complete": "2",
        "dossiers_synchronised": "6",
    },
    "progress": {"on_time": "20"},
    "online_services": {
        "procedures_offered_online": "2/0.8",
        "services_with_dossiers": "4",
        "filed_online": "6/0.5",
    },
    "online_payment": {
        "procedures_offering_payment": "2/0.8",
        "procedures_with_payment": "2/0.8",
        "paid_online": "6",
    },
    "satisfaction": {"petitions_on_time": "6", "petition_satisfaction": "6"},
    "digitisation": {
        "electronic_result": "6",
        "components_digitised": "4",
        "certified_copy": "2",
        "data_reused": "2/0.8",
        "shared_to_store": "4",
        "population_data_dossiers": "2",
        "population_data_procedures": "2",
    },
}


def components(landing: Path, dossiers: duckdb.DuckDBPyConnection, week: str) -> dict[str, str]:
    """The six components of Bắc Ninh from the files of the weeks up to one."""
    folder = landing / week
    counted = dossiers.execute(
        (Path(__file__).parent / "recount.sql").read_text(encoding="utf-8"),
        {
            "week": week,
            "cut": Week.parse(week).end + VIETNAM_OFFSET,
            **{kind: str(folder / f"{kind}.H05.csv") for kind in ("procedures", "petitions", "units")},
        },
    ).fetchall()
    counts = {name: (top, base) for name, top, base in counted}
    scores = {
        component: sum((_points(*counts[name], worth) for name, worth in weights.items()), Decimal())
        for component, weights in WEIGHTS.items()
    }
    # In 2025 the last 6 points of satisfaction follow progress: a third of it, at most 6.
    scores["satisfaction"] += min(Decimal(6), _cents(scores["progress"] / 3))
    return {component: str(score) for component, score in scores.items()}


def _points(numerator: int, denominator: int, worth: str) -> Decimal:
    points, _, full_at = worth.partition("/")
    return _cents(min(Decimal(points), Decimal(points) * numerator / denominator / Decimal(full_at or "1")))


def _cents(points: Decimal) -> Decimal:
    return points.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("week", "published"),
    [
        ("2025-W41", "15.64 18.99 8.42 10.00 17.86 20.73"),  # 91.64
        ("2025-W42", "15.64 19.05 8.36 10.00 17.86 20.79"),  # 91.70
        ("2025-W45", "15.82 19.20 8.48 9.91 17.86 21.01"),  # 92.28
        ("2025-W46", "15.82 19.24 8.48 9.93 17.86 21.04"),  # 92.37
    ],
)
def test_dossiers_procedures_and_petitions_alone_give_the_published_components(
    landing: Path, dossiers: duckdb.DuckDBPyConnection, week: str, published: str
) -> None:
    assert components(landing, dossiers, week) == dict(zip(WEIGHTS, published.split(), strict=True))


@pytest.mark.parametrize(
    ("week", "total"), [("2025-W38", "88.61"), ("2025-W40", "89.49"), ("2025-W43", "91.73"), ("2025-W44", "92.08")]
)
def test_the_weeks_between_have_the_published_total(
    landing: Path, dossiers: duckdb.DuckDBPyConnection, week: str, total: str
) -> None:
    assert sum(Decimal(score) for score in components(landing, dossiers, week).values()) == Decimal(total)


def test_the_national_table_has_bac_ninh_first_and_the_published_totals_behind_it(read: Read) -> None:
    for week in range(38, 47):
        rows = read(f"2025-W{week}/scores.VN.ytd.csv")
        assert len({row["MA_COQUAN"] for row in rows}) == 34
        assert (rows[0]["MA_COQUAN"], rows[0]["ROW_STT"]) == ("H05", "1")
    assert [(row["MA_COQUAN"], row["TONG_SCORE"]) for row in rows[:3]] == [
        ("H05", "92.37"),
        ("H24", "91.98"),
        ("H19", "91.96"),
    ]
    assert [rows[0][column] for column in ("CKMB", "TDGQ", "CLGQ", "TTTT", "MDHL", "MDSH")] == [
        *("15.82", "19.24", "8.48", "9.93", "17.86", "21.04")
    ]


def test_every_score_table_adds_up_and_equal_totals_share_a_rank(landing: Path, read: Read) -> None:
    for path in sorted(landing.glob("*/scores.*.csv")):
        rows = read(str(path.relative_to(landing)))
        totals = [Decimal(row["TONG_SCORE"]) for row in rows]
        for row, total in zip(rows, totals, strict=True):
            assert sum(Decimal(row[name]) for name in ("TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB")) == total
            assert int(row["ROW_STT"]) == 1 + sum(other > total for other in totals)
