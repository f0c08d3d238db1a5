"""Leases: who is at work on the intake or the scoring of an installation, told by the database.

Belongs here: taking, keeping and giving back a lease, and refusing whoever was overtaken. Does not belong here: what is done
under one.

A lease has a token that grows whenever somebody takes it. Its holder beats every few seconds. Who waits takes it over when it
was given back, when the holder's process on this machine is gone, or when it has not beaten for EXPIRES_SECONDS by the clock of
the one who waits: no two clocks are compared. A holder that was only stopped for long then finds another token in the
database when it comes to publish, in the very transaction that would, and is refused.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from resources.clock import utc_now
from resources.connections import writing
from resources.files import process_name, process_runs
from resources.schema import leases

Name = Literal["intake", "scoring"]
BEAT_SECONDS = 10.0
EXPIRES_SECONDS = 60.0
WAIT_SECONDS = 6 * 3600.0  # a whole year of the nation takes less
_LOOK_SECONDS = 0.5


class LeaseLost(RuntimeError):
    """Another process has taken the work over. The message is Vietnamese / English."""


class LeaseBusy(RuntimeError):
    """Somebody else is at work, and has been for longer than one may wait. The message is Vietnamese / English."""


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    token: int

    def require(self, connection: sa.Connection) -> None:
        """Raises LeaseLost unless this is still the newest token; to be asked in the transaction that changes something."""
        query = sa.select(leases.c.token, leases.c.holder).where(leases.c.name == self.name)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(read=True)
        token, holder = connection.execute(query).one()
        if token != self.token:
            raise LeaseLost(
                f"{self.name}: tiến trình khác đã làm thay ({holder or '–'}, lượt {token}; lượt của tiến trình này là "
                f"{self.token}), không công bố gì thêm / another process has taken over ({holder or '–'}, token {token}; "
                f"this one had {self.token}); nothing more is published by this one"
            )


class Locks:
    """The leases of one database."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        beat: float = BEAT_SECONDS,
        expires: float = EXPIRES_SECONDS,
        around: Callable[[Lease], AbstractContextManager[None]] | None = None,
    ) -> None:
        """beat, expires: seconds. around: what else is to hold while a lease is held, begun when it was taken."""
        self._engine, self._beat_seconds, self._expires_seconds = engine, beat, expires
        self._around = around or (lambda _: nullcontext())

    @contextmanager
    def held(
        self, name: Name, *, wait: float = WAIT_SECONDS, on_wait: Callable[[str], None] | None = None
    ) -> Iterator[Lease]:
        """Waits up to `wait` seconds for the lease and holds it. on_wait: told once who has it. Raises LeaseBusy."""
        holder = f"{process_name()}-{secrets.token_hex(3)}"
        lease = self._take(name, holder, wait, on_wait)
        stop = threading.Event()
        beating = threading.Thread(target=self._keep_beating, args=(lease, stop), name=f"lease-{name}", daemon=True)
        beating.start()
        try:
            with self._around(lease):
                yield lease
        finally:
            stop.set()
            beating.join()
            self._give_back(lease)

    def holders(self) -> dict[str, str]:
        """Name of each lease that is taken to who holds it and since when (UTC)."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(leases).where(leases.c.holder.is_not(None)).order_by(leases.c.name))
            return {row.name: f"{row.holder} ({row.since:%Y-%m-%d %H:%M}Z)" for row in rows}

    def _take(self, name: Name, holder: str, wait: float, on_wait: Callable[[str], None] | None) -> Lease:
        until = time.monotonic() + wait
        seen: tuple[int, int] | None = None
        seen_at = time.monotonic()
        told = False
        while True:
            with self._engine.connect() as connection:
                row = connection.execute(sa.select(leases).where(leases.c.name == name)).one()
            if (row.token, row.beat) != seen:
                seen, seen_at = (row.token, row.beat), time.monotonic()
            silent = time.monotonic() - seen_at >= self._expires_seconds
            if row.holder is None or silent or not process_runs(row.holder):
                if self._claim(name, holder, row.token, row.beat):
                    return Lease(name, row.token + 1)
                continue
            if on_wait is not None and not told:
                told = True
                on_wait(row.holder)
            if time.monotonic() >= until:
                raise LeaseBusy(
                    f"{name}: {row.holder} đang làm từ {row.since:%Y-%m-%d %H:%M} UTC; đợi xong rồi chạy lại "
                    f"/ {row.holder} has been at work since then; run again when it is done"
                )
            time.sleep(_LOOK_SECONDS)

    def _claim(self, name: Name, holder: str, token: int, beat: int) -> bool:
        """Takes the lease if it still is as it was seen."""
        with writing(self._engine) as connection:
            done = connection.execute(
                leases.update()
                .where(leases.c.name == name, leases.c.token == token, leases.c.beat == beat)
                .values(token=token + 1, beat=0, holder=holder, since=utc_now())
            )
            return done.rowcount == 1

    def _keep_beating(self, lease: Lease, stop: threading.Event) -> None:
        own = (leases.c.name == lease.name) & (leases.c.token == lease.token)
        while not stop.wait(self._beat_seconds):
            try:
                with writing(self._engine) as connection:
                    connection.execute(leases.update().where(own).values(beat=leases.c.beat + 1))
            except sa.exc.DBAPIError:  # the next beat tries again; who cannot beat for long is taken for gone
                continue

    def _give_back(self, lease: Lease) -> None:
        own = (leases.c.name == lease.name) & (leases.c.token == lease.token)
        try:
            with writing(self._engine) as connection:
                connection.execute(leases.update().where(own).values(holder=None, since=None))
        except sa.exc.DBAPIError:  # the database is gone: what matters is the error of the work itself, not this one
            return
