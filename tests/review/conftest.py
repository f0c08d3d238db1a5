"""The records of a review in a database of its own, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from resources.database import Database
from resources.review import Review
from resources.users import User, Users

STEWARD, OTHER, READER = User("lan", "steward"), User("minh", "admin"), User("khach", "reader")
PASSWORD = "một mật khẩu dài"


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
