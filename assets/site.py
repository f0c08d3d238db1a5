"""The site: what was published, as pages that anyone may read.

Belongs here: the thin asset over publishing/site, and the breaks of series that its pages mark. Does not belong here: pages.
It has no weeks of its own: one building brings all pages up to date, and writes only those that change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from assets.house import OWNERS, House
from resources.office import Office

if TYPE_CHECKING:
    from publishing.site.building import Built

GROUP = "site"


def build_site(office: Office) -> Built:
    """Makes the site what it has to be; next to nothing when it is that already."""
    from checks.breaks import breaks_between
    from publishing.site.building import build_site as build

    return build(office, breaks_between)


def site_mark(office: Office) -> str | None:
    """What the site has to be made of, as a mark; None while it is that."""
    from publishing.site.building import is_due, state_mark

    return state_mark(office) if is_due(office) else None


@dg.asset(
    name="public_site",
    deps=["publication", "verdict"],
    group_name=GROUP,
    kinds={"jinja", "html"},
    owners=OWNERS,
    description="Trang công bố bằng hai thứ tiếng; chỉ trang nào đổi mới được viết lại. "
    "/ The public pages in two languages; only those that change are written again.",
)
def public_site(house: House) -> dg.MaterializeResult:
    built = build_site(house.open())
    return dg.MaterializeResult(
        metadata={"folder": str(built.folder), "files": built.files, "written": built.written, "removed": built.removed}
    )
