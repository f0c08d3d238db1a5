"""Ticks of sensors on a throw-away instance, by their result and by what they left. Helpers only, no tests."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from assets.house import House
from pipelines.build import build_defs
from resources.notices.ledger import Ledger
from resources.notices.notice import Notice


@dataclass(frozen=True)
class Ticked:
    """What a tick came to: run keys asked for, the cursor after it, what it says."""

    keys: list[str]
    cursor: str | None
    said: str


def tick(sensor: dg.SensorDefinition, house: House, instance: dg.DagsterInstance, cursor: str | None = None) -> Ticked:
    """One tick; a tick that skips leaves the cursor as it was, as Dagster does."""
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"house": house}, definitions=build_defs(home=house.home)
    ) as context:
        result = sensor(context)
    if isinstance(result, dg.SkipReason):
        return Ticked([], cursor, result.skip_message or "")
    assert isinstance(result, dg.SensorResult)
    said = result.skip_reason
    return Ticked(
        [str(request.run_key) for request in result.run_requests or []],
        result.cursor,
        said.skip_message or "" if isinstance(said, dg.SkipReason) else said or "",
    )


def told(house: House) -> list[Notice]:
    return Ledger(house.open().database.engine).notices()
