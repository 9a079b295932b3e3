"""Dead letters say what they died of and how often they were brought back; they have a retention of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what the dead letters need, and split the index of what is over."""
    op.add_column("tasks", sa.Column("reason", sa.Text))
    op.add_column("tasks", sa.Column("requeues", sa.Integer, nullable=False, server_default="0"))
    op.drop_index("tasks_finished", "tasks")
    for name, sign in (("tasks_ended", "<>"), ("tasks_dead", "=")):
        where = sa.text(f"finished_at IS NOT NULL AND status {sign} 'dead'")
        op.create_index(name, "tasks", ["finished_at"], sqlite_where=where, postgresql_where=where)
