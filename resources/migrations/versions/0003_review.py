"""The stewards' desk: users, cases, and the append-only log of decisions and corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "users",
        *(_required(name) for name in ("name", "password", "role", "language")),
        _required("created_at", sa.DateTime),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
        sa.CheckConstraint("role IN ('reader', 'steward', 'admin')", name="role_is_known"),
    )
    _cases()
    _decisions()
    _corrections()
    for table in ("decisions", "corrections"):
        _refuse_changes(table)


def _required(name: str, type_: sa.types.TypeEngine | type[sa.types.TypeEngine] = sa.Text) -> sa.Column:
    return sa.Column(name, type_, nullable=False)


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        _required("version", sa.Integer),
        *(_required(name) for name in ("rule", "grain", "stage", "severity")),
        *(sa.Column(name, sa.Text) for name in ("kind", "scope", "unit_code", "unit_name", "file")),
        _required("first_week"),
        _required("last_week"),
        _required("failing", sa.JSON),
        _required("state"),
        *(sa.Column(name, sa.Text) for name in ("decided", "until", "assignee", "diagnosis")),
        _required("finding", sa.JSON),
        _required("opened_at", sa.DateTime),
        _required("updated_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.CheckConstraint("state IN ('open', 'waived', 'corrected', 'returned', 'resolved')", name="state_is_known"),
    )
    op.create_index("ix_cases_first_week_last_week", "cases", ["first_week", "last_week"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        _required("case_id", sa.Integer),
        _required("at", sa.DateTime),
        *(_required(name) for name in ("who", "action", "reason")),
        sa.Column("until", sa.Text),
        _required("before", sa.JSON),
        _required("after", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_decisions_cases"),
    )
    op.create_index("ix_decisions_case_id", "decisions", ["case_id"])


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        _required("case_id", sa.Integer),
        sa.Column("withdraws", sa.Integer),
        _required("table"),
        _required("rows", sa.JSON),
        _required("action"),
        sa.Column("field", sa.Text),
        sa.Column("value", sa.Text),
        _required("expect", sa.JSON),
        *(_required(name) for name in ("first_week", "last_week", "reason", "who")),
        _required("at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_corrections_cases"),
        sa.ForeignKeyConstraint(["withdraws"], ["corrections.id"], name="fk_corrections_corrections"),
        sa.CheckConstraint("action IN ('drop', 'set', 'scale', 'flag')", name="action_is_known"),
    )
    op.create_index("ix_corrections_case_id", "corrections", ["case_id"])


def _refuse_changes(table: str) -> None:
    """Triggers by which the database itself keeps a table append-only, whoever asks (as 0001 does for revisions)."""
    message = f"{table} is append-only: what was decided is answered by a new entry"
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    for event, grain in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{grain.lower()}_change BEFORE {event} ON {table} "
            f"FOR EACH {grain} EXECUTE FUNCTION {table}_refuse_change()"
        )
