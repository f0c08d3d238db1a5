"""What machines ask the desk: /metrics for Prometheus, /healthz for whoever watches over it. Without a login.

Belongs here: counts and ages read at the moment of asking, and whether the desk can work. Does not belong here: the examination an
operator asks for (resources/health.py), pages. Only counts and ages are told: no unit, week, file or name.
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
from typing import TYPE_CHECKING, Protocol

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
from resources.trouble import one_line

if TYPE_CHECKING:
    import dagster as dg

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


class _Kept[Answer]: ...
