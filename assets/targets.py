"""Targets: setting one with a look at what can be reached, and how far along each is.

Belongs here: holding targets against published figures. Does not belong here: keeping them (resources/targets.py), the arithmetic
of what can be reached (scoring/whatif.py), printing (publishing/targets.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assets.explaining import NothingPublished, published_figures
from assets.planning import NoPlan, ground, reach
from publishing.differences import NoSuchRevision, revision_of
from publishing.targets import Progress
from publishing.words import COMPONENTS
from resources.office import Office
from resources.published import FilesMissing
from resources.targets import Target, Targets
from scoring.basis import TOTAL
from scoring.calendar import Week
from scoring.ruleset import load_rulesets


class TargetRefused(ValueError):
    """A target that makes no sense. The message is Vietnamese / English and says what can be set."""


def set_target(office: Office, target: Target) -> tuple[Target, str | None]:
    """Stores a target; returns it, with `reach` where that is known, and why it is not known otherwise.

    What can be reached is told by the newest published week up to the target's: every dossier counted there doing all it lacks.
    Raises TargetRefused for an unknown figure or a value that no unit can ever have.
    """
    most = _maximum(target.figure)
    if target.value is not None and not 0 <= target.value <= most:
        raise TargetRefused(
            f"{target.figure}: {target.value} ngoài khoảng 0–{most} / {target.value} is not between 0 and {most}"
        )
    if target.value is None:
        return Targets(office.database.engine).add(target), None
    week = newest_published(office, target.week)
    unknown: str | None = None
    try:
        if week is None:
            raise NothingPublished("chưa có tuần nào được công bố / no week is published yet")
        target = replace(target, reach=reach(ground(office, target.unit_code, week, target.period_kind), target.figure))  # type: ignore[arg-type]
    except (NothingPublished, NoPlan, NoSuchRevision, FilesMissing) as error:
        unknown = str(error)
    return Targets(office.database.engine).add(target), unknown


def progress(office: Office, unit_code: str | None = None) -> Iterator[Progress]:
    """Every standing target with the newest published figure up to its week."""
    for target in Targets(office.database.engine).standing(unit_code):
        week = newest_published(office, target.week)
        yield Progress(target, str(week) if week else None, _figure(office, target, week) if week else None)


def newest_published(office: Office, last: str) -> Week | None:
    """The newest published week up to one."""
    return max((Week.parse(week) for week in office.database.weeks_published() if week <= last), default=None)


def _maximum(figure: str) -> Decimal:
    if figure == TOTAL:
        return Decimal(100)
    for ruleset in load_rulesets().values():
        if figure in ruleset.maxima:
            return ruleset.maxima[figure]
        known = ruleset.by_portal_code(figure)
        if known is not None and known.code == figure:
            return known.max_points
    raise TargetRefused(
        f"{figure}: không có số liệu này / there is no such figure: total, {', '.join(COMPONENTS)}, hoặc mã chỉ số / or an "
        "indicator's code"
    )


def _figure(office: Office, target: Target, week: Week) -> Decimal | None:
    try:
        rankings, scores = published_figures(
            office, revision_of(office.database, str(week)), target.unit_code, target.period_kind
        )
    except (NothingPublished, FilesMissing):
        return None
    own: dict[str, Any] = next(row for row in rankings if row["level"] != "unit")
    if target.figure == TOTAL or target.figure in COMPONENTS:
        value: Decimal | None = own[target.figure]
        return value
    return next((row["score"] for row in scores if row["indicator"] == target.figure), None)
