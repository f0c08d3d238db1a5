"""A small office with three weeks of a province's score table, on a throw-away Dagster; on PostgreSQL too, both of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from assets.house import House
from tests.databases import KINDS, keep_in, new_database
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


@pytest.fixture
def house_of_either(url: str, tmp_path: Path, landing: Path) -> House:
    """An office whose database is of either kind, with nothing taken in."""
    (tmp_path / "home").mkdir()
    keep_in(tmp_path / "home", url)
    return House(home=str(tmp_path / "home"), landing=str(landing))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a landing folder, a home and a Dagster that took three weeks in; W41 contradicts itself and is held."""
    return _took_three_weeks_in(tmp_path_factory.mktemp("held"))


def _took_three_weeks_in(folder: Path) -> Path:
    for week in ("2025-W40", "2025-W41", "2025-W42"):
        drop(folder / "landing", week, total="95.00" if week == "2025-W41" else "91.00")
    house = House(home=str(folder / "home"), landing=str(folder / "landing"))
    with kept_in(folder / "dagster") as instance:
        assert run(house, instance, "intake", "2025-W40", "2025-W42").success
    house.open().database.close()
    return folder


@pytest.fixture(scope="session", params=KINDS)
def template_of_either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same on SQLite, and with both the house and Dagster on PostgreSQL."""
    if request.param == "sqlite":
        made: Path = request.getfixturevalue("template")
        return made
    server = request.getfixturevalue("postgresql")
    folder = tmp_path_factory.mktemp("held-postgresql")
    for name in ("home", "dagster"):
        (folder / name).mkdir()
    _on_postgresql(folder, new_database(server), new_database(server))
    return _took_three_weeks_in(folder)


def _on_postgresql(folder: Path, house: str, dagster: str) -> None:
    """Says where the house and Dagster are kept. Two addresses."""
    keep_in(folder / "home", house)
    driven = sa.make_url(dagster).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    (folder / "dagster" / "dagster.yaml").write_text(
        f"storage: {{postgres: {{postgres_url: {json.dumps(driven)}}}}}\ntelemetry: {{enabled: false}}\n"
    )


@pytest.fixture
def held_of_either(template_of_either: Path, tmp_path: Path, request: pytest.FixtureRequest) -> House:
    """The same, for this test alone. To be asked for before the instance."""
    shutil.copytree(template_of_either, tmp_path, dirs_exist_ok=True)
    if (settings := tmp_path / "home" / "service-index.toml").is_file():
        server = request.getfixturevalue("postgresql")
        kept = json.loads(settings.read_text().partition("=")[2])
        dagsters = json.loads(
            (tmp_path / "dagster" / "dagster.yaml").read_text().split("postgres_url: ")[1].split("}")[0]
        )
        _on_postgresql(tmp_path, *(new_database(server, sa.make_url(each).database) for each in (kept, dagsters)))
    return House(home=str(tmp_path / "home"), landing=str(tmp_path / "landing"))


@pytest.fixture
def held(template: Path, tmp_path: Path) -> House:
    """The same, for this test alone. To be asked for before the instance."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return House(home=str(tmp_path / "home"), landing=str(tmp_path / "landing"))
