"""Dossiers to count, and a Spark Connect server, started once for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.make_data import make
from benchmarks.spark_processes import SHORT_RUN, configure, connect_server
from resources.counting import Arrival, CountInputs
from scoring.calendar import Week, parse_weeks
from scoring.measures import SOURCES
from tests.counting.conftest import _write
from tests.counting.reference import History, Row
from tests.counting.test_counting_laws import histories

#: A month, a quarter and half a year end on the Tuesday of the last of them.
WEEKS = parse_weeks("2026-W25..2026-W27")
HISTORIES = 60
LISTS = ("procedures", "units")


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 20,000 dossiers of one province, as the benchmarks make them: typed tables by week."""
    folder = tmp_path_factory.mktemp("year")
    make(folder, 680_000, provinces=1)
    return folder


@pytest.fixture(scope="session")
def inputs(year: Path, tmp_path_factory: pytest.TempPathFactory) -> CountInputs:
    """The year, and beside it whatever may arrive at provinces small enough for everything to meet."""
    odd, folder = _merged(_drawn(HISTORIES)), tmp_path_factory.mktemp("odd, 100 %")
    files = {
        name: [*sorted((year / name).glob("*.parquet")), *_write(folder, name, odd.table(name))] for name in SOURCES
    }
    arrivals = [Arrival(kind, scope, week, export) for kind, scope, week, export in odd.arrivals]  # type: ignore[arg-type]
    return CountInputs(**files, arrivals=arrivals)


@pytest.fixture(scope="session")
def connect_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Connect server of two cores listens."""
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        configure(
            folder,
            {**SHORT_RUN, "spark.driver.memory": "1500m", "spark.sql.shuffle.partitions": "2"},
            patch.setenv,
        )
        with connect_server(folder, "local[2]") as address:
            yield address


def _drawn(count: int) -> list[History]:
    """The same histories each time."""
    found: list[History] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(WEEKS))
    def draw(history: History) -> None:
        found.append(history)

    draw()
    return found


def _merged(found: list[History]) -> History:
    """All of them as one: each with provinces, codes and exports of its own."""
    merged = History()
    for number, history in enumerate(found):
        own = _renamed(number)
        for name in SOURCES:
            merged.table(name).extend(own(row) for row in history.table(name))
        for kind, scope, week, export in [*history.arrivals, *_of_two_provinces(history)]:
            # No list of one speaks for the nation, or it would empty everybody's: it speaks for its first province.
            if scope != "VN" or kind in LISTS:
                scope = own({"unit_code": scope.replace("VN", "H05")})["unit_code"]
            merged.arrivals.append((kind, scope, week, f"{export}-{number}"))
    return merged


def _of_two_provinces(history: History) -> Iterator[tuple[str, str, Week, str]]:
    """Lists that would be taken as the nation's, for they have units of two provinces."""
    for kind in LISTS:
        weeks = {row["export_id"]: row["arrived_week"] for row in history.table(kind)}
        for export, monday in weeks.items():
            if len({row["unit_code"][:3] for row in history.table(kind) if row["export_id"] == export}) > 1:
                yield kind, "VN", Week(monday), export


def _renamed(number: int) -> Callable[[Row], dict[str, Any]]:
    places = {"H05": f"K{number:02d}", "H21": f"L{number:02d}"}

    def own(row: Row) -> dict[str, Any]:
        changed = {"unit_code": places[row["unit_code"][:3]] + row["unit_code"][3:]}
        for key in ("dossier_code", "petition_code", "export_id"):
            if row.get(key):
                changed[key] = f"{row[key]}-{number}"
        return {**row, **changed}

    return own
