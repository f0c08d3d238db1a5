"""Killed at any point and started again, the job publishes the same bytes (issue: true when done, line 5)."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.pipelines.command import ask, published_bytes

pytestmark = pytest.mark.xdist_group("kill")

KILLS = 25
HEAVY = ["dagster", "duckdb", "pandas", "great_expectations", "sqlalchemy", "sqlglot", "pipelines.launch"]


def run_once(landing: str, home: str) -> None:
    """In a child: the whole job. Exits with the command's own code."""
    os.setpgrp()
    from pathlib import Path as Place

    from pipelines.launch import run_weeks
    from resources.office import open_office
    from resources.settings import load_settings

    report = run_weeks(open_office(load_settings(home=Place(home), landing=Place(landing))), None)
    os._exit(report.exit_code)


def start(landing: Path, home: Path) -> multiprocessing.process.BaseProcess:
    """The job in a process forked from one that has the imports behind it, so that kills fall into the work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(HEAVY)
    process = context.Process(target=run_once, args=(str(landing), str(home)))
    process.start()
    return process


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kill") / "landing"
    assert ask("emulate", "--out", folder, "--weeks", "2025-W45..2025-W46", "--dossiers-per-week", "2000").code == 0
    return folder


def finish(landing: Path, home: Path) -> None:
    process = start(landing, home)
    process.join(300)
    assert process.exitcode == 0


def test_killed_at_random_points_and_started_again_it_publishes_the_same_bytes(landing: Path, tmp_path: Path) -> None:
    finish(landing, tmp_path / "first")  # the preloading is behind us, and these are the bytes to come to
    began = time.monotonic()
    finish(landing, tmp_path / "undisturbed")
    whole_seconds = time.monotonic() - began
    expected = published_bytes(tmp_path / "undisturbed")
    assert expected
    assert published_bytes(tmp_path / "first") == expected

    rng = random.Random(766)
    home, kills, homes = tmp_path / "killed-0", 0, 0
    while kills < KILLS:
        process = start(landing, home)
        process.join(rng.uniform(0.02, 0.9) * whole_seconds)
        if process.is_alive():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            kills += 1
            assert not torn(home, expected)
        else:  # it came to its end before the kill: begin again from nothing, so that every stage is struck
            assert process.exitcode == 0
            assert published_bytes(home) == expected
            shutil.rmtree(home)
            homes += 1
            home = tmp_path / f"killed-{homes}"
    finish(landing, home)
    assert published_bytes(home) == expected


def torn(home: Path, expected: dict[str, bytes]) -> list[str]:
    """Published files that are not whole: a reader beside the killed run may see fewer files, never other bytes."""
    return [
        name
        for name, content in published_bytes(home).items()
        if "/." not in f"/{name}" and expected.get(name) != content
    ]
