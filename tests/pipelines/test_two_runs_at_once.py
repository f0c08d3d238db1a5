"""Two runs on one home at once: each revision is published once, and the bytes are those of one undisturbed run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.database import Database
from tests.pipelines.command import ask, published_bytes
from tests.pipelines.test_bad_input_end_to_end import land, sound_dossiers, sound_table

WEEKS = (33, 34, 35)
pytestmark = pytest.mark.xdist_group("two-runs")


def test_two_runs_started_at_once_publish_what_one_would(tmp_path: Path) -> None:
    """Known failures, lines 23 and 24: no run publishes over another, and none is lost."""
    landing = tmp_path / "landing"
    for week in WEEKS:
        land(landing, f"2025-W{week}/scores.H05.ytd.csv", sound_table("H05", week))
        land(landing, f"2025-W{week}/dossiers.H01.ndjson", sound_dossiers(week))
    alone = ask("run", "--landing", landing, "--home", tmp_path / "alone")
    assert alone.code == 0, alone.out + alone.err

    home = tmp_path / "shared"
    command = [sys.executable, "-m", "pipelines.cli", "run", "--landing", str(landing), "--home", str(home)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_INDEX_", "DAGSTER_"))}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=clean)
        for _ in range(2)
    ]
    for process in running:
        told, _ = process.communicate(timeout=600)
        assert process.returncode == 0, told
        assert "Traceback" not in told
    assert published_bytes(home) == published_bytes(tmp_path / "alone")
    revisions = Database(f"sqlite:///{home / 'service-index.db'}").revisions()
    assert sorted((each.week, each.revision) for each in revisions) == [(f"2025-W{week}", 1) for week in WEEKS]
    assert [path for path in home.rglob("*") if ".partial" in path.name] == []
