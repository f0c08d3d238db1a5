"""SQLite files without a wait for the disk at every turn: the last connection to leave a file need not tidy up behind it.

Belongs here: idle connections that keep a file's write-ahead log open, and how Dagster's own files are opened.
Does not belong here: our own database's settings (connections.py).

Dagster opens and closes a connection for each of a run's hundreds of events. When the last connection closes, SQLite
copies the log into the file and waits for the disk several times; an idle connection beside it spares all of that.
Killed processes lose nothing by it: the log is on the disk, and whoever opens the file next reads it. For each of those
connections Dagster also makes an engine, which compiles the same few statements again; here engines are kept.
"""

from __future__ import annotations

import sqlite3
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    import dagster as dg

_OPENING_SECONDS = 120
_MOST = 8  # files kept at once; a process that lives long sees a file a run


class Keepers:
    """At most one idle connection a file, for the files used last; all of them closed together."""

    def __init__(self) -> None:
        self._idle: dict[str, sqlite3.Connection] = {}
        self._lock = threading.Lock()

    def keep(self, file: str) -> None:
        """Keeps the file's log open from now on. To be called whenever a connection to it is made: nothing if it is kept."""
        with self._lock:
            idle = self._idle.pop(file, None) or sqlite3.connect(file, timeout=60, check_same_thread=False)
            self._idle[file] = idle
            if len(self._idle) > _MOST:
                self._idle.pop(next(iter(self._idle))).close()
            # A file that became one with a log only now is seen as such by whoever reads it again.
            idle.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()

    def close(self) -> None:
        with self._lock:
            for idle in self._idle.values():
                idle.close()
            self._idle.clear()


def spare_the_disk(folder: Path) -> Keepers:
    """Opens every SQLite file in the folder this way from now on, in this process, whoever opens it.

    A power cut may take the last moments of such a file, never its soundness (`synchronous = NORMAL` with a log); so it
    is for Dagster's files, which tell what was done, and not for our own database, which is what was done.
    Safe to repeat. Returns what to close when the files are to be left alone.
    """
    return _spare_the_disk(folder.resolve())


@cache
def _spare_the_disk(folder: Path) -> Keepers:
    keep_dagsters_engines()
    keepers, inside = Keepers(), f"{folder}/"

    @sa.event.listens_for(sa.Engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        file = connection.execute("PRAGMA database_list").fetchone()[2]
        if file.startswith(inside):
            connection.execute("PRAGMA synchronous = NORMAL")
            keepers.keep(file)

    return keepers


def open_dagster(folder: Path) -> dg.DagsterInstance:
    """The instance kept in a folder. Dagster makes its SQLite files without asking whether another process just does.

    Raises filelock.Timeout.
    """
    import dagster as dg
    from filelock import FileLock

    with FileLock(folder / ".opening.lock", timeout=_OPENING_SECONDS):
        return dg.DagsterInstance.from_config(str(folder))


def keep_dagsters_engines() -> None:
    """One engine a file of Dagster's event and run logs from now on, in this process, instead of one a connection.

    A name of Dagster's own modules is replaced, which no interface of it offers; a test tells when that is in vain.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    for module in (sqlite_event_log, sqlite_run_storage):
        if getattr(module, "create_engine", None) is sa.create_engine:
            module.create_engine = _kept_engine  # type: ignore[attr-defined]


def _kept_engine(address: str, poolclass: type[sa.Pool], connect_args: dict[str, Any] | None = None) -> sa.Engine:
    if poolclass is not sa.NullPool:  # an engine with connections of its own is its maker's to close
        return sa.create_engine(address, poolclass=poolclass, connect_args=connect_args or {})
    return _engine(address, tuple((connect_args or {}).items()))


@lru_cache(2 * _MOST)
def _engine(address: str, connect_args: tuple[tuple[str, Any], ...]) -> sa.Engine:
    return sa.create_engine(address, poolclass=sa.NullPool, connect_args=dict(connect_args))
