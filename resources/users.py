"""Users of the stewards' desk: name, role, language, and a password nobody can read back.

Belongs here: the record, the rules for names and passwords, storing and checking them. Does not belong here: sessions and
pages (console), asking for a password (pipelines/review_cli.py).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from resources import schema
from resources.clock import utc_now
from resources.connections import writing

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["reader", "steward", "admin"]
ROLES: tuple[Role, ...] = ("reader", "steward", "admin")
LANGUAGES = ("vi", "en")
SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 1024  # what anyone may make argon2 chew on
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class UserError(ValueError):
    """A user cannot be made or changed so. The message is Vietnamese / English and one line."""


@dataclass(frozen=True, slots=True)
class User:
    """Who is at the desk. mark: changes with the password, so that sessions of the old one end."""

    name: str
    role: Role
    language: str = "vi"
    mark: str = field(default="", repr=False)

    @property
    def may_decide(self) -> bool:
        return self.role in ("steward", "admin")


class Users:
    """The users of one installation."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, name: str, password: str, role: str, language: str = "vi") -> User:
        """Raises UserError for a name that is taken or impossible, an unknown role, or a poor password."""
        if not _NAME.fullmatch(name):
            raise UserError(
                f"Tên {name!r}: chỉ dùng a-z, 0-9, dấu chấm, gạch ngang, gạch dưới, tối đa 64 ký tự"
                f" / name {name!r}: only a-z, 0-9, dot, hyphen and underscore, 64 characters at most"
            )
        if role not in ROLES:
            raise UserError(f"Vai trò {role!r}: chọn một trong / role: choose one of {', '.join(ROLES)}")
        if language not in LANGUAGES:
            raise UserError(f"Ngôn ngữ {language!r}: chọn một trong / language: choose one of {', '.join(LANGUAGES)}")
        row = {"name": name, "password": _hashed(password), "role": role, "language": language, "created_at": utc_now()}
        try:
            with writing(self._engine) as connection:
                connection.execute(schema.users.insert(), row)
        except sa.exc.IntegrityError:
            raise UserError(f"Đã có người dùng {name} / there is a user {name} already") from None
        return self.get(name)

    def set_password(self, name: str, password: str) -> None:
        """Sessions opened with the old password end. Raises UserError for an unknown name or a poor password."""
        self.get(name)
        table = schema.users
        with writing(self._engine) as connection:
            connection.execute(table.update().where(table.c.name == name).values(password=_hashed(password)))

    def set_language(self, name: str, language: str) -> None:
        table = schema.users
        with writing(self._engine) as connection:
            connection.execute(table.update().where(table.c.name == name).values(language=language))

    def get(self, name: str) -> User:
        """Raises UserError when there is none."""
        user = self.find(name)
        if user is None:
            raise UserError(f"Không có người dùng {name} / there is no user {name}")
        return user

    def find(self, name: str) -> User | None:
        row = self._row(name)
        return _user(row) if row else None

    def all(self) -> list[User]:
        """Every user, by name."""
        with self._engine.connect() as connection:
            return [_user(row) for row in connection.execute(sa.select(schema.users).order_by(schema.users.c.name))]

    def check(self, name: str, password: str) -> User | None:
        """The user, if the password is theirs. An unknown name takes as long as a wrong password."""
        from argon2.exceptions import InvalidHashError, VerificationError

        row = self._row(name)
        try:
            _hasher().verify(row.password if row else _nobody(), password[:_LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return _user(row) if row else None

    def _row(self, name: str) -> sa.Row | None:
        with self._engine.connect() as connection:
            return connection.execute(sa.select(schema.users).where(schema.users.c.name == name)).one_or_none()


def _user(row: sa.Row) -> User:
    return User(row.name, row.role, row.language, sha256(row.password.encode()).hexdigest()[:16])


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise UserError(
            f"Mật khẩu cần ít nhất {SHORTEST_PASSWORD} ký tự / a password needs at least {SHORTEST_PASSWORD} characters"
        )
    return _hasher().hash(password)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that no password has, so that asking for an unknown name costs the same."""
    return _hasher().hash(secrets.token_urlsafe())
