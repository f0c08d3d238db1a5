"""Messages to leaders: prepared by one person, who sees the preview, and confirmed by another; only then do they go out.

Belongs here: the record of both, and refusing what is not so. Does not belong here: what a message says
(publishing/bulletin/message.py), sending it (it becomes a notice). A database that is asked directly refuses one person as both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from resources import schema
from resources.connections import writing
from resources.users import User


class MessageRefused(ValueError):
    """A message cannot be prepared or confirmed so. The message is Vietnamese / English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderMessage:
    """texts: language to what is sent, exactly as it was previewed. Moments are naive UTC."""

    week: str
    scope: str
    revision: int
    texts: Mapping[str, str] = field(hash=False)
    prepared_by: str
    prepared_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    id: int = 0


class LeaderMessages:
    """The messages of one installation."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def prepare(
        self, *, week: str, scope: str, revision: int, texts: Mapping[str, str], who: User, now: datetime
    ) -> LeaderMessage:
        """Keeps what was previewed. Raises MessageRefused for somebody who only reads."""
        _may(who)
        row = {"week": week, "scope": scope, "revision": revision, "texts": dict(texts)}
        row |= {"prepared_by": who.name, "prepared_at": now}
        with writing(self._engine) as connection:
            key = connection.execute(schema.leader_messages.insert(), row).inserted_primary_key
        assert key is not None
        return self.get(key[0])

    def confirm(self, number: int, *, who: User, now: datetime) -> LeaderMessage:
        """Lets a message go. Raises MessageRefused: there is none, it is confirmed already, it is no longer the newest
        revision, or whoever confirms is who prepared it.
        """
        _may(who)
        table = schema.leader_messages
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(table).where(table.c.id == number).with_for_update()).mappings().first()
            if row is None:
                raise MessageRefused(f"Không có tin nhắn số {number} / there is no message {number}")
            message = LeaderMessage(**row)
            if message.confirmed_by is not None:
                raise MessageRefused(
                    f"Tin nhắn {number} đã được {message.confirmed_by} xác nhận"
                    f" / message {number} was confirmed by {message.confirmed_by} already"
                )
            if message.prepared_by == who.name:
                raise MessageRefused(
                    f"{who.name} đã soạn tin nhắn {number}; người khác phải xem và xác nhận"
                    f" / {who.name} prepared message {number}; somebody else has to look at it and confirm"
                )
            newest = _newest_revision(connection, message.week)
            if newest != message.revision:
                raise MessageRefused(
                    f"Tin nhắn {number} nói về bản {message.revision} của {message.week}, nay đã có bản {newest}; soạn lại"
                    f" / message {number} is about revision {message.revision} of {message.week}, and there is {newest}"
                    " now; prepare it again"
                )
            connection.execute(
                table.update().where(table.c.id == number).values(confirmed_by=who.name, confirmed_at=now)
            )
        return self.get(number)

    def get(self, number: int) -> LeaderMessage:
        """Raises MessageRefused when there is none."""
        found = [each for each in self.all() if each.id == number]
        if not found:
            raise MessageRefused(f"Không có tin nhắn số {number} / there is no message {number}")
        return found[0]

    def all(self) -> list[LeaderMessage]:
        """Every message, in the order in which they were prepared."""
        with self._engine.connect() as connection:
            query = sa.select(schema.leader_messages).order_by(schema.leader_messages.c.id)
            return [LeaderMessage(**row) for row in connection.execute(query).mappings()]

    def still_stands(self, message: LeaderMessage) -> bool:
        """Whether what it says is still what is published."""
        with self._engine.connect() as connection:
            return _newest_revision(connection, message.week) == message.revision


def _newest_revision(connection: sa.Connection, week: str) -> int:
    table = schema.revisions
    return connection.execute(sa.select(sa.func.max(table.c.revision)).where(table.c.week == week)).scalar() or 0


def _may(who: User) -> None:
    if not who.may_decide:
        raise MessageRefused(
            f"Vai trò {who.role} không gửi tin nhắn / {who.name} has the role {who.role}, which sends no messages"
        )
