"""Targets as the database keeps them: what a unit is to reach by a week, who answers for it, and what could be reached then.

Belongs here: storing and reading them; a target is never changed, a later one of the same unit, figure, period and week takes its
place. Does not belong here: whether one can be reached (assets/targets.py), printing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from resources import schema
from resources.clock import utc_now
from resources.connections import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """To be reached by the end of `week`. figure: `total`, a group or an indicator. value: None takes the target back.

    reach: the most that could be reached when it was set, as far as that was known. at: naive UTC.
    """

    unit_code: str
    figure: str
    period_kind: str
    week: str
    value: Decimal | None
    owner: str
    reach: Decimal | None = None
    at: datetime | None = None
    id: int = 0

    @property
    def is_beyond_reach(self) -> bool:
        return self.value is not None and self.reach is not None and self.value > self.reach


class Targets:
    """The targets of one installation."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, target: Target) -> Target:
        """Stores a target and returns it with its number and moment."""
        stored = replace(target, at=utc_now())
        row = {name: value for name, value in asdict(stored).items() if name != "id"}
        with writing(self._engine) as connection:
            key = connection.execute(schema.targets.insert(), row).inserted_primary_key
        assert key is not None
        return replace(stored, id=key[0])

    def all(self, unit_code: str | None = None) -> list[Target]:
        """Every entry ever made, in the order in which they were made; of one unit or of all."""
        table = schema.targets
        query = sa.select(table).order_by(table.c.id)
        if unit_code is not None:
            query = query.where(table.c.unit_code == unit_code)
        with self._engine.connect() as connection:
            return [Target(**row) for row in connection.execute(query).mappings()]

    def standing(self, unit_code: str | None = None) -> list[Target]:
        """Those that hold, by unit, week and figure."""
        return standing(self.all(unit_code))


def standing(entries: Iterable[Target]) -> list[Target]:
    """Of entries about the same the last; none that was taken back."""
    last = {(each.unit_code, each.week, each.figure, each.period_kind): each for each in entries}
    return [last[key] for key in sorted(last) if last[key].value is not None]
