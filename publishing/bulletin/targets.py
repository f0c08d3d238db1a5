"""Targets: what a province or its leaders set for a coming week, and whether it can be reached at all.

Belongs here: a target as a value, how it is written on the command line, the room that is left for it, those that were
set for a province. Does not belong here: keeping targets (resources/targets.py), or how many dossiers it would take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from publishing.words import COMPONENTS
from scoring.calendar import PeriodKind, Week

if TYPE_CHECKING:
    from resources.database import Database

TOTAL = "total"
_FORM = re.compile(
    r"(?P<week>\d{4}-W\d{2}):(?:(?P<of>[a-z_]+):)?"
    r"(?:(?P<low>\d{1,3}(?:\.\d{1,2})?)(?:\.\.(?P<high>\d{1,3}(?:\.\d{1,2})?))?|\+(?P<rise>\d{1,2}(?:\.\d{1,2})?))"
    r"(?:,lead=(?P<lead>\d{1,2}(?:\.\d{1,2})?))?"
)


class TargetError(ValueError):
    """A target is not of the expected form; the message says which that is."""


@dataclass(frozen=True, slots=True)
class Target:
    """To be reached by the end of a week: low to high (or just low), or a rise. of: `total` or a component.

    lead: points ahead of the second, besides.
    """

    week: str
    of: str = TOTAL
    low: Decimal | None = None
    high: Decimal | None = None
    rise: Decimal | None = None
    lead: Decimal | None = None

    def needed(self, now: Decimal) -> Decimal:
        """What is to be reached at least."""
        return now + self.rise if self.rise is not None else self.low or Decimal(0)

    def is_within(self, now: Decimal, maximum: Decimal) -> bool:
        """Whether the room that is left allows it."""
        return max(self.needed(now), self.high or Decimal(0)) <= maximum


def targets_set(database: Database, scope: str, after: str, kind: PeriodKind) -> list[Target]:
    """The standing targets of a province for the weeks after one, of its total and its components."""
    from resources.targets import Targets

    return [
        Target(week=each.week, of=each.figure, low=each.value)
        for each in Targets(database.engine).standing(scope)
        if each.week > after and each.period_kind == kind and each.figure in (TOTAL, *COMPONENTS)
    ]


def parse_target(text: str) -> Target:
    """`2025-W47:92.50..92.60`, `2025-W47:online_services:+0.10`, `2025-W50:93,lead=1`. Raises TargetError."""
    match = _FORM.fullmatch(text.strip())
    expected = "2025-W47:92.50..92.60, 2025-W47:online_services:+0.10, 2025-W50:93,lead=1"
    if match is None or match["of"] not in (None, TOTAL, *COMPONENTS):
        raise TargetError(f"mục tiêu cần dạng / a target is written: {expected}; {text!r}")
    try:
        week = str(Week.parse(match["week"]))
    except ValueError as error:
        raise TargetError(str(error)) from None
    numbers = {key: Decimal(match[key]) for key in ("low", "high", "rise", "lead") if match[key] is not None}
    if numbers.get("high", Decimal(1000)) < numbers.get("low", Decimal(0)):
        raise TargetError(f"{text!r}: mức cao thấp hơn mức thấp / the higher end is below the lower")
    return Target(week=week, of=match["of"] or TOTAL, **numbers)
