"""A new source needs a YAML file and no code: City of Baltimore, another country, time zone and vocabulary."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.door.conftest import Desk

MAPPING = Path(__file__).parents[1] / "data" / "mappings" / "baltimore-311.yaml"


def _landed(desk: Desk, real: Path) -> Path:
    shutil.copytree(MAPPING.parent, desk.landing / "mappings")
    sample = real / "records" / "baltimore_311_sample.csv"
    desk.land(
        "dossiers.H99.csv", sample.read_bytes(), "mapping: baltimore-311\nsource: City of Baltimore\n", "2019-W07"
    )
    return sample


def test_the_four_truths_of_baltimore_follow_from_a_mapping_alone(desk: Desk, real: Path) -> None:
    _landed(desk, real)
    (record,), outcomes = desk.take_all()
    assert (record.status, record.rows, record.rejected_rows) == ("accepted", 10_000, 0)
    assert [outcome for outcome in outcomes if outcome.severity != "info"] == []
    rows = desk.typed(record)
    assert not any(row["parse_errors"] for row in rows)
    closed = [row for row in rows if row["finished_at"] and row["due_at"]]
    assert sum(row["finished_at"] <= row["due_at"] for row in closed) == 7_988
    assert sum(row["finished_at"] > row["due_at"] for row in closed) == 1_567
    assert sum(row["due_at"] is None for row in rows) == 286
    assert sum(row["finished_at"] is None for row in rows) == 208
    assert Counter(row["unit_code"] for row in rows)["H99.01"] == 4_760


def test_no_address_of_baltimore_is_found_in_any_byte_under_home(desk: Desk, real: Path) -> None:
    sample = _landed(desk, real)
    desk.take_all()
    kept = desk.bytes_kept()
    assert b"18-00269879" in kept  # the search does find what is there
    with sample.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    addresses = {row["Address"].encode() for row in rows if len(row["Address"]) > 8}
    assert len(addresses) > 5_000
    assert not [address for address in addresses if address in kept]
    assert b"BALTIMORE, MD" not in kept


def test_a_summer_instant_of_new_york_is_four_hours_behind_utc_and_a_winter_one_five(desk: Desk, real: Path) -> None:
    _landed(desk, real)
    (record,), _ = desk.take_all()
    by_code = {row["dossier_code"]: row for row in desk.typed(record)}
    # 04/12/2018 11:11:26 AM EDT and 11/13/2018 01:06:56 PM EST
    assert str(by_code["18-00269879"]["accepted_at"]) == "2018-04-12 15:11:26"
    assert str(by_code["18-00838880"]["accepted_at"]) == "2018-11-13 18:06:56"


def test_the_whole_run_works_on_the_new_source_and_keeps_no_address(desk: Desk, real: Path) -> None:
    """Issue 2: `service-index run` on a landing folder with this file; unknown units are no crash."""
    sample = real / "records" / "baltimore_311_sample.csv"
    shutil.copytree(MAPPING.parent, desk.landing / "mappings")
    desk.land("dossiers.H99.csv", sample.read_bytes(), "mapping: baltimore-311\n")
    command = "from pipelines.cli import main; main()"
    arguments = ["run", "--landing", str(desk.landing), "--home", str(desk.home.root)]
    done = subprocess.run([sys.executable, "-c", command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    kept = desk.bytes_kept()
    assert b"18-00269879" in kept
    assert not [word for word in (b"GARRISON BLVD", b"THORNDALE AVE", b"BALTIMORE, MD") if word in kept]
