"""Remedies: the cause and the remedy that people enter for an entry of a work list, as the database keeps them.

Belongs here: storing and reading them; nothing is ever changed, a later word about the same thing stands. Does not belong here:
the lists (resources/worklists.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from resources import schema
from resources.clock import utc_now
from resources.connections import writing
from resources.masking import names_somebody
from resources.users import User

LONGEST = 1000


class RemedyRefused(ValueError):
    """Words that cannot be stored. The message is Vietnamese / English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What somebody said of an entry. week: of the list it was said of. at: naive UTC."""

    week: str
    unit_code: str
    list: str
    code: str
    cause: str
    remedy: str
    who: str = ""
    at: datetime | None = None
    id: int = 0


class Remedies:
    """The causes and remedies of one installation."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, remedy: Remedy, who: User) -> Remedy:
        """Raises RemedyRefused for a reader, for no words, too many, and such as name a person by number or address."""
        if not who.may_decide:
            raise RemedyRefused(f"{who.name} chỉ được xem / {who.name} may only read")
        cause, words = remedy.cause.strip(), remedy.remedy.strip()
        if not cause and not words:
            raise RemedyRefused("Cần ghi nguyên nhân hoặc cách khắc phục / a cause or a remedy is needed")
        if max(len(cause), len(words)) > LONGEST:
            raise RemedyRefused(f"Dài quá {LONGEST} ký tự / longer than {LONGEST} characters")
        if names_somebody(f"{cause}\n{words}"):
            raise RemedyRefused(
                "Không ghi số giấy tờ, số điện thoại, thư điện tử / no identity or telephone numbers, no e-mail addresses"
            )
        stored = replace(remedy, cause=cause, remedy=words, who=who.name, at=utc_now())
        row = {name: value for name, value in asdict(stored).items() if name != "id"}
        with writing(self._engine) as connection:
            key = connection.execute(schema.remedies.insert(), row).inserted_primary_key
        assert key is not None
        return replace(stored, id=key[0])

    def last(self, unit_code: str) -> Mapping[tuple[str, str], Remedy]:
        """(list, code) to what was said last, of a unit and those below it."""
        table = schema.remedies
        own = sa.or_(table.c.unit_code == unit_code, table.c.unit_code.startswith(f"{unit_code}.", autoescape=True))
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(table).where(own).order_by(table.c.id)).mappings()
            return {(row["list"], row["code"]): Remedy(**row) for row in rows}
