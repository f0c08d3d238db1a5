"""Who is at work on what: a token that only grows, so that a worker who was overtaken cannot publish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    leases = op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("since", sa.DateTime),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.bulk_insert(leases, [{"name": name, "token": 0, "beat": 0} for name in ("intake", "scoring")])
