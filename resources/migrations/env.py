"""Alembic's environment: runs the revisions on the connection of `Database.migrate()`, in its transaction."""

from __future__ import annotations

from alembic import context

from resources.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
