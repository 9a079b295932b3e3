"""Alembic's entry: runs the steps on the connection it is handed, in the transaction that is under way there."""

from __future__ import annotations

from alembic import context

from system.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
