"""Backups: what is restored elsewhere is the same to the byte; what is not whole is never taken for a backup."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assets.reproduction import reproduce
from resources.backup import BackupError, back_up, restore
from resources.files import process_name
from resources.home import Home
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import Week
from tests.databases import keep_in, new_database
from tests.pipelines.command import ask

SLOW = """
import sys, time
from pathlib import Path
import resources.backup as backup
from resources.office import open_office
from resources.settings import load_settings
copy = backup._copy
def slowly(source, target):
    print("copying", flush=True)
    time.sleep(0.2)
    return copy(source, target)
backup._copy = slowly
backup.back_up(open_office(load_settings(home=Path(sys.argv[1]))), Path(sys.argv[2]))
"""


def files_of(folder: Path) -> dict[str, str]:
    """Every file of what was published, by its place, to its sha256."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_restored_elsewhere_is_published_and_derived_the_same(office_of_either: Office, tmp_path: Path) -> None:
    office = office_of_either
    told = ask("backup", tmp_path / "saved", "--home", office.home.root)
    assert told.code == 0, told.err
    assert "sha256" in (tmp_path / "saved" / "manifest.json").read_text()
    moved = tmp_path / "elsewhere" / "saved"
    shutil.move(tmp_path / "saved", tmp_path / "moved")
    moved.parent.mkdir()
    shutil.move(tmp_path / "moved", moved)
    told = ask("restore", moved, "--home", tmp_path / "new")
    assert told.code == 0, told.err
    other = open_office(load_settings(home=tmp_path / "new", landing=office.landing))
    assert files_of(other.home.published) == files_of(office.home.published)
    assert other.database.revisions() == office.database.revisions()
    assert other.database.exports() == office.database.exports()
    assert other.database.ranking_rows("2025-W43", 1) == office.database.ranking_rows("2025-W43", 1)
    found = reproduce(other, Week.parse("2025-W43"))
    assert (found.differing, found.figures_differ) == ((), False)
    assert '"state": "published"' in ask("status", "--format", "json", "--home", tmp_path / "new").out
    other.database.close()


def test_a_backup_of_either_database_goes_back_into_postgresql_and_counts_on(
    office_of_either: Office, tmp_path: Path, postgresql: str
) -> None:
    office = office_of_either
    back_up(office, tmp_path / "saved")
    address = new_database(postgresql)
    (tmp_path / "new").mkdir()
    keep_in(tmp_path / "new", address)
    restore(tmp_path / "saved", Home(tmp_path / "new", address))
    other = open_office(load_settings(home=tmp_path / "new", landing=office.landing))
    assert other.database.revisions() == office.database.revisions()
    assert not (tmp_path / "new" / "service-index.db").exists()
    before = other.database.outcomes(week="2025-W43")
    other.database.replace_outcomes("2025-W43", "quality", other.database.outcomes(week="2025-W43", stage="quality"))
    assert len(other.database.outcomes(week="2025-W43")) == len(before)  # new numbers were given, none twice
    with pytest.raises(BackupError, match="not empty"):
        restore(tmp_path / "saved", Home(tmp_path / "another", address))
    other.database.close()


def test_a_backup_that_was_killed_is_none(office: Office, tmp_path: Path) -> None:
    dest = tmp_path / "saved"
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(office.home.root), str(dest)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "copying\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = tmp_path.glob(".saved.*.partial")
    assert not dest.exists()
    with pytest.raises(BackupError, match="no whole backup"):
        restore(left, Home(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
    back_up(office, dest)  # the leases of the dead process are free, and what it left is cleared
    assert not left.exists()
    restore(dest, Home(tmp_path / "new"))


@pytest.mark.parametrize("kind", ["other bytes", "missing"])
def test_a_damaged_file_is_named_and_nothing_is_restored(office: Office, tmp_path: Path, kind: str) -> None:
    back_up(office, tmp_path / "saved")
    victim = next((tmp_path / "saved" / "home" / "published" / "2025-W41" / "r1").glob("ranking.*.csv"))
    if kind == "missing":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes().replace(b"9", b"8", 1))
    told = ask("restore", tmp_path / "saved", "--home", tmp_path / "new")
    assert told.code == 1
    assert victim.name in told.err
    assert not (tmp_path / "new").exists()


def test_nothing_is_restored_over_a_home_nor_backed_up_over_a_folder(office: Office, tmp_path: Path) -> None:
    back_up(office, tmp_path / "saved")
    for told, said in (
        (ask("restore", tmp_path / "saved", "--home", office.home.root), "not empty"),
        (ask("backup", tmp_path / "saved", "--home", office.home.root), "exists already"),
        (ask("backup", office.home.root / "saved", "--home", office.home.root), "lies in the home itself"),
    ):
        assert (told.code, said in told.err) == (1, True), told.err


def test_a_backup_holds_no_settings_and_no_secret_and_is_for_its_owner_alone(office: Office, tmp_path: Path) -> None:
    (office.home.root / "desk.secret").write_text("x" * 40)
    made = back_up(office, tmp_path / "saved")
    names = set(json.loads((made.folder / "manifest.json").read_text())["files"])
    assert not [name for name in names if name.endswith(("desk.secret", "service-index.toml"))]
    assert made.folder.stat().st_mode & 0o077 == 0
    assert {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()} == {
        *names,
        "manifest.json",
    }


def test_a_backup_holds_what_the_office_wrote_and_nothing_of_work_under_way(office: Office, tmp_path: Path) -> None:
    home = office.home.root
    kept = [
        "heads.yaml",
        "timetable.yaml",
        "notices.yaml",
        "mappings/ours.yaml",
        "lake/stages/landing_url/fetched.json",
    ]
    left = [
        "pull/staging/0a1/page-1.json",  # as the portal sent it: it may be personal
        "pull/pull.lock",
        "tmp/lake/whatever.parquet",
        "lake/stages/landing_url/fetched.lock",
        f"lake/exports/scores/.x.parquet.{process_name()}-0123456789ab.partial",
        f"published/.site.{process_name()}-0123456789ab.partial/index.html",
        "published/.site.lock",
        "dagster/storage/0b1/compute_logs/a.err",
    ]
    for name in (*kept, *left):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("{}")
    made = back_up(office, tmp_path / "saved")
    there = {path.relative_to(made.folder / "home").as_posix() for path in (made.folder / "home").rglob("*")}
    assert set(kept) <= there
    assert not set(left) & there
    assert not there & {"pull", "tmp", "dagster"}


def test_a_backup_of_newer_software_is_refused(office: Office, tmp_path: Path) -> None:
    back_up(office, tmp_path / "saved")
    manifest = tmp_path / "saved" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema": "00', '"schema": "99'))
    with pytest.raises(BackupError, match="newer software"):
        restore(tmp_path / "saved", Home(tmp_path / "new"))


def test_a_backup_waits_for_who_is_at_work(office: Office, tmp_path: Path) -> None:
    with office.locks.held("scoring"):
        command = [sys.executable, "-m", "pipelines.cli", "backup", str(tmp_path / "saved"), "--home"]
        process = subprocess.Popen([*command, str(office.home.root)], env={**os.environ, "PYTHONUTF8": "1"})
        until = time.monotonic() + 60
        while not any(name == "intake" for name in office.locks.holders()):
            assert time.monotonic() < until, "it never came to the leases"
            time.sleep(0.1)
        assert not (tmp_path / "saved").exists()
    assert process.wait(60) == 0
    assert (tmp_path / "saved" / "manifest.json").is_file()
