"""Users of the desk: nobody can read a password back, and a changed one ends the old sessions."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from resources import schema
from resources.database import Database
from resources.users import UserError, Users
from tests.review.conftest import PASSWORD


def test_a_user_is_known_by_the_right_password_only(users: Users) -> None:
    users.add("lan", PASSWORD, "steward", "en")
    found = users.check("lan", PASSWORD)
    assert found is not None
    assert (found.name, found.role, found.language, found.may_decide) == ("lan", "steward", "en", True)
    assert users.check("lan", PASSWORD + "x") is None
    assert users.check("ai", PASSWORD) is None
    assert users.check("", "") is None


def test_the_password_is_kept_as_argon2_and_nowhere_else(users: Users, database: Database) -> None:
    users.add("lan", PASSWORD, "reader")
    with database.engine.connect() as connection:
        row = connection.execute(sa.select(schema.users)).mappings().one()
    assert row["password"].startswith("$argon2id$")
    assert PASSWORD not in str(dict(row))


def test_a_new_password_takes_the_place_of_the_old_and_changes_the_mark(users: Users) -> None:
    before = users.add("lan", PASSWORD, "reader")
    users.set_password("lan", "một mật khẩu khác")
    assert users.check("lan", PASSWORD) is None
    now = users.check("lan", "một mật khẩu khác")
    assert now is not None
    assert now.mark != before.mark


@pytest.mark.parametrize(
    ("name", "password", "role", "language", "told"),
    [
        ("Lan", PASSWORD, "steward", "vi", "a-z"),
        ("lan nguyen", PASSWORD, "steward", "vi", "a-z"),
        ("lan", "ngắn", "steward", "vi", "10"),
        ("lan", PASSWORD, "boss", "vi", "reader, steward, admin"),
        ("lan", PASSWORD, "steward", "fr", "vi, en"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    users: Users, name: str, password: str, role: str, language: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        users.add(name, password, role, language)
    assert users.all() == []


def test_a_name_is_given_once(users: Users) -> None:
    users.add("lan", PASSWORD, "steward")
    with pytest.raises(UserError, match="lan"):
        users.add("lan", PASSWORD, "reader")
    with pytest.raises(UserError, match="minh"):
        users.set_password("minh", PASSWORD)
    assert [user.role for user in users.all()] == ["steward"]
