"""The runbook's incidents, each tried as a whole: trouble is made, one sees what the runbook says one sees, does what it says
one does, by the very commands that stand there, and in the end everything is published.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

import resources.clock as utc_clock
import resources.health as health
import scoring.ruleset as rulesets
from assets.isolation import weeks_failed
from emulator.http_app import AS_OF, Portal
from emulator.http_serve import serving
from publishing.release import is_whole
from resources.office import open_office
from resources.settings import load_settings
from tests.operations.following import follow, incident
from tests.pipelines.command import ask, published_bytes
from tests.pipelines.test_dev import free_port

OPS = Path("demo/ops")
HOME, LANDING = OPS / "home", OPS / "landing"
BOTH = ["2025-W45", "2025-W46"]
DOSSIERS = "dossiers.H05.ndjson.zst"


def backfilled() -> None:
    told = ask("backfill", "2025-W45..2025-W46", "--landing", LANDING, "--home", HOME)
    assert told.code == 0, told.out + told.err


@pytest.fixture(scope="module")
def one_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which demo/ops has 2025-W45 published; 2025-W46 lies in `sound`, whole. To be copied."""
    root = tmp_path_factory.mktemp("one-week")
    with contextlib.chdir(root):
        weeks = ("--weeks", "2025-W45..2025-W46", "--dossiers-per-week", "400", "--no-story")
        assert ask("emulate", "--out", OPS / "sound", *weeks).code == 0
        shutil.copytree(OPS / "sound" / "2025-W45", LANDING / "2025-W45")
        assert ask("run", "--landing", LANDING, "--home", HOME).code == 0
    return root


@pytest.fixture(scope="module")
def two_weeks(one_week: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with both weeks published, and a backup of that. To be copied."""
    root = tmp_path_factory.mktemp("two-weeks")
    shutil.copytree(one_week, root, dirs_exist_ok=True)
    with contextlib.chdir(root):
        shutil.copytree(OPS / "sound" / "2025-W46", LANDING / "2025-W46")
        backfilled()
        assert ask("backup", OPS / "saved", "--home", HOME).code == 0
    return root


@pytest.fixture
def published(two_weeks: Path) -> dict[str, bytes]:
    """Every file of figures as it is when nothing went wrong."""
    return published_bytes(two_weeks / HOME)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    with contextlib.chdir(tmp_path):
        yield tmp_path


def weeks_published() -> list[str]:
    office = open_office(load_settings(home=HOME))
    try:
        assert weeks_failed(office) == {}
        return office.database.weeks_published()
    finally:
        office.database.close()


def test_the_portal_is_down(
    one_week: Path, here: Path, published: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(one_week, here, dirs_exist_ok=True)
    port = free_port()
    for name, value in {
        "URL": f"http://127.0.0.1:{port}",
        "AS_OF": AS_OF,
        "SCOPES": "VN,H05",
        "TRIES": "2",
        "BACKOFF_SECONDS": "0.01",
        "REQUESTS_PER_SECOND": "1000",
    }.items():
        monkeypatch.setenv(f"SERVICE_INDEX_PORTAL_{name}", value)
    (here / HOME / "notices.yaml").write_text(
        "routes: [{name: duty, role: operator, address_variable: NOTICES_DUTY, events: [week_overdue]}]\n"
    )
    down, again = incident("The portal is down", here)
    told = follow(down)
    for sentence in ("không trả lời / does not answer", "! warn portal", "quá hạn / overdue", "hạn 09:00"):
        assert sentence in told
    assert weeks_published() == BOTH[:1]
    assert not (here / LANDING / "2025-W46").exists()  # nothing half lies where the door would find it
    with serving(Portal(here / OPS / "sound"), port):
        follow(again)
    assert weeks_published() == BOTH
    assert published_bytes(here / HOME).keys() == published.keys()


def test_an_export_is_corrupt(one_week: Path, here: Path, published: dict[str, bytes]) -> None:
    shutil.copytree(one_week, here, dirs_exist_ok=True)
    shutil.copytree(here / OPS / "sound" / "2025-W46", here / LANDING / "2025-W46")
    (here / OPS / "again").mkdir()
    whole = here / OPS / "sound" / "2025-W46" / DOSSIERS
    shutil.copy(whole, here / OPS / "again")
    for path in (here / LANDING / "2025-W46").iterdir():
        if not path.name.startswith(DOSSIERS):
            path.unlink()  # nothing else came of the week: it is held, and not published without its dossiers
    (here / LANDING / "2025-W46" / DOSSIERS).write_bytes(whole.read_bytes()[:2000])
    bad, mended = incident("An export is corrupt", here)
    told = follow(bad)
    for sentence in ("bị giữ lại / held", "door.", f"2025-W46/{DOSSIERS}"):
        assert sentence in told
    assert weeks_published() == BOTH[:1]
    follow(mended)
    assert weeks_published() == BOTH


@contextlib.contextmanager
def little_room(folder: Path) -> Iterator[None]:
    """A disk of its own under the folder, with a few blocks left."""
    aside = folder.with_name(f"{folder.name}.aside")
    folder.rename(aside)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)], check=True)
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        usage = shutil.disk_usage(folder)
        size = (usage.total - usage.free) // 1024 + 120  # KiB
        subprocess.run(["mount", "-o", f"remount,size={size}k", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may mount a small disk; tests/operations/test_trouble.py limits files"
)
def test_the_disk_is_full(one_week: Path, here: Path, published: dict[str, bytes]) -> None:
    shutil.copytree(one_week, here, dirs_exist_ok=True)
    shutil.copytree(here / OPS / "sound" / "2025-W46", here / LANDING / "2025-W46")
    full, room = incident("The disk is full", here)
    with little_room(here / HOME):
        told = follow(full)
        assert "No space left on device" in told or "disk is full" in told
        assert "✗ fail disk" in told
        assert [path for path in (here / HOME / "published").glob("2025-W*/r*") if not is_whole(path)] == []
        subprocess.run(["mount", "-o", "remount,size=2g", str(here / HOME)], check=True)
        follow(room)
        assert weeks_published() == BOTH
        assert published_bytes(here / HOME) == published


def test_the_database_is_gone(two_weeks: Path, here: Path, published: dict[str, bytes]) -> None:
    shutil.copytree(two_weeks, here, dirs_exist_ok=True)
    for file in (here / HOME).glob("service-index.db*"):
        file.unlink()
    (written,) = incident("The database is gone", here)
    told = follow(written)
    assert "✗ fail database" in told
    assert "✓ ok   database" in told
    assert published_bytes(here / HOME) == published_bytes(here / OPS / "home.lost") == published
    assert weeks_published() == BOTH


def test_the_wrong_rule_set_was_deployed(
    two_weeks: Path, here: Path, published: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(two_weeks, here, dirs_exist_ok=True)
    wrong, right = incident("The wrong rule set was deployed", here)
    with release_with_wrong_rules(here / "rulesets"):
        told = follow(wrong)
    for sentence in ("! warn rules", "2025-W45..2025-W46 (2)", "chờ công bố / waiting"):
        assert sentence in told
    office = open_office(load_settings(home=HOME))
    reasons = [revision.reason for revision in office.database.revisions("2025-W46")]
    assert "766-2025-r2" in str(reasons[-1])
    assert office.database.ranking("2025-W46", "province", "VN", "ytd", 1) != office.database.ranking(
        "2025-W46", "province", "VN", "ytd", 2
    )
    told = follow(right)
    assert "✓ ok   rules" in told
    assert [each.revision for each in office.database.revisions("2025-W46")] == [1, 2, 3]
    figures = [
        [(row["unit_code"], row["total"], row["rank"]) for row in office.database.ranking_rows("2025-W46", revision)]
        for revision in (1, 3)
    ]
    assert figures[0] == figures[1]
    office.database.close()


@contextlib.contextmanager
def release_with_wrong_rules(folder: Path) -> Iterator[None]:
    """The rule sets of another release: what is full at four fifths is so at nine tenths."""
    shutil.copytree(rulesets._PACKAGED, folder)
    text = (folder / "766-2026.yaml").read_text(encoding="utf-8")
    assert "full_at: 0.8" in text
    (folder / "766-2026.yaml").write_text(text.replace("full_at: 0.8", "full_at: 0.9"), encoding="utf-8")
    wrong = rulesets.load_rulesets(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rulesets, "_packaged", lambda: wrong)
        yield


@contextlib.contextmanager
def clock(ahead: timedelta) -> Iterator[None]:
    """What this machine's clock shows to our software."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + ahead

    with pytest.MonkeyPatch.context() as patched:
        for module in (utc_clock, health):
            patched.setattr(module, "datetime", Wrong)
        yield


def test_the_clock_is_wrong(one_week: Path, here: Path, published: dict[str, bytes]) -> None:
    """It stands a year back; the week is taken in and published by it nonetheless: its figures are the same."""
    shutil.copytree(one_week, here, dirs_exist_ok=True)
    wrong, set_right = incident("The clock is wrong", here)
    with clock(-timedelta(days=365)):
        told = follow(wrong)
        assert "✗ fail clock" in told
        shutil.copytree(here / OPS / "sound" / "2025-W46", here / LANDING / "2025-W46")
        backfilled()
    told = follow(set_right)
    assert "✓ ok   clock" in told
    assert weeks_published() == BOTH
    assert published_bytes(here / HOME) == published
