"""Homes whose database is of either kind an office may use: SQLite, as a file in the home, or PostgreSQL. Helpers only."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

KINDS = ("sqlite", "postgresql")
_SETTINGS = "service-index.toml"
_NAME = "DATABASE"  # stands in a server's address where the database's name belongs


def new_database(server: str, template: str | None = None) -> str:
    """The address of a new database, empty or a copy of another that nobody is connected to."""
    name = f"test_{secrets.token_hex(6)}"
    with _as_owner(server) as connection:
        copy = f" TEMPLATE {template}" if template else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{copy}")
    return server.replace(_NAME, name)


def keep_in(home: Path, address: str) -> None:
    """Says in the home's settings that its database is there."""
    (home / _SETTINGS).write_text(f"database_url = {json.dumps(address)}\n")


def copy_home(template: Path, home: Path) -> None:
    """A home that is as another, its database too."""
    shutil.copytree(template, home, dirs_exist_ok=True)
    settings = home / _SETTINGS
    if settings.is_file():
        address = sa.make_url(json.loads(settings.read_text().partition("=")[2]))
        server = address.set(database=_NAME).render_as_string(hide_password=False)
        keep_in(home, new_database(server, address.database))


@contextmanager
def _as_owner(server: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(server.replace(_NAME, "postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
