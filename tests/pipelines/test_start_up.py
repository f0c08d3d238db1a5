"""What a process loads before it works: processes are started for every run, tick and command, so it is kept little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OF_THE_WORK = {
    *(
        "pandas",
        "numpy",
        "pyarrow",
        "duckdb",
        "sqlalchemy",
        "alembic",
        "sqlglot",
        "great_expectations",
        "pyspark",
        "fsspec",
    ),
    *(
        "requests",
        "urllib3",
        "lxml",
        "openpyxl",
        "xlsxwriter",
        "typst",
        "docx",
        "jinja2",
        "rich",
        "structlog",
        "starlette",
    ),
}
ROOMS_OF_THE_WORK = {
    *(
        "assets.exports",
        "assets.dossiers",
        "assets.quality",
        "assets.publication",
        "assets.review",
        "pipelines.telling",
    ),
    *("checks.rows", "checks.suites", "resources.office", "scoring.formulas", "publishing"),
}


@pytest.mark.parametrize(
    ("started", "left_out"),
    [
        (["-c", "import pipelines.definitions"], OF_THE_WORK | ROOMS_OF_THE_WORK),
        (["-m", "pipelines.cli", "--help"], OF_THE_WORK | ROOMS_OF_THE_WORK | {"dagster", "resources", "scoring"}),
        (
            ["-m", "pipelines.cli", "status", "--help"],
            OF_THE_WORK | ROOMS_OF_THE_WORK | {"dagster", "resources", "scoring"},
        ),
        (["-m", "pipelines.cli", "status"], {"pandas", "numpy", "pyarrow", "duckdb", "sqlglot", "great_expectations"}),
    ],
    ids=["definitions", "help", "help of a command", "status"],
)
def test_what_the_work_needs_is_loaded_by_the_work_alone(
    tmp_path: Path, started: list[str], left_out: set[str]
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    told = subprocess.run(
        [sys.executable, "-X", "importtime", *started],
        cwd=ROOT,
        env=environment | {"SERVICE_INDEX_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time:")}
    assert "pipelines" in loaded
    assert not left_out & loaded
