"""Which exports a week has, and under which key what was pulled of them is kept.

Belongs here: feeds from the settings, and what cannot be asked for at all. Does not belong here: asking (pulling.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from resources.exports import KINDS_WITH_PERIOD
from resources.portal.errors import CannotBeAsked
from resources.portal.settings import KINDS_PULLED, PortalSettings, parts
from scoring.calendar import Period, Week

OF_THE_NATION = ("scores",)
OF_FILES = ("dossiers", "petitions", "units")


@dataclass(frozen=True, order=True)
class Feed:
    """One export of a week. period: of scores and counts."""

    week: Week
    kind: str
    scope: str
    period: Period | None = None

    def __str__(self) -> str:
        return f"{self.week}/{self.name}" + (f" ({self.period})" if self.period else "")

    @property
    def name(self) -> str:
        """`scores.VN.ytd`: what the file in the landing folder is called, without its extension."""
        return ".".join([self.kind, self.scope, *([self.period.kind] if self.period else [])])

    def key(self, settings: PortalSettings) -> dict[str, object]:
        """All that decides what the portal answers: figures of a month are never taken for the year's."""
        return {
            "portal": settings.portal_url,
            "week": str(self.week),
            "kind": self.kind,
            "scope": self.scope,
            "root": settings.root_of(self.scope),
            "period": str(self.period) if self.period else None,
            "as_of": settings.portal_as_of,
            "page_size": settings.portal_page_size,
        }


def last_ended(today: date) -> Week:
    """The week a pull is for by default: the last that has ended on this Vietnamese day."""
    return Week.containing(today).previous


def feeds_of(
    settings: PortalSettings,
    weeks: Sequence[Week],
    today: date,
    *,
    kinds: Sequence[str] | None = None,
    period: Period | None = None,
) -> list[Feed]:
    """The feeds of some weeks, by week; in each the cheap ones first.

    Without the setting `portal_as_of` the portal tells only the figures of today: scores, counts and procedures then are
    asked for the week that ended last, or the one that runs, and no other. Raises CannotBeAsked.
    """
    asked = list(kinds or parts(settings.portal_kinds))
    if unknown := [kind for kind in asked if kind not in KINDS_PULLED]:
        raise CannotBeAsked(
            f"--kind {', '.join(unknown)}: không có loại này / there is no such kind; "
            f"có / there are: {', '.join(KINDS_PULLED)}"
        )
    if period is not None and period.kind not in ("ytd", "quarter", "month"):
        raise CannotBeAsked(
            f"--period {period}: cổng không có kỳ này / the portal has no such period: 2025, 2025-Q4, 2025-10"
        )
    _refuse_old(settings, weeks, today, asked)
    return [
        Feed(week, kind, scope, each)
        for week in sorted(set(weeks))
        for kind in KINDS_PULLED
        if kind in asked
        for scope in parts(settings.portal_scopes)
        if (scope == "VN") <= (kind in OF_THE_NATION)
        for each in _periods(settings, kind, week, period)
    ]


def _periods(settings: PortalSettings, kind: str, week: Week, period: Period | None) -> list[Period | None]:
    if kind not in KINDS_WITH_PERIOD:
        return [None]
    if period is not None:
        return [period]
    return [Period.of_week(each, week) for each in parts(settings.portal_periods)]  # type: ignore[arg-type]


def _refuse_old(settings: PortalSettings, weeks: Sequence[Week], today: date, kinds: Sequence[str]) -> None:
    ended = last_ended(today)
    if ahead := [week for week in weeks if week > ended.next]:
        raise CannotBeAsked(f"Tuần {ahead[0]} chưa đến / week {ahead[0]} has not come yet")
    old = [week for week in weeks if week < ended]
    of_today = [kind for kind in kinds if kind not in OF_FILES]
    if old and of_today and not settings.portal_as_of:
        today_only, others = ", ".join(of_today), ",".join(OF_FILES)
        raise CannotBeAsked(
            f"Cổng chỉ cho số liệu hiện nay ({today_only}), không cho tuần {old[0]}; cần tuần {ended} hoặc {ended.next}, "
            f"hoặc chỉ --kind {others}, hoặc đặt portal_as_of nếu cổng có. "
            f"/ The portal tells only the figures of today ({today_only}), not those of week {old[0]}; expected week {ended} or "
            f"{ended.next}, or only --kind {others}, or the setting portal_as_of where the portal has such a field"
        )
