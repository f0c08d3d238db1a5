"""Killed at any point and started again, the job publishes the same bytes.

Twice over: by the clock, as operators run it, Dagster and all; and at its effects (a file put in its place, a transaction
committed), where being stopped would hurt most, stage by stage without Dagster, whose own events are not ours to test.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipelines.command import ask, published_bytes

if TYPE_CHECKING:
    from resources.office import Office
    from scoring.calendar import Week

pytestmark = pytest.mark.xdist_group("kill")

KILLS_BY_CLOCK, KILLS_AT_EFFECTS = 12, 38
LIBRARIES = [
    "dagster",
    "duckdb",
    "pandas",
    "pyarrow",
    "great_expectations",
    "sqlalchemy",
    "sqlglot",
    "alembic",
    "typst",
]
WORK = [  # imported where it is called: here before any of it is killed
    *(
        "pipelines.launch",
        "assets.exports",
        "assets.dossiers",
        "assets.quality",
        "assets.reconciliation",
        "assets.counts",
    ),
    *("assets.publication", "assets.site", "resources.counting", "resources.door", "publishing.files.workbook"),
    *("publishing.files.opendata", "publishing.bulletin.writing", "publishing.site.building", "xlsxwriter", "docx"),
]
HEAVY = [*LIBRARIES, *WORK]


def run_once(landing: str, home: str) -> None:
    """In a child: the whole job. Exits with the command's own code."""
    os.setpgrp()
    from pipelines.launch import run_weeks
    from resources.office import open_office
    from resources.settings import load_settings

    report = run_weeks(open_office(load_settings(home=Path(home), landing=Path(landing))), None)
    os._exit(report.exit_code)


class Effects:
    """Counts what this process does for good, and kills it just before the effect of a number (0: never)."""

    def __init__(self, kill_at: int) -> None:
        import sqlalchemy as sa

        self.count, self._kill_at = 0, kill_at
        os.replace, os.rename = self.counted(os.replace), self.counted(os.rename)
        sa.event.listen(sa.Engine, "commit", self.one_more)

    def one_more(self, *_: Any) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(self, change: Callable[..., None]) -> Callable[..., None]:
        def changed(*arguments: Any, **more: Any) -> None:
            self.one_more()
            change(*arguments, **more)

        return changed


def take_in_and_publish(office: Office) -> list[Week]:
    """Every stage up to the publication, without Dagster; the weeks that landed."""
    from assets.dossiers import type_weeks
    from assets.exports import take_in_weeks
    from assets.intake_steps import CORE_TABLES
    from assets.pending import pending_weeks
    from assets.publication import publish_weeks
    from assets.quality import decide_weeks, judge_weeks
    from resources.landing import scan

    weeks = sorted(scan(office.landing).weeks)
    take_in_weeks(office, weeks)
    for table in CORE_TABLES:
        type_weeks(office, table, weeks)
    judge_weeks(office, weeks)
    decide_weeks(office, weeks)
    for _ in publish_weeks(office, list(pending_weeks(office))):
        pass
    return weeks


def go_through(landing: str, home: str, kill_at: int) -> None:
    """In a child: every stage without Dagster, killed just before the effect of that number (0: never).

    Leaves how many effects there were in a file beside the home.
    """
    os.setpgrp()
    from assets.site import build_site
    from publishing.bulletin.writing import weeks_due, write_bulletins
    from resources.office import open_office
    from resources.settings import load_settings

    effects = Effects(kill_at)
    office = open_office(load_settings(home=Path(home), landing=Path(landing)))
    take_in_and_publish(office)
    build_site(office)
    for week in weeks_due(office):
        write_bulletins(office, week)
    Path(f"{home}.effects").write_text(str(effects.count))
    os._exit(0)


def start(work: Callable[..., None], *arguments: object) -> multiprocessing.process.BaseProcess:
    """The work in a process forked from one that has the imports behind it, so that kills fall into the work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(HEAVY)
    process = context.Process(target=work, args=arguments)
    process.start()
    return process


def finish(work: Callable[..., None], *arguments: object) -> None:
    process = start(work, *arguments)
    process.join(300)
    assert process.exitcode == 0


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("kill") / "landing"
    assert ask("emulate", "--out", folder, "--weeks", "2025-W46", "--dossiers-per-week", "400", "--no-story").code == 0
    return str(folder)


@pytest.fixture(scope="module")
def undisturbed(landing: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was made in one go, without Dagster."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    finish(go_through, landing, str(home), 0)
    assert published_bytes(home)
    return home


def torn(home: Path, expected: dict[str, bytes]) -> list[str]:
    """Published files that are not whole: a reader beside the killed run may see fewer files, never other bytes."""
    return [
        name
        for name, content in published_bytes(home).items()
        if "/." not in f"/{name}" and expected.get(name) != content
    ]


def pages(home: Path) -> set[str]:
    """The names of the public pages."""
    return {path.relative_to(home).as_posix() for path in (home / "published" / "site").rglob("*.html")}


def test_killed_at_its_effects_and_started_again_it_publishes_the_same_bytes(
    landing: str, undisturbed: Path, tmp_path: Path
) -> None:
    expected = published_bytes(undisturbed)
    whole = int(Path(f"{undisturbed}.effects").read_text())
    rng = random.Random(766)
    home, kills, homes = tmp_path / "killed-0", 0, 0
    while kills < KILLS_AT_EFFECTS:
        process = start(go_through, landing, str(home), rng.randint(1, whole // 6))
        process.join(300)
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            assert not torn(home, expected)
        else:  # what was left had fewer effects: begin again from nothing, so that every stage is struck
            assert process.exitcode == 0
            assert published_bytes(home) == expected
            shutil.rmtree(home)
            homes += 1
            home = tmp_path / f"killed-{homes}"
    finish(go_through, landing, str(home), 0)
    assert published_bytes(home) == expected
    assert pages(home) == pages(undisturbed)
    assert homes, "no home came to its end between the kills: the last stages were never struck"


def test_killed_by_the_clock_and_started_again_the_command_publishes_the_same_bytes(
    landing: str, undisturbed: Path, tmp_path: Path
) -> None:
    expected = published_bytes(undisturbed)
    began = time.monotonic()
    finish(run_once, landing, str(tmp_path / "timed"))
    whole_seconds = time.monotonic() - began
    assert published_bytes(tmp_path / "timed") == expected

    rng = random.Random(766)
    home, kills, homes = tmp_path / "killed-0", 0, 0
    while kills < KILLS_BY_CLOCK:
        process = start(run_once, landing, str(home))
        process.join(rng.uniform(0.02, 0.7) * whole_seconds)
        if process.is_alive():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            kills += 1
            assert not torn(home, expected)
        else:
            assert process.exitcode == 0
            assert published_bytes(home) == expected
            shutil.rmtree(home)
            homes += 1
            home = tmp_path / f"killed-{homes}"
    finish(run_once, landing, str(home))
    assert published_bytes(home) == expected
