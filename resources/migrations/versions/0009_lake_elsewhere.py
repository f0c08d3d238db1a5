"""The manifest of a lake that stands elsewhere: which content each file has; and how often it was changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "lake_files",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("committed_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_lake_files"),
    )
    state = op.create_table(
        "lake_state",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("changes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lake_state"),
    )
    op.bulk_insert(state, [{"name": "", "changes": 0}])
