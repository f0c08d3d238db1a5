"""Exports whose source calls some of its own figures provisional."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("exports", sa.Column("provisional", sa.Boolean, nullable=False, server_default=sa.false()))
