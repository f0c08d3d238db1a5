"""A small office with three weeks of a province's score table, on a throw-away Dagster."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.house import House
from tests.pipelines.test_events import run, table


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    for week in ("2025-W40", "2025-W41", "2025-W42"):
        drop(tmp_path / "landing", week)
    return tmp_path / "landing"


def drop(landing: Path, week: str, total: str = "91.00") -> Path:
    """A province's score table lands; its components add to 91.00."""
    folder = landing / week
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "scores.H05.ytd.csv"
    path.with_name(f"{path.name}.meta.yaml").write_text("exported_at: 2026-01-05T08:00:00+07:00\n")
    # Another week is another table: an export that is the very same as an earlier one is a finding of its own.
    path.write_text(table(total).replace("Thử", f"Thử {week[-2:]}"), encoding="utf-8")
    return path


@pytest.fixture
def house(tmp_path: Path, landing: Path) -> House:
    return House(home=str(tmp_path / "home"), landing=str(landing))


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with kept_in(tmp_path / "dagster") as instance:
        yield instance


def kept_in(folder: Path) -> dg.DagsterInstance:
    folder.mkdir(exist_ok=True)
    return dg.DagsterInstance.local_temp(str(folder))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a landing folder, a home and a Dagster that took three weeks in; W41 contradicts itself and is held."""
    folder = tmp_path_factory.mktemp("held")
    for week in ("2025-W40", "2025-W41", "2025-W42"):
        drop(folder / "landing", week, total="95.00" if week == "2025-W41" else "91.00")
    house = House(home=str(folder / "home"), landing=str(folder / "landing"))
    with kept_in(folder / "dagster") as instance:
        assert run(house, instance, "intake", "2025-W40", "2025-W42").success
    return folder


@pytest.fixture
def held(template: Path, tmp_path: Path) -> House:
    """The same, for this test alone. To be asked for before the instance."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return House(home=str(tmp_path / "home"), landing=str(tmp_path / "landing"))
