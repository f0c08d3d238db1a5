"""The site: what was published, as pages that anyone may read.

Belongs here: the thin asset over publishing/site, and the breaks of series that its pages mark. Does not belong here: pages.
It has no weeks of its own: one building brings all pages up to date, and writes only those that change.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from assets.house import OWNERS, House

if TYPE_CHECKING:
    from publishing.site.building import Built
    from resources.office import Office

GROUP = "site"


def build_site(office: Office) -> Built:
    """Makes the site what it has to be; next to nothing when it is that already."""
    from assets.accounts import accounts
    from checks.breaks import breaks_between
    from publishing.site.building import build_site as build

    return build(office, breaks_between, partial(accounts, office))


def site_mark(office: Office) -> str | None:
    """What the site and the bulletins have to be made of, as a mark; None while they are that.

    Bulletins that are missing are part of it: a folder that was lost is written again though the site stands.
    """
    from publishing.bulletin.writing import weeks_due
    from publishing.site.building import is_due, state_mark

    missing = weeks_due(office)
    if not missing and not is_due(office):
        return None
    return "+".join([state_mark(office), *missing])


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
