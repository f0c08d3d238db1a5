"""A like step: the units of a table all move alike from one week to the next. That is ONE finding, about the feed.

Belongs here: finding it. Does not belong here: what single units do (suites, history). It happened: on 2025-10-16 every
province gained 6 points of satisfaction overnight, because the portal's rules had changed (known failures, line 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median_low

from checks.own_rules import LIKE_STEP
from checks.reconcile.tolerances import LikeStep, load_tolerances
from checks.reconcile.words import number
from checks.suites import STAGE
from checks.tables import COMPONENTS, TableFeed
from resources.outcomes import RuleOutcome
from scoring.ruleset import load_rulesets


@dataclass(frozen=True, slots=True)
class Step:
    """A component that moved alike: the middle unit's step, how many moved so, of how many."""

    component: str
    points: Decimal
    moved: int
    units: int


def like_step(previous: TableFeed | None, current: TableFeed, limits: LikeStep | None = None) -> RuleOutcome | None:
    """The finding about a score table whose units moved alike since the week before, or None.

    previous: the same feed's table of the week before, None when there is none. Tables of different scopes or periods
    are not compared: a new period begins anew.
    """
    export = current.export
    if previous is None or _feed(previous) != _feed(current):
        return None
    steps = list(_steps(previous, current, limits or load_tolerances().like_step))
    if not steps:
        return None
    told = [", ".join(_say(step, language) for step in steps) for language in (0, 1)]
    return RuleOutcome(
        rule=LIKE_STEP,
        week=export.week,
        stage=STAGE,
        grain="feed",
        severity="warning",
        kind=export.kind,
        scope=export.scope,
        period=export.period,
        export_id=export.export_id,
        file=export.file,
        field=", ".join(step.component for step in steps),
        value="; ".join(f"{step.points:+f}" for step in steps),
        checked=max(step.units for step in steps),
        failed=max(step.moved for step in steps),
        message_vi=f"Cả bảng thay đổi như nhau so với {previous.export.week}: {told[0]}. Có thể cổng đã đổi quy tắc tính",
        message_en=f"The whole table moved alike since {previous.export.week}: {told[1]}. The portal may have changed its rules",
        action_vi="Xem có bộ quy tắc mới không; nếu có, thêm bộ quy tắc với ngày hiệu lực. Không phải lỗi của từng đơn vị",
        action_en="See whether the rules have changed; if so add a rule set with its date. It is no fault of the units",
    )


def folded(found: Sequence[RuleOutcome], step: RuleOutcome, limits: LikeStep | None = None) -> list[RuleOutcome]:
    """What was found with the step, which takes the place of the findings of units that only repeat it.

    Those are units whose own figures did not make the step. Then it contradicts what we count: an error, which holds the
    table until somebody has looked at its rules.
    """
    spread = (limits or load_tolerances().like_step).spread
    points = dict(zip((step.field or "").split(", "), map(Decimal, (step.value or "").split("; ")), strict=True))
    points["total"] = sum(points.values(), Decimal(0))

    def repeats(one: RuleOutcome) -> bool:
        moved = points.get(one.rule.removeprefix("reconcile."))
        if one.export_id != step.export_id or moved is None or one.value is None or one.expected is None:
            return False
        return abs(Decimal(one.value) - Decimal(one.expected) - moved) <= spread * abs(moved)

    others = [one for one in found if not repeats(one)]
    units = [one.unit_code or "" for one in found if repeats(one)]
    if not units:
        return [*others, step]
    named = ", ".join(units)
    against = replace(
        step,
        severity="error",
        message_vi=f"{step.message_vi}. Số đếm của chúng tôi không thay đổi như vậy ({named})",
        message_en=f"{step.message_en}. Our own counts did not move so ({named})",
    )
    return [*others, against]


def _feed(table: TableFeed) -> tuple[str | None, ...]:
    export = table.export
    return export.kind, export.scope, export.period_kind, export.period, export.part


def _steps(previous: TableFeed, current: TableFeed, limits: LikeStep) -> Iterable[Step]:
    before = {row["unit_code"]: row for row in previous.rows}
    for component in COMPONENTS:
        changes = [
            row[component] - before[row["unit_code"]][component]
            for row in current.rows
            if row["unit_code"] in before
            and row[component] is not None
            and before[row["unit_code"]][component] is not None
        ]
        if len(changes) < limits.units:
            continue
        middle = median_low(changes)
        if abs(middle) < limits.points:
            continue
        alike = sum(abs(change - middle) <= limits.spread * abs(middle) for change in changes)
        if alike >= limits.share * len(changes):
            yield Step(component, middle, alike, len(changes))


def _say(step: Step, language: int) -> str:
    title = _titles()[step.component][language]
    points = ("+" if step.points > 0 else "") + number(step.points, language)
    return (
        f"{title} {points} điểm ở {step.moved} trên {step.units} đơn vị",
        f"{title} {points} points in {step.moved} of {step.units} units",
    )[language]


def _titles() -> Mapping[str, tuple[str, str]]:
    groups = [group for ruleset in load_rulesets().values() for group in ruleset.groups]
    return {group.code: (group.title_vi, group.title_en) for group in groups}
