"""The schema: made by migrations alone, append-only where it must be, safe when many start at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from resources import schema
from resources.connections import open_engine
from resources.database import Database
from tests.publishing.releases import release


@pytest.fixture
def migrated(url: str) -> str:
    """A database of either kind with our tables in it."""
    Database(url).migrate()
    return url


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A file of SQLite with our tables in it."""
    url = f"sqlite:///{tmp_path}/index.db"
    Database(url).migrate()
    return url


def test_the_migrations_make_exactly_the_tables_the_code_knows(migrated: str) -> None:
    with open_engine(migrated).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_rankings_in_the_database_have_the_columns_of_the_catalogue_and_no_float(migrated: str) -> None:
    columns = sa.inspect(open_engine(migrated)).get_columns("rankings")
    assert {str(column["type"]).split("(")[0] for column in columns} <= {"TEXT", "INTEGER", "VARCHAR", "NUMERIC"}


def test_migrating_again_changes_nothing(sqlite: str, tmp_path: Path) -> None:
    before = (tmp_path / "index.db").read_bytes()
    Database(sqlite).migrate()
    assert (tmp_path / "index.db").read_bytes() == before


def test_readers_do_not_wait_and_links_are_held(sqlite: str) -> None:
    with open_engine(sqlite).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 60_000}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revisions SET status = 'final'",
        "DELETE FROM revisions",
        "UPDATE rankings SET total = '99.99'",
        "DELETE FROM rankings WHERE rank = 1",
        "TRUNCATE revisions CASCADE",
        "INSERT OR REPLACE INTO revisions SELECT * FROM revisions",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_published(migrated: str, statement: str) -> None:
    """known_failures 29: no figure is overridden; a correction is a new revision."""
    database = Database(migrated)
    database.publish(release())
    before = database.ranking("2025-W41", "commune", "H05", "ytd")
    foreign = {"sqlite": "TRUNCATE", "postgresql": "INSERT OR REPLACE"}[sa.make_url(migrated).get_backend_name()]
    said = "syntax error" if statement.startswith(foreign) else "append-only"
    with pytest.raises(sa.exc.DBAPIError, match=said), open_engine(migrated).begin() as connection:
        connection.exec_driver_sql(statement)
    assert database.ranking("2025-W41", "commune", "H05", "ytd") == before
    assert len(before) == 3


def test_another_program_is_refused_too(sqlite: str, tmp_path: Path) -> None:
    Database(sqlite).publish(release())
    with sqlite3.connect(tmp_path / "index.db") as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute("UPDATE rankings SET total = '99.99'")


def test_six_processes_that_start_at_once_find_one_schema(tmp_path: Path) -> None:
    code = "import sys, resources.database as r; d = r.Database(sys.argv[1]); d.migrate(); print(d.exports())"
    url = f"sqlite:///{tmp_path}/new/index.db"
    starts = [
        subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    assert [(*start.communicate(), start.returncode) for start in starts] == [("[]\n", "", 0)] * 6
