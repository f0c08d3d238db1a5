"""The monthly compile as a job: the papers of a month, for every province whose units were ranked in it.

Belongs here: running it. Does not belong here: what the paper says (publishing/bulletin/monthly.py), when it is due (schedules).
Not an asset: its papers follow from what was published, and `service-index compile` writes the same.
"""

import dagster as dg

from assets.house import House

MONTH_TAG = "service-index/month"


@dg.op(description="Viết bản tổng hợp của tháng trong nhãn. / Writes the compile of the month the tag names.")
def compile_month(context: dg.OpExecutionContext, house: House) -> None:
    from publishing.bulletin.compiling import write_compiles
    from publishing.bulletin.facts import NoBulletin

    month = context.run.tags[MONTH_TAG]
    office = house.open()
    try:
        written = write_compiles(office, month)
    except NoBulletin as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    context.log.info(f"{month}: {len(written)} files")


@dg.job(
    name="compile",
    executor_def=dg.in_process_executor,
    description="Bản tổng hợp tháng. / The monthly compile.",
)
def monthly_compile() -> None:
    compile_month()
