"""What machines ask the desk: /metrics for Prometheus, /healthz for whoever watches over it. Without a login.

Belongs here: counts and ages read at the moment of asking, and whether the desk can work. Does not belong here: the examination
an operator asks for (resources/health.py), pages. Only counts and ages are told: no unit, week, file or name.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from resources import schema
from resources.cases import WAITING
from resources.connections import schema_versions
from resources.health import FAIL_BELOW_BYTES
from resources.logs import logger
from resources.office import Office
from resources.sqlite_files import open_dagster
from resources.trouble import one_line

if TYPE_CHECKING:
    import dagster as dg

Answer = TypeVar("Answer")
KEPT_SECONDS = 5
"""So long an answer is given again: whoever asks in a loop costs one reading in so many seconds."""


def health_routes(office: Office) -> list[BaseRoute]:
    """The two routes of this module."""
    measured, examined = _Kept(lambda: _metrics(office)), _Kept(lambda: unwell(office))

    async def metrics(_: Request) -> Response:
        try:
            text = await run_in_threadpool(measured)
        except Exception as error:  # noqa: BLE001 - whatever it is, Prometheus shall see that there is no answer
            logger().error("metrics_failed", why=one_line(error))
            return Response("the database does not answer\n", status_code=503, media_type="text/plain")
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    async def healthz(_: Request) -> Response:
        wrong = await run_in_threadpool(examined)
        return JSONResponse({"status": "wrong" if wrong else "ok", "wrong": wrong}, status_code=503 if wrong else 200)

    return [Route("/metrics", metrics), Route("/healthz", healthz)]


def unwell(office: Office) -> dict[str, str]:
    """What keeps the desk from its work, by subject, in words without names or places; empty when all is well."""
    looks: Mapping[str, Callable[[], str | None]] = {
        "database": lambda: _database(office),
        "home": lambda: _home(office.home.root),
        "disk": lambda: _disk(office.home.root),
    }
    found = {}
    for subject, look in looks.items():
        try:
            wrong = look()
        except Exception as error:  # noqa: BLE001 - the rest is still looked at, and the answer must come
            logger().error("unwell", subject=subject, why=one_line(error))
            wrong = "không trả lời / does not answer"
        if wrong is not None:
            found[subject] = wrong
    return found


def _database(office: Office) -> str | None:
    current, newest, *_ = schema_versions(office.database.engine)
    return None if current == newest else "lược đồ của phiên bản khác / the schema of another version"


def _home(root: Path) -> str | None:
    return None if os.access(root, os.W_OK | os.X_OK) else "không ghi được / cannot be written"


def _disk(root: Path) -> str | None:
    return None if shutil.disk_usage(root).free >= FAIL_BELOW_BYTES else "sắp đầy / nearly full"


def _metrics(office: Office) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_House(office))
    return generate_latest(registry)


class _House(Collector):
    """Reads the house anew: five queries of our database that count, and one of Dagster's a status."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def collect(self) -> Iterable[GaugeMetricFamily]:
        runs = GaugeMetricFamily("service_index_runs", "Runs of Dagster by status", labels=["status"])
        for status, count in _runs(self._office.home.dagster).items():
            runs.add_metric([status], count)
        yield runs
        exports, outcomes, cases = schema.exports, schema.outcomes, schema.cases
        verdicts, revisions = schema.verdicts, schema.revisions
        questions = {
            "rows_taken_in": sa.select(sa.func.coalesce(sa.func.sum(exports.c.rows), 0)),
            "rows_quarantined": sa.select(sa.func.coalesce(sa.func.sum(outcomes.c.failed), 0)).where(
                outcomes.c.rule.like(
                    "%.quarantined_share"
                )  # of each feed: rows set aside, lines that could not be read too
            ),
            "cases_open": sa.select(sa.func.count()).select_from(cases).where(cases.c.state.in_(WAITING)),
            "weeks_held": sa.select(sa.func.count()).select_from(verdicts).where(verdicts.c.decision == "held"),
        }
        with self._office.database.engine.connect() as connection:
            for name, question in questions.items():
                value = int(connection.execute(question).scalar_one())
                yield GaugeMetricFamily(f"service_index_{name}", _TEXTS[name], value=value)
            newest = connection.execute(sa.select(sa.func.max(revisions.c.published_at))).scalar_one()
        if newest is not None:
            age = max(0.0, (datetime.now(UTC).replace(tzinfo=None) - newest).total_seconds())
            yield GaugeMetricFamily(
                "service_index_newest_publication_age_seconds", "Seconds since a revision was published", value=age
            )


_TEXTS = {
    "rows_taken_in": "Rows of all exports taken in",
    "rows_quarantined": "Rows set aside in quarantine, those that could not be read too",
    "cases_open": "Cases that wait for a steward",
    "weeks_held": "Weeks whose verdict holds them back",
}


def _runs(folder: Path) -> dict[str, int]:
    """Runs by status, every status named; of a Dagster that has not run yet, zeros."""
    import dagster as dg

    counts = dict.fromkeys((status.value for status in dg.DagsterRunStatus), 0)
    if not (folder / "dagster.yaml").is_file():
        return counts
    instance = _instance(folder)
    return {status: instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus(status)])) for status in counts}


@cache
def _instance(folder: Path) -> dg.DagsterInstance:
    """Opened once: opening costs more than counting."""
    return open_dagster(folder)


class _Kept(Generic[Answer]):
    """An answer that is given again for KEPT_SECONDS; of those who ask at once one reads, the others wait for it."""

    def __init__(self, read: Callable[[], Answer]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._at = float("-inf")
        self._answer: Answer | None = None

    def __call__(self) -> Answer:
        with self._lock:
            if self._answer is None or time.monotonic() - self._at > KEPT_SECONDS:
                self._answer, self._at = self._read(), time.monotonic()
            return self._answer
