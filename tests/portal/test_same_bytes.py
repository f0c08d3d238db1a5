"""What is pulled over HTTP is published to the same bytes as what is dropped as files (issue 5, true when done, line 2)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import dagster as dg
import pytest

from assets.partitions import range_tags
from emulator import emulate
from emulator.http_serve import main
from pipelines.build import build_defs
from resources.sidecars import SUFFIX
from scoring.calendar import Week, parse_weeks
from tests.pipelines.command import published_bytes

pytestmark = pytest.mark.xdist_group("same-bytes")
WEEK = "2025-W45"  # its counts and scores were corrected: the portal tells the newer ones only, the folder holds both


def test_pulled_over_http_or_dropped_as_files_the_published_bytes_are_the_same(tmp_path: Path) -> None:
    dropped, pulled = tmp_path / "dropped", tmp_path / "pulled"
    emulate(dropped, parse_weeks("2025-W45..2025-W46"), dossiers_per_week=400)
    shutil.rmtree(dropped / "2025-W46")
    told = ["--week", WEEK, "--landing", str(pulled), "--home", str(tmp_path / "home")]
    assert main(["--landing", str(dropped), "--then", sys.executable, "-m", "pipelines.cli", "pull", *told]) == 0
    assert {path.name for path in pulled.glob(f"{WEEK}/*") if not path.name.endswith(SUFFIX)} == {
        *("scores.VN.ytd.json", "scores.H05.ytd.json", "counts.H05.ytd.json", "procedures.H05.ndjson"),
        *("dossiers.H05.ndjson.zst", "petitions.H05.csv", "units.H05.csv"),
    }
    published = [published_from(landing, tmp_path / f"home-{landing.name}") for landing in (dropped, pulled)]
    assert published[0] == published[1]
    assert len(published[0]) > 10


def published_from(landing: Path, home: Path) -> dict[str, bytes]:
    """What `service-index run` publishes from a landing folder, without the site, which is made of nothing else."""
    definitions = build_defs(home=str(home), landing=str(landing))
    with dg.DagsterInstance.ephemeral() as instance:
        for job in ("intake", "scoring"):
            result = definitions.resolve_job_def(job).execute_in_process(
                instance=instance,
                tags=range_tags(Week.parse(WEEK), Week.parse(WEEK)),
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
            assert result.success
    return published_bytes(home)
