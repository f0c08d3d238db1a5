"""What kind of trouble an exception is: one that passes, one of the machine, or one of the week that was in hand.

Belongs here: telling them apart. Does not belong here: what follows (assets/house.py, assets/isolation.py).

- *passing*: the database is busy or restarts, a connection broke, the lake's address does not answer. Doing the same again in
  a moment may well succeed.
- *of the machine*: the disk is full, the home cannot be written, memory is short, the database or Spark is gone. It would strike
  every week alike, so nothing goes on until somebody has mended it; and what passes is of the machine too.
- everything else is of the week: the other weeks go on.
"""

from __future__ import annotations

import errno

import sqlalchemy as sa

from resources.lake import LakeError, LakeUnreachable
from resources.locks import LeaseBusy, LeaseLost
from resources.spark_sql import SparkError

_OF_THE_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.EIO),
    *(errno.ENOMEM, errno.EFBIG, errno.ESTALE),
}
_BUSY = ("database is locked", "database table is locked", "database schema is locked")
_PASSING_STATES = ("08", "40", "57P", "53300")  # connection, serialization, shutdown and start, too many connections
_FULL = ("No space left", "disk is full", "IO Error", "Could not write", "Out of Memory")  # as DuckDB and SQLite say it


def passes(error: BaseException) -> bool:
    """Whether the same work may succeed in a moment without anybody's hand."""
    return any(_passes(each) for each in _chain(error))


def of_the_machine(error: BaseException) -> bool:
    """Whether every other week would meet the same trouble."""
    return any(_of_the_machine(each) for each in _chain(error))


def one_line(error: BaseException) -> str:
    """The kind and the first line of an error, short enough to be kept; statements and their values are left out."""
    text = str(error.orig) if isinstance(error, sa.exc.DBAPIError) else str(error)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:400] if first else type(error).__name__


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__
    return found


def _passes(error: BaseException) -> bool:
    if isinstance(error, sa.exc.DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        if state:
            return str(state).startswith(_PASSING_STATES)
        if not isinstance(error, sa.exc.OperationalError):
            return False
        text = str(error.orig).lower()
        return any(words in text for words in _BUSY) or "connection" in text
    return isinstance(error, ConnectionError | TimeoutError | LakeUnreachable)


def _of_the_machine(error: BaseException) -> bool:
    if isinstance(
        error,
        MemoryError | LeaseLost | LeaseBusy | LakeError | SparkError | sa.exc.OperationalError | sa.exc.InterfaceError,
    ):
        return True
    if isinstance(error, OSError):
        return error.errno in _OF_THE_MACHINE or _passes(error)
    return type(error).__module__.partition(".")[0] in ("duckdb", "_duckdb") and any(
        words in str(error) for words in _FULL
    )
