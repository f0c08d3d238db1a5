"""Running the command as users do: in a process of its own, or quicker in this one. Helpers only, no tests."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Told:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        """The CSV it printed."""
        return list(csv.DictReader(io.StringIO(self.out)))


def service_index(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Told:
    """Runs `service-index` with the arguments; settings of the caller's environment do not reach it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_INDEX_", "DAGSTER_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=clean | {"COLUMNS": "200", "PYTHONUTF8": "1"} | dict(env or {}),
        timeout=600,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def ask(*arguments: str | Path) -> Told:
    """The same command in this process, for what only reads: a process costs a second of imports."""
    from typer.testing import CliRunner

    from pipelines.cli import app

    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Told(result.exit_code, result.stdout, result.stderr)


def ranking(
    home: Path, week: str, level: str = "province", scope: str = "VN", period: str = "ytd"
) -> list[dict[str, str]]:
    """A published ranking as the command prints it."""
    told = ask(
        "ranking",
        "--week",
        week,
        "--level",
        level,
        "--scope",
        scope,
        "--period",
        period,
        "--format",
        "csv",
        "--home",
        home,
    )
    assert told.code == 0, told.err
    return told.rows


def published_bytes(home: Path) -> dict[str, bytes]:
    """Every CSV of every published revision by its place."""
    folder = home / "published"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.glob("*-W*/**/*.csv"))}
