"""The database's tables as SQLAlchemy sees them, alike on SQLite and PostgreSQL.

Belongs here: tables, columns, and the type that keeps decimals exact. Does not belong here: reading and writing rows
(resources/database.py), or changing a schema that is in use (resources/migrations: what stands here must equal what the
migrations make, and a test says so).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from resources import catalogue

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal of fixed scale that is never a float: NUMERIC on PostgreSQL, text such as `92.37` on SQLite.

    Takes Decimal and int. Raises TypeError for a float and ValueError for more decimals than the scale holds.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale
        self._step, self._limit = Decimal(1).scaleb(-scale), Decimal(10) ** (precision - scale)

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(self.precision + 2))
        return dialect.type_descriptor(sa.Numeric(self.precision, self.scale, asdecimal=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = self.exact(value)
        return format(exact, "f") if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)

    def exact(self, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise TypeError(f"{value!r} is a {type(value).__name__}: a published number must be a Decimal")
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{value} is not a number")
        quantized = number.quantize(self._step)
        if quantized != number or abs(number) >= self._limit:
            raise ValueError(f"{value} does not fit DECIMAL({self.precision},{self.scale})")
        return quantized


def column_type(duckdb_type: str) -> TypeEngine[Any]:
    """The SQLAlchemy type of a catalogue column. Raises KeyError for a type no stored table has."""
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_type):
        return ExactDecimal(int(match[1]), int(match[2]))
    types: dict[str, TypeEngine[Any]] = {"VARCHAR": sa.Text(), "INTEGER": sa.Integer(), "BIGINT": sa.BigInteger()}
    return types[duckdb_type]


exports = sa.Table(
    "exports",
    metadata,
    sa.Column("export_id", sa.Text, primary_key=True),
    sa.Column("week", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("period_kind", sa.Text),
    sa.Column("period", sa.Text),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("part", sa.Text),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("rejected_rows", sa.BigInteger, nullable=False),
    sa.Column("exported_at", sa.DateTime),
    sa.Column("received_at", sa.DateTime, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("mapping", sa.Text),
    sa.Column("ruleset", sa.Text),
    sa.Column("partial", sa.Boolean, nullable=False),
    sa.Column("corrects", sa.Text),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("week", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("scope", sa.Text),
    sa.Column("period", sa.Text),
    sa.Column("unit_code", sa.Text),
    sa.Column("export_id", sa.Text),
    sa.Column("file", sa.Text),
    sa.Column("row", sa.BigInteger),
    sa.Column("field", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("expected", sa.Text),
    sa.Column("checked", sa.BigInteger, nullable=False),
    sa.Column("failed", sa.BigInteger, nullable=False),
    sa.Column("message_vi", sa.Text, nullable=False),
    sa.Column("message_en", sa.Text, nullable=False),
    sa.Column("action_vi", sa.Text, nullable=False),
    sa.Column("action_en", sa.Text, nullable=False),
    sa.Column("diagnosis", sa.Text),
    sa.Column("diagnosis_vi", sa.Text),
    sa.Column("diagnosis_en", sa.Text),
    sa.Column("evidence", sa.Text),
    sa.Index(None, "week", "stage"),
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
)

judgings = sa.Table(
    "judgings",
    metadata,
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

feed_verdicts = sa.Table(
    "feed_verdicts",
    metadata,
    sa.Column("week", sa.Text, sa.ForeignKey("verdicts.week", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("period", sa.Text),
    sa.Column("export_id", sa.Text),
    sa.Column("admitted", sa.Boolean, nullable=False),
    sa.Column("rule", sa.Text),
    sa.Column("reason", sa.Text),
)

unit_holds = sa.Table(
    "unit_holds",
    metadata,
    sa.Column("week", sa.Text, sa.ForeignKey("verdicts.week", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("period", sa.Text),
    sa.Column("rule", sa.Text),
    sa.Column("reason", sa.Text),
)

disagreements = sa.Table(
    "disagreements",
    metadata,
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("period_kind", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("group_code", sa.Text, primary_key=True),
    sa.Column("computed", ExactDecimal(9, 4)),
    sa.Column("recounted", ExactDecimal(9, 4)),
    sa.Column("as_published", ExactDecimal(9, 4)),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("figures", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("run_id", sa.Text),
    sa.Column("published_at", sa.DateTime, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("rulesets", sa.JSON, nullable=False),
    sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
)

rankings = sa.Table(
    "rankings",
    metadata,
    *(
        sa.Column(column.name, column_type(column.type), primary_key=column.key, nullable=column.nullable)
        for column in catalogue.table("rankings").columns
    ),
    sa.ForeignKeyConstraint(["week", "revision"], ["revisions.week", "revisions.revision"]),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.CheckConstraint("role IN ('reader', 'steward', 'admin')", name="role_is_known"),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("scope", sa.Text),
    sa.Column("unit_code", sa.Text),
    sa.Column("unit_name", sa.Text),
    sa.Column("file", sa.Text),
    sa.Column("first_week", sa.Text, nullable=False),
    sa.Column("last_week", sa.Text, nullable=False),
    sa.Column("failing", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided", sa.Text),
    sa.Column("until", sa.Text),
    sa.Column("assignee", sa.Text),
    sa.Column("diagnosis", sa.Text),
    sa.Column("finding", sa.JSON, nullable=False),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column("updated_at", sa.DateTime, nullable=False),
    sa.CheckConstraint("state IN ('open', 'waived', 'corrected', 'returned', 'resolved')", name="state_is_known"),
    sa.Index(None, "first_week", "last_week"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("until", sa.Text),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("withdraws", sa.Integer, sa.ForeignKey("corrections.id")),
    sa.Column("table", sa.Text, nullable=False),
    sa.Column("rows", sa.JSON, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("field", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("expect", sa.JSON, nullable=False),
    sa.Column("first_week", sa.Text, nullable=False),
    sa.Column("last_week", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.CheckConstraint("action IN ('drop', 'set', 'scale', 'flag')", name="action_is_known"),
)

derivations = sa.Table(
    "derivations",
    metadata,
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["week", "revision"], ["revisions.week", "revisions.revision"]),
)

targets = sa.Table(
    "targets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("figure", sa.Text, nullable=False),
    sa.Column("period_kind", sa.Text, nullable=False),
    sa.Column("week", sa.Text, nullable=False),
    sa.Column("value", ExactDecimal(6, 2)),
    sa.Column("reach", ExactDecimal(6, 2)),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

remedies = sa.Table(
    "remedies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("week", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("list", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Index(None, "unit_code", "code"),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("beat", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("since", sa.DateTime),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, index=True, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("week", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("units", sa.JSON, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("recorded_at", sa.DateTime, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("notice_id", sa.Integer, sa.ForeignKey("notices.id"), primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", sa.DateTime, nullable=False),
    sa.Column("claimed_at", sa.DateTime),
    sa.Column("sent_at", sa.DateTime),
    sa.Column("error", sa.Text),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'expired')", name="state_is_known"),
)

leader_messages = sa.Table(
    "leader_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("week", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("texts", sa.JSON, nullable=False),
    sa.Column("prepared_by", sa.Text, nullable=False),
    sa.Column("prepared_at", sa.DateTime, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_at", sa.DateTime),
    sa.CheckConstraint("confirmed_by <> prepared_by", name="two_people"),
)

lake_files = sa.Table(
    "lake_files",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("committed_at", sa.DateTime, nullable=False),
)

lake_state = sa.Table(
    "lake_state",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("changes", sa.BigInteger, nullable=False),
)

APPEND_ONLY = (revisions, rankings, decisions, corrections, derivations, targets, remedies)
"""Tables whose rows are never changed or removed; the database itself refuses it by triggers."""
OF_THE_PLACE = (leases, lake_files, lake_state)
"""Tables that tell of where and by whom work is done, not of figures: a backup leaves them out."""
