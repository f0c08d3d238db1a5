"""Which run judged a week; beside a unit under review, its last sound total."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from resources.schema import ExactDecimal

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "judgings",
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_judgings"),
    )
    op.add_column("rankings", sa.Column("last_sound_week", sa.Text))
    op.add_column("rankings", sa.Column("last_sound_total", ExactDecimal(6, 2)))
