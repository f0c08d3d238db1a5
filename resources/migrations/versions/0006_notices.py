"""Notices: what people are to be told, what became of telling each receiver, and messages to leaders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        *(_required(name) for name in ("key", "event", "severity")),
        *(sa.Column(name, sa.Text) for name in ("week", "link")),
        *(_required(name, sa.JSON) for name in ("units", "facts")),
        *(_required(name, sa.DateTime) for name in ("at", "recorded_at")),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_key", "notices", ["key"], unique=True)
    op.create_table(
        "deliveries",
        _required("notice_id", sa.Integer),
        *(_required(name) for name in ("route", "state")),
        _required("tries", sa.Integer),
        _required("next_try_at", sa.DateTime),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("notice_id", "route", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_deliveries_notices"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'expired')", name="ck_deliveries_state_is_known"
        ),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    op.create_table(
        "leader_messages",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        *(_required(name) for name in ("week", "scope")),
        _required("revision", sa.Integer),
        _required("texts", sa.JSON),
        _required("prepared_by"),
        _required("prepared_at", sa.DateTime),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("confirmed_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_leader_messages"),
        sa.CheckConstraint("confirmed_by <> prepared_by", name="ck_leader_messages_two_people"),
    )


def _required(name: str, type_: sa.types.TypeEngine | type[sa.types.TypeEngine] = sa.Text) -> sa.Column:
    return sa.Column(name, type_, nullable=False)
