"""The bulletins: what the newest published week says, as papers.

Belongs here: the thin asset over publishing/bulletin. Does not belong here: papers. It has no weeks of its own: it writes
those that are due, and a paper that stands is never written over.
"""

from __future__ import annotations

import dagster as dg

from assets.house import OWNERS, House
from assets.site import GROUP


@dg.asset(
    name="bulletins",
    deps=["publication"],
    group_name=GROUP,
    kinds={"typst", "html", "docx"},
    owners=OWNERS,
    description="Bản tin tuần mới nhất bằng hai thứ tiếng: HTML, PDF, DOCX, tin nhắn. "
    "/ The newest week's bulletin in two languages: HTML, PDF, DOCX, a message.",
)
def bulletins(house: House) -> dg.MaterializeResult:
    from publishing.bulletin.writing import weeks_due, write_bulletins

    office = house.open()
    written = {week: folder for week in weeks_due(office) if (folder := write_bulletins(office, week)) is not None}
    return dg.MaterializeResult(metadata={week: dg.MetadataValue.path(str(folder)) for week, folder in written.items()})
