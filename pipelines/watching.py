"""LOST, TO BE WRITTEN AGAIN BY WHOEVER WROTE IT (events and notices): this file was overwritten at 04:57 by a worker who made a
file of the same name (that one is now pipelines/overview.py). Nothing of the original is left on disk. This stub only lets
the definitions load meanwhile: it holds no sensor.
"""

from __future__ import annotations

from typing import Any

import dagster as dg


def watching_sensors() -> list[dg.SensorDefinition]:
    return []


def everything(*_: Any) -> Any:
    raise NotImplementedError("pipelines/watching.py was overwritten by mistake at 04:57; write it again")
