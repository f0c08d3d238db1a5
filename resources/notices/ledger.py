"""The ledger of notices: what there is to tell, to whom, and what became of it.

Belongs here: storing and reading. A notice is kept once by its key, so that a replay tells nothing twice; who sends takes the
deliveries first, so that of two senders one gets them. Does not belong here: when a message goes out (pipelines/delivering.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from resources import schema
from resources.connections import writing
from resources.notices.notice import Notice

ABANDONED_MINUTES = 10
"""A sender that took deliveries and was not heard of for so long was stopped; they are tried again, within the tries."""
LONGEST_WAIT_MINUTES = 60
STOPPED = "the sender was stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice and one route. state: waiting, sending, sent, failed or expired. Moments are naive UTC."""

    notice: Notice
    route: str
    state: str
    tries: int
    next_try_at: datetime
    sent_at: datetime | None = None
    error: str | None = None


class Ledger:
    """The notices of one installation, on SQLite or PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def record(
        self, notices: Iterable[Notice], routes_of: Callable[[Notice], Sequence[str]], now: datetime
    ) -> list[Notice]:
        """Keeps those whose key is new, each with a delivery a route; returns them with their numbers."""
        kept = []
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # two who notice the same wait for each other
                connection.execute(sa.text("LOCK TABLE notices IN SHARE ROW EXCLUSIVE MODE"))
            for notice in notices:
                table = schema.notices
                if connection.execute(sa.select(table.c.id).where(table.c.key == notice.key)).first():
                    continue
                row = {column.name: getattr(notice, column.name) for column in table.c if column.name != "id"}
                row |= {"units": list(notice.units), "recorded_at": now}
                key = connection.execute(table.insert(), row).inserted_primary_key
                assert key is not None
                kept.append(replace(notice, id=key[0], recorded_at=now))
                for route in routes_of(notice):
                    connection.execute(
                        schema.deliveries.insert(),
                        {"notice_id": key[0], "route": route, "state": "waiting", "tries": 0, "next_try_at": now},
                    )
        return kept

    def known(self, keys: Sequence[str]) -> set[str]:
        """Which of some keys are kept already."""
        table = schema.notices
        with self._engine.connect() as connection:
            return set(connection.execute(sa.select(table.c.key).where(table.c.key.in_(keys))).scalars())

    def notices(self) -> list[Notice]:
        """Every notice ever kept, in the order in which they were."""
        with self._engine.connect() as connection:
            return [
                _notice(row)
                for row in connection.execute(sa.select(schema.notices).order_by(schema.notices.c.id)).mappings()
            ]

    def deliveries(self, states: Sequence[str] | None = None, newest: int | None = None) -> list[Delivery]:
        """Deliveries of some states (all by default), oldest notice first. newest: only so many."""
        query = _deliveries().order_by(schema.notices.c.id.desc(), schema.deliveries.c.route)
        if states is not None:
            query = query.where(schema.deliveries.c.state.in_(states))
        if newest is not None:
            query = query.limit(newest)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()][::-1]

    def last_sent(self, route: str) -> datetime | None:
        """When the route was last sent something."""
        table = schema.deliveries
        with self._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.max(table.c.sent_at)).where(table.c.route == route)).scalar()

    def claim(self, route: str, notices: Sequence[int], now: datetime) -> list[Delivery]:
        """Takes those of the deliveries that still wait; nobody else gets them. Each counts as a try."""
        table = schema.deliveries
        mine = (table.c.route == route) & table.c.notice_id.in_(notices)
        waiting = (table.c.state == "waiting") & (table.c.next_try_at <= now)
        with writing(self._engine) as connection:
            wanted = sa.select(table.c.notice_id).where(mine, waiting).with_for_update()
            taken = list(connection.execute(wanted).scalars())
            connection.execute(
                table.update()
                .where(table.c.route == route, table.c.notice_id.in_(taken))
                .values(state="sending", tries=table.c.tries + 1, claimed_at=now)
            )
            rows = connection.execute(
                _deliveries().where(table.c.route == route, table.c.notice_id.in_(taken)).order_by(table.c.notice_id)
            )
            return [_delivery(row) for row in rows.mappings()]

    def mark_sent(self, taken: Iterable[Delivery], now: datetime) -> None:
        self._update(taken, {"state": "sent", "sent_at": now, "error": None})

    def mark_failed(self, taken: Iterable[Delivery], error: str, now: datetime, tries: int) -> None:
        """To be tried again after a while that doubles, until it was tried so often. error: without any address."""
        for delivery in taken:
            wait = timedelta(minutes=min(2 ** (delivery.tries - 1), LONGEST_WAIT_MINUTES))
            state = "failed" if delivery.tries >= tries else "waiting"
            self._update([delivery], {"state": state, "error": error, "next_try_at": now + wait})

    def give_up(self, taken: Iterable[Delivery], error: str) -> None:
        self._update(taken, {"state": "expired", "error": error})

    def tidy(self, now: datetime, keep_days: int, tries: int) -> None:
        """Frees what stopped senders had taken, and gives up what has waited longer than `keep_days`."""
        table, notices = schema.deliveries, schema.notices
        abandoned = (table.c.state == "sending") & (table.c.claimed_at < now - timedelta(minutes=ABANDONED_MINUTES))
        old = sa.select(notices.c.id).where(notices.c.recorded_at < now - timedelta(days=keep_days))
        with writing(self._engine) as connection:
            for often, state in ((table.c.tries >= tries, "failed"), (table.c.tries < tries, "waiting")):
                told = {"state": state, "error": STOPPED, "next_try_at": now}
                connection.execute(table.update().where(abandoned, often).values(told))
            connection.execute(
                table.update().where(table.c.state == "waiting", table.c.notice_id.in_(old)).values(state="expired")
            )

    def _update(self, taken: Iterable[Delivery], values: dict[str, Any]) -> None:
        table = schema.deliveries
        with writing(self._engine) as connection:
            for delivery in taken:
                connection.execute(
                    table.update()
                    .where(table.c.notice_id == delivery.notice.id, table.c.route == delivery.route)
                    .values(values)
                )


_OWN = ("route", "state", "tries", "next_try_at", "sent_at", "error")


def _deliveries() -> sa.Select[Any]:
    mine = [schema.deliveries.c[name] for name in _OWN]
    return sa.select(schema.notices, *mine).join(
        schema.deliveries, schema.deliveries.c.notice_id == schema.notices.c.id
    )


def _delivery(row: sa.RowMapping) -> Delivery:
    return Delivery(notice=_notice(row), **{name: row[name] for name in _OWN})


def _notice(row: sa.RowMapping) -> Notice:
    known = {column.name: row[column.name] for column in schema.notices.c}
    return Notice(**{**known, "units": tuple(row["units"])})
