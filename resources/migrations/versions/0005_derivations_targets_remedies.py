"""What a revision was derived from; targets; causes and remedies that units enter. All append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from resources.schema import ExactDecimal

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "derivations",
        _required("week"),
        _required("revision", sa.Integer),
        _required("content", sa.JSON),
        sa.PrimaryKeyConstraint("week", "revision", name="pk_derivations"),
        sa.ForeignKeyConstraint(
            ["week", "revision"], ["revisions.week", "revisions.revision"], name="fk_derivations_revisions"
        ),
    )
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        *(_required(name) for name in ("unit_code", "figure", "period_kind", "week")),
        sa.Column("value", ExactDecimal(6, 2)),
        sa.Column("reach", ExactDecimal(6, 2)),
        _required("owner"),
        _required("at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_targets"),
    )
    op.create_table(
        "remedies",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        *(_required(name) for name in ("week", "unit_code", "list", "code", "cause", "remedy", "who")),
        _required("at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_remedies"),
    )
    op.create_index("ix_remedies_unit_code_code", "remedies", ["unit_code", "code"])
    for table in ("derivations", "targets", "remedies"):
        _refuse_changes(table)


def _required(name: str, type_: sa.types.TypeEngine | type[sa.types.TypeEngine] = sa.Text) -> sa.Column:
    return sa.Column(name, type_, nullable=False)


def _refuse_changes(table: str) -> None:
    """Triggers by which the database itself keeps a table append-only, whoever asks (as 0001 does for revisions)."""
    message = f"{table} is append-only: what was recorded is answered by a new entry"
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
