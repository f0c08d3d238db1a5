"""Landing folders written once for all tests of the emulator."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from emulator import emulate
from scoring.calendar import parse_weeks

Row = dict[str, str]
Read = Callable[[str], list[Row]]


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo of nine weeks at its smallest."""
    out = tmp_path_factory.mktemp("emulated")
    emulate(out, parse_weeks("2025-W38..2025-W46"), dossiers_per_week=400)
    return out


@pytest.fixture(scope="session")
def read(landing: Path) -> Read:
    """Rows of a CSV file of the landing folder."""

    def rows(name: str) -> list[Row]:
        with (landing / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return rows


@pytest.fixture(scope="session")
def dossiers(landing: Path) -> duckdb.DuckDBPyConnection:
    """All versions as the table `versions`: the portal's fields, and the week of the folder."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE versions AS SELECT *, parse_path(filename)[-2] AS week "
        "FROM read_json($files, filename = true, format = 'newline_delimited', maximum_sample_files = 100)",
        {"files": str(landing / "*" / "dossiers.H05.ndjson.zst")},
    )
    return con
