"""The demo, whole: a portal's exports in, the published figures of Bắc Ninh out, computed from dossiers alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import zstandard

from resources.database import Database
from tests.pipelines.command import Told, ask, ranking, service_index

pytestmark = pytest.mark.xdist_group("demo")

# What the emulator puts into the personal fields of every dossier: none of it may be found under the home.
PERSONAL_MARKS = ("Người nộp mô phỏng".encode(), b"@example.invalid", b"/mo-phong/", b"mo-phong-")


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "landing"
    told = ask("emulate", "--out", folder, "--weeks", "2025-W38..2025-W46")
    assert told.code == 0, told.err
    return folder


@pytest.fixture(scope="module")
def home(landing: Path) -> Path:
    return landing.parent / "home"


@pytest.fixture(scope="module")
def told(landing: Path, home: Path) -> Told:
    return service_index("run", "--landing", landing, "--home", home)


def test_the_demo_ends_well_and_says_what_is_worth_reading(told: Told, home: Path) -> None:
    assert told.code == 0, told.out + told.err
    assert "Bắc Ninh: 92,37 điểm, hạng 1/34" in told.out
    assert "◂ thấp nhất / lowest" in told.out
    assert "Đơn vị đang xem xét / units under review" in told.out
    assert str(home / "published") in told.out


@pytest.mark.parametrize(
    ("week", "components", "total"),
    [
        ("2025-W41", ["15.64", "18.99", "8.42", "10.00", "17.86", "20.73"], "91.64"),
        ("2025-W45", ["15.82", "19.20", "8.48", "9.91", "17.86", "21.01"], "92.28"),
        ("2025-W46", ["15.82", "19.24", "8.48", "9.93", "17.86", "21.04"], "92.37"),
    ],
)
def test_the_published_components_follow_from_dossiers_procedures_and_petitions(
    told: Told, home: Path, week: str, components: list[str], total: str
) -> None:
    first = ranking(home, week)[0]
    assert (first["unit_code"], first["basis"], first["rank"]) == ("H05", "computed", "1")
    names = ("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation")
    assert [first[name] for name in names] == components
    assert first["total"] == total


def test_hai_phong_and_dong_nai_follow_in_week_46(told: Told, home: Path) -> None:
    rows = ranking(home, "2025-W46")[:3]
    assert [(row["unit_code"], row["total"], row["gap_to_first"]) for row in rows] == [
        ("H05", "92.37", "0.00"),
        ("H24", "91.98", "0.39"),
        ("H19", "91.96", "0.41"),
    ]


def test_every_commune_and_department_is_computed_and_ranked(told: Told, home: Path) -> None:
    for level, size in (("commune", 99), ("department", 14)):
        rows = ranking(home, "2025-W46", level, "H05")
        assert len(rows) == size
        assert {row["basis"] for row in rows} == {"computed"}
        assert all(row["rank"] and row["previous_rank"] and row["move"] for row in rows)


def test_quarter_and_month_are_published_beside_the_year(told: Told, home: Path) -> None:
    for period in ("quarter", "month"):
        rows = ranking(home, "2025-W46", "commune", "H05", period)
        assert len(rows) == 99
        assert {row["basis"] for row in rows} == {"computed"}


def test_the_month_that_begins_has_no_change_against_the_month_before(told: Told, home: Path) -> None:
    # W45 is read in November (its Thursday is the 6th), W44 in October: known failures, line 14.
    november = ranking(home, "2025-W45", "commune", "H05", "month")
    assert {(row["previous_total"], row["change"], row["move"]) for row in november} == {("", "", "")}
    assert all(row["change"] for row in ranking(home, "2025-W46", "commune", "H05", "month"))


def test_our_counts_and_the_portals_agree_where_the_portal_counted_right(told: Told, home: Path) -> None:
    database = Database(f"sqlite:///{home / 'service-index.db'}")
    for week in ("2025-W41", "2025-W43", "2025-W46"):
        assert database.disagreements(week) == []


def test_no_personal_data_of_any_dossier_is_found_under_the_home(
    told: Told, landing: Path, home: Path, tmp_path: Path
) -> None:
    with zstandard.open(landing / "2025-W38" / "dossiers.H05.ndjson.zst", "rb") as file:
        text = file.read(400_000)
    assert all(mark in text for mark in PERSONAL_MARKS), "the emulator writes no such marks: this would prove nothing"
    searched = 0
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":  # compressed: its rows are searched as text
                plain = tmp_path / "plain.csv"
                duckdb.execute("COPY (SELECT * FROM read_parquet($path)) TO '" + str(plain) + "'", {"path": str(path)})
                content = plain.read_bytes()
                searched += 1
            assert not [mark for mark in PERSONAL_MARKS if mark in content], path
    assert searched > 50
