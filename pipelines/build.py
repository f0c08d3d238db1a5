"""One pure function that returns the definitions; tests and the command line call it with a home of their own.

Belongs here: putting assets, checks, jobs, schedules and sensors together. Does not belong here: any of them.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from assets import all_assets, all_checks
from assets.house import House
from pipelines.jobs import jobs
from pipelines.schedules import HOUSE_TIME, schedules
from pipelines.sensors import sensors

PUBLISHED_WEEKLY = dg.FreshnessPolicy.cron(
    deadline_cron="0 9 * * 1", lower_bound_delta=timedelta(days=7), timezone=HOUSE_TIME
)
"""What Dagster's page shows: something was published in the week before Monday 09:00. The alarm itself is about the week that
ended, whatever else was published meanwhile (pipelines/telling_sensors.py)."""


def build_defs(*, home: str = "", landing: str = "") -> dg.Definitions:
    """Everything Dagster shows. Empty arguments: the settings decide when a run starts, not when code is loaded.

    Only when the weekly schedule ticks is read here, of the home's timetable: Dagster asks for it when code is loaded.
    """
    return dg.Definitions(
        assets=dg.map_asset_specs(_with_freshness, all_assets()),
        asset_checks=all_checks(),
        jobs=jobs(),
        schedules=schedules(home),
        sensors=sensors(),
        resources={"house": House(home=home, landing=landing)},
        executor=dg.in_process_executor,
    )


def _with_freshness(spec: dg.AssetSpec) -> dg.AssetSpec:
    is_published = spec.key == dg.AssetKey("publication")
    return spec.replace_attributes(freshness_policy=PUBLISHED_WEEKLY) if is_published else spec
