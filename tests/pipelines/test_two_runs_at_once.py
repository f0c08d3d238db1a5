"""Several processes on one home at once: what they publish is what one after the other would, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from resources.database import Database
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.pipelines.command import ask, published_bytes
from tests.pipelines.test_bad_input_end_to_end import land, sound_dossiers, sound_table
from tests.review.conftest import PASSWORD

WEEKS = (33, 34, 35)
pytestmark = pytest.mark.xdist_group("two-runs")


def at_once(commands: Sequence[Sequence[str | Path]]) -> list[tuple[int, str]]:
    """Starts the commands together; exit code and everything told of each."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_INDEX_", "DAGSTER_"))}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=clean,
        )
        for command in commands
    ]
    ended = []
    for process in running:
        told, _ = process.communicate(timeout=600)
        assert "Traceback" not in told, told
        ended.append((process.returncode, told))
    return ended


def test_two_runs_started_at_once_publish_what_one_would(tmp_path: Path) -> None:
    """Known failures, lines 23 and 24: no run publishes over another, and none is lost."""
    landing = tmp_path / "landing"
    for week in WEEKS:
        land(landing, f"2025-W{week}/scores.H05.ytd.csv", sound_table("H05", week))
        land(landing, f"2025-W{week}/dossiers.H01.ndjson", sound_dossiers(week))
    alone = ask("run", "--landing", landing, "--home", tmp_path / "alone")
    assert alone.code == 0, alone.out + alone.err

    home = tmp_path / "shared"
    for code, told in at_once([["run", "--landing", landing, "--home", home]] * 2):
        assert code == 0, told
    assert published_bytes(home) == published_bytes(tmp_path / "alone")
    revisions = Database(f"sqlite:///{home / 'service-index.db'}").revisions()
    assert sorted((each.week, each.revision) for each in revisions) == [(f"2025-W{week}", 1) for week in WEEKS]
    assert [path for path in home.rglob("*") if ".partial" in path.name] == []


def waiting_for_a_steward(landing: Path, home: Path) -> Office:
    """W33 published with one commune under review, whose row does not add up; W34 has landed since."""
    wrong = sound_table("H05", 33).replace("90.33", "90.44", 1)
    land(landing, "2025-W33/scores.H05.ytd.csv", wrong)
    assert ask("run", "--landing", landing, "--home", home).code == 3
    land(landing, "2025-W34/scores.H05.ytd.csv", sound_table("H05", 34))
    office = open_office(load_settings(home=home, landing=landing))
    office.users.add("lan", PASSWORD, "steward")
    return office


def rankings(office: Office) -> list[tuple[object, ...]]:
    """What stands of both weeks: week, unit, total, rank, status, change."""
    return [
        (week, row["unit_code"], row["total"], row["rank"], row["status"], row["change"])
        for week in ("2025-W33", "2025-W34")
        for level, scope in (("province", "VN"), ("commune", "H05"))
        for row in office.database.ranking(week, level, scope, "ytd")
    ]


def test_a_run_beside_a_backfill_and_a_decision_beside_both_end_as_one_after_the_other(tmp_path: Path) -> None:
    apart = waiting_for_a_steward(tmp_path / "landing-1", tmp_path / "apart")
    (case,) = apart.review.cases()
    decision = ["review", "decide", str(case.id), "--action", "waive", "--reason", "Đã rõ", "--as", "lan"]
    assert ask(*decision, "--home", apart.home.root).code == 0
    assert ask("run", "--landing", apart.landing, "--home", apart.home.root).code == 0

    shared = waiting_for_a_steward(tmp_path / "landing-2", tmp_path / "shared")
    where: list[str | Path] = ["--landing", shared.landing, "--home", shared.home.root]
    ended = at_once(
        [
            ["run", *where],
            ["backfill", "2025-W33..2025-W34", *where],
            [*decision, "--home", shared.home.root],
        ]
    )
    assert [code for code, _ in ended][2] == 0, ended[2][1]
    assert {code for code, _ in ended[:2]} <= {0, 3}, ended
    assert ask("run", *where).code == 0  # what the decision changed after both had looked, a sensor or this would score
    assert rankings(shared) == rankings(apart)
    assert all(status != "under_review" for _, _, _, _, status, _ in rankings(shared))
    numbers: dict[str, list[int]] = {}
    for each in shared.database.revisions():
        numbers.setdefault(each.week, []).append(each.revision)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
