"""One pure function that returns the definitions; tests and the command line call it with a home of their own.

Belongs here: putting assets, checks, jobs, schedules and sensors together. Does not belong here: any of them.
"""

from __future__ import annotations

import dagster as dg

from assets import all_assets, all_checks
from assets.house import House
from pipelines.jobs import jobs
from pipelines.schedules import schedules
from pipelines.sensors import sensors


def build_defs(*, home: str = "", landing: str = "") -> dg.Definitions:
    """Everything Dagster shows. Empty arguments: the settings decide when a run starts, not when code is loaded."""
    return dg.Definitions(
        assets=all_assets(),
        asset_checks=all_checks(),
        jobs=jobs(),
        schedules=schedules(),
        sensors=sensors(),
        resources={"house": House(home=home, landing=landing)},
        executor=dg.in_process_executor,
    )
