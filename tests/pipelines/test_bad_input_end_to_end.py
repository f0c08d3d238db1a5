"""Bad input through the command: one clear finding each, the other files and weeks published, nothing half-written.

Issue 2, true when done, line 7. One landing folder with a different fault in every week, so that one run meets them all.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest
import zstandard

from tests.door.samples import (
    LISTING_HEADINGS,
    LISTING_ROWS,
    SCORE_HEADINGS,
    csv_text,
    dossier,
    ndjson,
    scores_csv,
)
from tests.pipelines.command import Told, ask, published_bytes, ranking

pytestmark = pytest.mark.xdist_group("bad-input")

EXPORTED = "exported_at: 2026-03-01T08:00:00+07:00\n"
LOGIN = "<!DOCTYPE html><html><body><form action='/sso'><input type='password'></form>Đăng nhập</body></html>"


def sound_table(scope: str, week: int) -> str:
    """A province and six communes; every row adds up to its total, and no two weeks have the same bytes."""
    points = [16, 19, 9, 9, 17, f"{20 + week / 100:.2f}"]
    total = f"{90 + week / 100:.2f}"
    units = [(scope, f"UBND tỉnh {scope}", "1"), *((f"{scope}.10{n}", f"UBND xã Thử {n}", "3") for n in range(1, 7))]
    named = dict(zip(["CKMB", "TDGQ", "CLGQ", "TTTT", "MDHL", "MDSH"], map(str, points), strict=True))
    rows = []
    for place, (code, name, kind) in enumerate(units):
        facts = {"ID": str(place), "TEN": name, "TEN_COQUAN": name, "MA_COQUAN": code, "LOAI_COQUAN": kind}
        rows.append([{**facts, **named, "TONG_SCORE": total}.get(heading, "") for heading in SCORE_HEADINGS])
    return scores_csv(rows)


def sound_counts(week: int) -> str:
    """The least a counts table must have: neither groups nor the portal's scores."""
    return f"unit_code,metric,numerator,denominator\nH01,on_time,{900 + week},1000\n"


def sound_dossiers(week: int) -> str:
    """Twenty dossiers that were accepted on the Monday of the week and done within it."""
    monday, friday = (date.fromisocalendar(2025, week, day).strftime("%Y%m%d") for day in (1, 5))
    facts = {"NgayNopHoSo": f"{monday}080000", "NgayTiepNhan": f"{monday}090000", "NgayHenTra": f"{friday}170000"}
    asked = {"NgayBoSung": f"{monday}100000", "NgayTiepNhanBoSung": f"{monday}110000"}
    ended = {"NgayKetThucXuLy": f"{friday}160000", "DanhSachHoSoBoSung": [asked]}
    return ndjson(
        *(dossier(n, MaHoSo=f"H01.101-250811-{n:04d}", DonViXuLy="H01.101", **facts, **ended) for n in range(1, 21))
    )


@dataclass(frozen=True)
class Fault:
    """A bad file in a week of its own: what lands, what the one finding must say, and the sound file of that place."""

    week: int
    name: str
    data: bytes | str
    rule: str
    field: str
    expected: str
    sidecar: str | None = EXPORTED
    mended: str = ""
    row: str = ""
    kept: bool = False  # most rows are sound and stay

    @property
    def folder(self) -> str:
        return f"2025-W{self.week}"

    @property
    def file(self) -> str:
        return f"{self.folder}/{self.name}"


def _gz(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


SCORES = "scores.H01.ytd.csv"
BROKEN_LISTING = csv_text(LISTING_HEADINGS, [[*LISTING_ROWS[0][:13], "ba", *LISTING_ROWS[0][14:]], *LISTING_ROWS[1:]])
FAULTS = [
    Fault(30, SCORES, sound_table("H01", 30).replace("CKMB", "CKMX"), "door.missing_column", "CKMB", "CKMB"),
    Fault(
        31, SCORES, sound_table("H01", 31).replace("H01.103,3,,19", "H01.103,3,,mười"),
        "portal_scores.unreadable", "progress", "DECIMAL(6,2)", row="4", kept=True,
    ),
    Fault(
        32, SCORES, sound_table("H01", 32), "portal_scores.exported_before_week", "", "<= 0",
        sidecar="exported_at: 2025-07-01T08:00:00+07:00\n",
    ),
    Fault(
        33, "dossiers.H01.ndjson",
        ndjson(*(dossier(n, NgayTiepNhan="20251225090000", NgayKetThucXuLy="") for n in range(1, 21))),
        "dossiers.accepted_after_week", "accepted_at", "within the week of the export or before it",
        mended=sound_dossiers(33), row="1",
    ),
    Fault(34, f"{SCORES}.gz", _gz(sound_table("H01", 34))[:-40], "door.archive", "", "gzip"),
    Fault(
        35, f"{SCORES}.zst", zstandard.ZstdCompressor().compress(sound_table("H01", 35).encode() * 99)[:-9],
        "door.archive", "", "zstd",
    ),
    Fault(36, SCORES, b"", "door.empty", "", "> 0 bytes"),
    Fault(
        37, "counts.H01.ytd.csv", sound_table("H01", 37), "door.other_kind",
        "unit_code, metric | indicator, numerator, denominator", "counts", mended=sound_counts(37),
    ),
    Fault(
        38, SCORES, sound_table("H01", 38), "door.mapping", "mapping", "portal-scores",
        sidecar=EXPORTED + "mapping: bac-ninh\n",
    ),
    Fault(39, "scores.H01.ytd.xlsx", LOGIN, "door.web_page", "", "xlsx"),
    Fault(40, "score.H01.ytd.csv", sound_table("H01", 40), "door.file_name", "kind", "scores", sidecar=None),
    Fault(
        41, "dossiers.H01.csv", BROKEN_LISTING, "dossiers.unreadable", "component_count", "SMALLINT", row="1",
        mended=csv_text(LISTING_HEADINGS, LISTING_ROWS), kept=True,
    ),
]  # fmt: skip
NO_WEEK = "2025-W60"
ONLY_BAD = Fault(43, "score.H05.ytd.csv", sound_table("H05", 43), "door.file_name", "kind", "scores", sidecar=None)
SOUND_WEEKS = [f"2025-W{week}" for week in range(29, 43)]


def land(landing: Path, file: str, data: bytes | str, sidecar: str | None = EXPORTED) -> None:
    path = landing / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    beside = path.with_name(path.name + ".meta.yaml")
    if sidecar is None:
        beside.unlink(missing_ok=True)
    else:
        beside.write_text(sidecar, encoding="utf-8")


@dataclass(frozen=True)
class Met:
    """The landing folder, the home, what the run told, and its findings."""

    landing: Path
    home: Path
    told: Told

    def findings(self, week: str | None = None, severity: str | None = "error") -> list[dict[str, str]]:
        only = ("--week", week) if week else ()
        rows = ask("findings", *only, "--format", "csv", "--home", self.home).rows
        return [row for row in rows if severity in (None, row["severity"])]


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Met:
    folder = tmp_path_factory.mktemp("bad")
    landing = folder / "landing"
    for number in range(29, 43):
        land(landing, f"2025-W{number}/scores.H05.ytd.csv", sound_table("H05", number))
    for fault in [*FAULTS, ONLY_BAD]:
        land(landing, fault.file, fault.data, fault.sidecar)
    land(landing, f"{NO_WEEK}/scores.H05.ytd.csv", sound_table("H05", 60))
    return Met(landing, folder / "home", ask("run", "--landing", landing, "--home", folder / "home"))


def test_the_run_publishes_every_sound_week_and_says_that_something_was_refused(met: Met) -> None:
    assert met.told.code == 3, met.told.out + met.told.err
    assert "Công bố bản mới / new revision: 2025-W29..2025-W42" in met.told.out
    assert "2025-W43 bị giữ lại / held" in met.told.out
    assert {name.split("/")[0] for name in published_bytes(met.home)} == set(SOUND_WEEKS)
    for number in range(29, 43):
        (own,) = [row for row in ranking(met.home, f"2025-W{number}") if row["unit_code"] == "H05"]
        assert own["total"] == f"{90 + number / 100:.2f}"


@pytest.mark.parametrize("fault", [*FAULTS, ONLY_BAD], ids=lambda fault: f"{fault.folder} {fault.rule}")
def test_each_bad_file_is_told_once_with_place_expectation_and_what_to_do(met: Met, fault: Fault) -> None:
    (told,) = met.findings(fault.folder)
    assert (told["rule"], told["file"], told["field"], told["row"]) == (fault.rule, fault.file, fault.field, fault.row)
    assert fault.expected in told["expected"]
    assert told["expected"]
    vi, _, en = told["message"].partition(" / ")
    assert "Cần làm: " in told["message"]
    assert "What to do: " in told["message"]
    assert vi
    assert en
    assert met.findings(fault.folder) == met.findings(fault.folder, "error")


def test_a_folder_that_is_no_week_is_told_once_and_nothing_of_it_is_taken_in(met: Met) -> None:
    (told,) = [row for row in met.findings() if not row["week"]]
    assert (told["rule"], told["file"], told["value"], told["expected"]) == (
        "door.week_folder", NO_WEEK, NO_WEEK, "2025-W46",
    )  # fmt: skip
    assert "2025 has no week 60" in told["message"]
    assert "Rename it to the ISO week" in told["message"]
    assert NO_WEEK in met.told.out


def test_nothing_half_written_stands_under_the_home_and_nothing_of_a_bad_file_in_its_tables(met: Met) -> None:
    assert [path for path in met.home.rglob("*") if ".partial" in path.name or path.suffix == ".tmp"] == []
    assert list((met.home / "tmp").iterdir()) == []
    kept = {fault.folder for fault in FAULTS if fault.kept}
    for folder in ("exports", "tables"):
        for path in (met.home / "lake" / folder).rglob("*.parquet"):
            with duckdb.connect() as con:
                rows = con.execute("SELECT * FROM read_parquet($1)", [str(path)]).fetchall()
            if rows and "H01" in repr(rows):
                # A table that could be read is kept as it was sent; what was found in it keeps it out of the figures.
                assert folder == "exports" or path.parent.name in kept | {"2025-W32"}, path
    for fault in FAULTS:
        if not fault.kept:
            assert {row["unit_code"] for row in ranking(met.home, fault.folder)} == {"H05"}


def test_a_unit_with_a_text_in_a_number_is_under_review_and_the_others_are_ranked(met: Met) -> None:
    rows = ranking(met.home, "2025-W31", "commune", "H01")
    # Known failures, lines 4 and 11: the row is kept, its group is missing, and the other five are not made into 100 points.
    assert len(rows) == 6
    (held,) = [row for row in rows if row["rank"] == ""]
    assert (held["unit_code"], held["status"], held["progress"], held["total"]) == ("H01.103", "under_review", "", "")
    assert held["satisfaction"] == "17.00"


def test_the_figures_of_an_older_week_never_stand_for_those_that_were_refused(met: Met) -> None:
    """Known failures, lines 1 and 5: a failed capture reused an older file under the new date; here it stays empty."""
    assert len(ranking(met.home, "2025-W31", "commune", "H01")) == 6
    for week in ("2025-W32", "2025-W34", "2025-W36"):
        told = ask(
            "ranking", "--week", week, "--level", "commune", "--scope", "H01", "--format", "csv", "--home", met.home
        )
        assert (told.code, told.rows) == (1, [])
        assert told.err  # with its reason


def test_communes_of_two_provinces_are_never_ranked_together(met: Met) -> None:
    """Known failures, lines 11 and 20: never rank across scopes."""
    for scope in ("H01", "H05"):
        rows = ranking(met.home, "2025-W31", "commune", scope)
        assert {row["unit_code"].partition(".")[0] for row in rows} == {scope}
        assert rows[0]["rank"] == "1"


def test_when_every_file_is_mended_the_weeks_are_published_and_the_run_ends_well(met: Met) -> None:
    for fault in FAULTS:
        (met.landing / fault.file).unlink()
        (met.landing / f"{fault.file}.meta.yaml").unlink(missing_ok=True)
        name = fault.name if fault.mended else SCORES
        land(met.landing, f"{fault.folder}/{name}", fault.mended or sound_table("H01", fault.week))
    (met.landing / ONLY_BAD.file).unlink()
    land(met.landing, "2025-W43/scores.H05.ytd.csv", sound_table("H05", 43))
    (met.landing / NO_WEEK).rename(met.landing / "2025-W44")
    land(met.landing, "2025-W44/scores.H05.ytd.csv", sound_table("H05", 44))
    again = ask("run", "--landing", met.landing, "--home", met.home)
    assert again.code == 0, again.out + again.err
    assert met.findings() == []
    folders = {name.split("/")[0] for name in published_bytes(met.home)}
    assert folders == {*SOUND_WEEKS, "2025-W43", "2025-W44"}
    for fault in FAULTS:
        if fault.mended == "":
            mended = {row["unit_code"]: row for row in ranking(met.home, fault.folder)}
            assert (mended["H01"]["total"], mended["H01"]["revision"]) == (f"{90 + fault.week / 100:.2f}", "2")
