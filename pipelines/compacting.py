"""The job `compaction`: the lake's files of weeks that are over, as small as their rows allow.

Belongs here: the job. Does not belong here: the work (resources/compaction.py). It is started by hand, here or by
`service-index compact`; once a month is often enough.
"""

import dagster as dg

from assets.house import House


@dg.op(description="Ghi lại tệp của các tuần đã qua cho nhỏ hơn. / Write the files of past weeks again, smaller.")
def compact_lake(context: dg.OpExecutionContext, house: House) -> None:
    from resources.compaction import compact_lake as compact

    done = compact(house.open())
    before, after = sum(each.before_bytes for each in done), sum(each.after_bytes for each in done)
    context.log.info(f"{len(done)} files, {sum(each.rows for each in done)} rows: {before} bytes before, {after} after")
    context.add_output_metadata({"files": len(done), "before_bytes": before, "after_bytes": after})


@dg.job(
    name="compaction",
    executor_def=dg.in_process_executor,
    description="Nén kho: cùng dòng, cùng chỗ, ít byte hơn. / Compact the lake: the same rows in the same places, fewer bytes.",
)
def compaction() -> None:
    compact_lake()
