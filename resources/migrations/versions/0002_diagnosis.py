"""Findings say which known fault explains them, and by which dossiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for name in ("diagnosis", "diagnosis_vi", "diagnosis_en", "evidence"):
        op.add_column("outcomes", sa.Column(name, sa.Text))
