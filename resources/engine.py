"""The engine: DuckDB in the process, with bounded memory, UTC instants and Parquet files written whole or not at all.

Belongs here: opening a connection, quoting, writing Parquet. Does not belong here: any table's SQL.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.files import partial_path, replacing
from resources.files import write_bytes_atomically as write_bytes_atomically

if TYPE_CHECKING:
    import duckdb

ROW_GROUP_ROWS = 122_880  # fixed, so that equal rows give equal bytes whatever DuckDB's default becomes
_MEMORY_SHARE = 0.6
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def connect(
    *, memory_limit: str | None = None, threads: int | None = None, temp_directory: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A new in-memory database of its own.

    memory_limit: `4GB`, `512MiB`; by default 60 % of what the machine or container has. Beyond it DuckDB spills into
    a folder of this connection under `temp_directory` (by default it does not spill). Time zone is UTC; the order of
    rows is kept. Raises duckdb.Error when a setting is not understood.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit or f"{_available_bytes() * _MEMORY_SHARE / 2**20:.0f}MiB",
        "threads": threads or os.cpu_count() or 1,
        "temp_directory": "",
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
    }
    if temp_directory is not None:
        temp_directory.mkdir(parents=True, exist_ok=True)
        # Two connections must not share a spill folder: DuckDB gives its files there the same names.
        config["temp_directory"] = str(partial_path(temp_directory / "spill"))
    con = duckdb.connect(":memory:", config=config)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    return con


def quote_name(name: str) -> str:
    """A name as an SQL identifier."""
    _refuse_zero_byte(name)
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str | Path) -> str:
    """A text, or a path, as an SQL string literal."""
    _refuse_zero_byte(str(text))
    return "'" + str(text).replace("'", "''") + "'"


def write_parquet(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    path: Path,
    parameters: Sequence[Any] | None = None,
    notes: Mapping[str, str] | None = None,
) -> int:
    """Write the rows of a SELECT to `path` and return how many there were. notes: what the file tells of itself, by name.

    The file appears whole or not at all, and the disk has it when this returns. Equal rows in equal order give equal
    bytes on any number of threads; for a fixed order end the SELECT with ORDER BY unless it only scans and filters.
    """
    with replacing(path) as partial:
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, USE_TMP_FILE false"
        if notes:
            told = ", ".join(f"{quote_name(name)}: {quote_text(text)}" for name, text in notes.items())
            options += f", KV_METADATA {{{told}}}"
        copy = f"COPY ({sql}) TO {quote_text(partial)} ({options})"
        row = (con.execute(copy, parameters) if parameters else con.execute(copy)).fetchone()
    assert row is not None
    return int(row[0])


def _refuse_zero_byte(text: str) -> None:
    if "\0" in text:
        raise ValueError(f"{text!r} carries a zero byte and cannot stand in SQL")


def _available_bytes() -> int:
    """Memory of the machine, or of the container when that is less."""
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in _CGROUP_LIMITS:
        text = limit.read_text().strip() if limit.is_file() else "max"
        if text.isdigit():
            available = min(available, int(text))
    return available
