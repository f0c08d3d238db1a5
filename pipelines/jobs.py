"""The two phases as jobs: `intake` (exports to verdict) and `scoring` (counts to publication); then `site`; and
`documents` and `compaction`, on request.

Belongs here: what runs together. Does not belong here: when (schedules, sensors).
"""

from __future__ import annotations

import dagster as dg

from pipelines.compacting import compaction
from pipelines.portal_sensor import pull_job

INTAKE = dg.AssetSelection.groups("intake")
SCORING = dg.AssetSelection.groups("scoring")
DOCUMENTS = dg.AssetSelection.groups("documents")
SITE = dg.AssetSelection.groups("site")


def jobs() -> list[dg.UnresolvedAssetJobDefinition | dg.JobDefinition]:
    """One process a run: the stages of a run hand little to each other and a process costs seconds of imports."""
    return [
        pull_job(),
        dg.define_asset_job(
            "intake",
            selection=INTAKE,
            executor_def=dg.in_process_executor,
            description="Nhận bản xuất, kiểm tra, ra kết luận. / Take exports in, check them, give the verdict.",
        ),
        dg.define_asset_job(
            "scoring",
            selection=SCORING,
            executor_def=dg.in_process_executor,
            description="Đếm, tính điểm, xếp hạng, công bố các tuần được chấp nhận. "
            "/ Count, score, rank and publish the weeks that are admitted.",
        ),
        dg.define_asset_job(
            "site",
            selection=SITE,
            executor_def=dg.in_process_executor,
            description="Viết lại những trang công bố đã đổi. / Write the public pages that change.",
        ),
        dg.define_asset_job(
            "documents",
            selection=DOCUMENTS,
            executor_def=dg.in_process_executor,
            description="Trang kết quả kiểm tra của các tuần được chọn. / Data Docs of the weeks chosen.",
        ),
        compaction,
    ]
