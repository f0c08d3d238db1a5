"""Plans: what a change would do to a unit's score and rank, and the cheapest way to a goal; and how they are printed.

Belongs here: the values and their layout. Does not belong here: making them (assets/planning.py), arithmetic (scoring/whatif.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import arrow, json_text, people, printable
from publishing.words import both, vietnamese
from scoring.whatif import Change, Place, Scored

DOSSIERS_NAMED = 10


@dataclass(frozen=True, slots=True)
class Effect:
    """What some changes come to. name: the indicator, or empty for all together. changes: of counts, what comes along included.
    dossiers: those the change is made of, where there are any.
    """

    name: str
    changes: Mapping[str, Change]
    scored: Scored
    places: Mapping[str, Place]
    dossiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Part of a way to a goal. needs_new: what lacks in dossiers that are there cannot be mended: new ones must do better."""

    indicator: str
    dossiers: int
    headroom: int
    needs_new: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A unit's row, how it stands now, what each change and all together would do. goal, goal_rank: what a way was sought to."""

    unit_code: str
    own: Mapping[str, Any]
    now: Scored
    places: Mapping[str, Place]
    effects: tuple[Effect, ...]
    together: Effect
    goal: Decimal | None = None
    goal_rank: int | None = None
    reaches: bool = True
    steps: tuple[Step, ...] = ()


def show_plan(plan: Plan, format: str = "table", console: Console | None = None) -> None:
    """Prints a plan as `table` or `json`."""
    if format == "json":
        sys.stdout.write(json_text(_as_json(plan)) + "\n")
        return
    console = console or Console()
    for part in _parts(plan):
        console.print(part)


def _as_json(plan: Plan) -> dict[str, Any]:
    return {
        "week": plan.own["week"],
        "revision": plan.own["revision"],
        "period": plan.own["period"],
        "unit_code": plan.unit_code,
        "now": _standing(plan.now, plan.places),
        "goal": plan.goal,
        "goal_rank": plan.goal_rank,
        "reaches": plan.reaches,
        "steps": [
            {
                "indicator": each.indicator,
                "dossiers": each.dossiers,
                "headroom": each.headroom,
                "needs_new": each.needs_new,
            }
            for each in plan.steps
        ],
        "each": [_effect(each) for each in plan.effects],
        "together": _effect(plan.together),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "indicator": effect.name or None,
        "counts": {code: [change.numerator, change.denominator] for code, change in effect.changes.items()},
        "dossiers": list(effect.dossiers),
        **_standing(effect.scored, effect.places),
    }


def _standing(scored: Scored, places: Mapping[str, Place]) -> dict[str, Any]:
    return {
        "total": scored.total,
        "groups": dict(scored.groups),
        "ranks": {level: {"rank": each.rank, "ranked": each.ranked} for level, each in places.items()},
    }


def _parts(plan: Plan) -> Iterator[Text | Table]:
    own = plan.own
    yield Text(f"{printable(own['unit_name'])} ({plan.unit_code}) · {own['week']} r{own['revision']}", style="bold")
    yield Text(f"Hiện nay / now: {people(plan.now.total)} · {_ranks(plan.places)}")
    if plan.goal is not None or plan.goal_rank is not None:
        yield Text(_goal(plan))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("Thay đổi\nChange", "Kéo theo\nComes along"):
        table.add_column(title)
    for title in ("Điểm\nPoints", "Tổng\nTotal", "Hạng\nRank"):
        table.add_column(title, justify="right")
    effects = [*plan.effects, plan.together] if len(plan.effects) != 1 else list(plan.effects)
    for each in effects:
        gain = (
            each.scored.total - plan.now.total if each.scored.total is not None and plan.now.total is not None else None
        )
        table.add_row(
            Text(_named(each)),
            Text(_along(each)),
            arrow(gain),
            people(each.scored.total),
            _ranks(each.places, short=True),
        )
    if effects and (plan.effects or plan.goal is None):
        yield table
    for step in plan.steps:
        if step.needs_new:
            yield Text(
                f"{step.indicator}: hồ sơ đã xong không sửa được nữa, chỉ hồ sơ mới làm tốt hơn / dossiers that are done cannot "
                "be mended, only new ones can do better",
                style="yellow",
            )
    if plan.together.dossiers:
        named = ", ".join(map(printable, plan.together.dossiers[:DOSSIERS_NAMED]))
        more = len(plan.together.dossiers) - DOSSIERS_NAMED
        yield Text(f"Hồ sơ / dossiers: {named}" + (f", … (+{more})" if more > 0 else ""))


def _goal(plan: Plan) -> str:
    vi, en = (f"hạng {plan.goal_rank}", f"rank {plan.goal_rank}") if plan.goal is None else (people(plan.goal),) * 2
    number = sum(each.dossiers for each in plan.steps)
    if plan.reaches:
        return f"Đạt {vi}: ít nhất {people(number)} lượt hồ sơ / reaching {en} takes at least {number} dossiers"
    best = f"{people(plan.together.scored.total)} ({_ranks(plan.together.places, short=True)})"
    return (
        f"Không đạt được {vi}: hồ sơ hiện có cho nhiều nhất {best} / {en} is beyond reach: the dossiers there are give at most "
        f"{best}"
    )


def _named(effect: Effect) -> str:
    if not effect.name:
        return "Cộng lại / together"
    change = effect.changes.get(effect.name, Change(0))
    return f"{effect.name} +{change.numerator}" + (f"/+{change.denominator}" if change.denominator else "")


def _along(effect: Effect) -> str:
    """What else the same dossiers count for."""
    if not effect.name:
        return ""
    others = {code: change for code, change in effect.changes.items() if code != effect.name}
    return ", ".join(f"{code} {change.numerator:+d}" for code, change in others.items()) or "–"


def _ranks(places: Mapping[str, Place], *, short: bool = False) -> str:
    return " · ".join(
        (f"{vietnamese(level)} " if not short else "")
        + (f"{people(each.rank)}/{people(each.ranked)}" if each.rank else both("not_ranked"))
        for level, each in places.items()
    )
