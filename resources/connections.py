"""Connections to the database: how SQLite and PostgreSQL are opened so that the rest need not know which it is.

Belongs here: dialect settings, transactions' beginnings, running migrations. Does not belong here: any table.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from resources.sqlite_files import Keepers

BUSY_SECONDS = 60  # how long a writer waits for another; publishing a week takes about one
_MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATION_LOCK = 766  # PostgreSQL's advisory lock held while the schema changes


def open_engine(url: str) -> sa.Engine:
    """An engine for the address. On SQLite foreign keys are on, and a writer waits its turn and holds it to the end."""
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address, pool_pre_ping=True)
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    keepers = Keepers()

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; _on_begin does
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # so that INSERT OR REPLACE meets the DELETE triggers
        connection.execute("PRAGMA synchronous = FULL")
        if address.database not in (None, "", ":memory:"):
            keepers.keep(str(address.database))

    @sa.event.listens_for(engine, "engine_disposed")
    def _on_disposed(_: sa.Engine) -> None:
        keepers.close()

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        # A transaction that first reads and then writes cannot wait for another writer: it must say so when it begins.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that changes something: all of it happens or nothing. On SQLite writers wait for their turn here."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def upgrade_schema(engine: sa.Engine) -> None:
    """Run the migrations that are missing, in one transaction. One process does it, others wait and find it done."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _use_write_ahead_log(engine: sa.Engine) -> None:
    """Readers then never wait for a writer. The file remembers it; the change does not wait, so it is tried again."""
    database = engine.url.database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        raw = engine.raw_connection()
        try:
            if raw.cursor().execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                raw.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            raw.close()


def schema_versions(engine: sa.Engine | None = None) -> tuple[str | None, ...]:
    """The version of a database (None without tables, or without an engine), then those this software knows, newest first."""
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    current = None
    if engine is not None:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    return (current, *known)
