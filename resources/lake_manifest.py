"""The manifest of a lake that stands elsewhere: which content each of its files has now, told by the database.

Belongs here: reading and changing the manifest; each change is one transaction. Does not belong here: contents
(resources/lake_objects.py), the copy in the home (resources/lake_copy.py).

A file exists when a row names it. Who changes rows under a lease shows its token in the same transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from resources.clock import utc_now
from resources.connections import writing
from resources.lake import LakeError
from resources.locks import Lease
from resources.schema import lake_files, lake_state

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: its sha256, and its size in bytes."""

    sha256: str
    size_bytes: int


class Manifest:
    """The manifest in one database. Paths are relative to the lake, with slashes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def changes(self) -> int:
        """Grows with every change."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(lake_state.c.changes)).scalar_one())

    def files(self, paths: Sequence[str] | None = None) -> dict[str, Content]:
        """The files there are (of some paths), by path."""
        query = sa.select(lake_files.c.path, lake_files.c.sha256, lake_files.c.size_bytes)
        if paths is None:
            parts = [query]
        else:
            starts = range(0, len(paths), _AT_ONCE)
            parts = [query.where(lake_files.c.path.in_(paths[start : start + _AT_ONCE])) for start in starts]
        with self._engine.connect() as connection:
            rows = [row for part in parts for row in connection.execute(part)]
        return {row.path: Content(row.sha256, row.size_bytes) for row in rows}

    def put(self, path: str, content: Content, leases: Iterable[Lease] = ()) -> None:
        """A file has this content from now on. Raises LeaseLost."""
        with writing(self._engine) as connection:
            self._change(connection, leases)
            connection.execute(lake_files.delete().where(lake_files.c.path == path))
            connection.execute(lake_files.insert(), _rows({path: content}))

    def drop(self, path: str, leases: Iterable[Lease] = ()) -> None:
        """There is no such file from now on. Raises LeaseLost."""
        with writing(self._engine) as connection:
            if connection.execute(sa.select(lake_files.c.path).where(lake_files.c.path == path)).first():
                self._change(connection, leases)
                connection.execute(lake_files.delete().where(lake_files.c.path == path))

    def fill(self, files: Mapping[str, Content]) -> None:
        """The first files, all at once. Raises LakeError when there are files already."""
        with writing(self._engine) as connection:
            self._change(connection, ())
            if connection.execute(sa.select(lake_files.c.path).limit(1)).first():
                raise LakeError(
                    "kho ở lake_url đã có tệp của máy khác; chạy lại lệnh / the lake at lake_url has another machine's files "
                    "by now; run the command again"
                )
            rows = _rows(files)
            for start in range(0, len(rows), _AT_ONCE):
                connection.execute(lake_files.insert(), rows[start : start + _AT_ONCE])

    def name(self) -> str:
        """This database as the address knows it; a copy of the database that was restored gets another."""
        query = sa.select(lake_state.c.name)
        with self._engine.connect() as connection:
            name = connection.execute(query).scalar_one()
        if not name:
            with writing(self._engine) as connection:
                new = lake_state.update().where(lake_state.c.name == "").values(name=secrets.token_hex(16))
                connection.execute(new)
                name = connection.execute(query).scalar_one()
        return str(name)

    @staticmethod
    def _change(connection: sa.Connection, leases: Iterable[Lease]) -> None:
        """One after the other: whoever changes the manifest waits here for who is changing it."""
        connection.execute(lake_state.update().values(changes=lake_state.c.changes + 1))
        for lease in leases:
            lease.require(connection)


def _rows(files: Mapping[str, Content]) -> list[dict[str, object]]:
    now = utc_now()
    return [
        {"path": path, "sha256": each.sha256, "size_bytes": each.size_bytes, "committed_at": now}
        for path, each in sorted(files.items())
    ]
