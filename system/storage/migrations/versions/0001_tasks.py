"""The tables of the record: tasks, attempts, queues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TASK_ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "tasks",
        sa.Column("id", TASK_ID, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("timeout", sa.Float),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("run_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("worker", sa.Text),
        sa.Column("dispatch", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("fingerprint", sa.Text),
    )
    op.create_table(
        "attempts",
        sa.Column("task_id", TASK_ID, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("claimed_at", sa.BigInteger),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("outcome", sa.Text),
        sa.Column("error", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "queues",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text),
        sa.Column("sweeper", sa.Text),
        sa.Column("sweep_until", sa.BigInteger, nullable=False, server_default="0"),
    )
    _create_indexes()


def _create_indexes() -> None:
    op.create_index("tasks_by_status", "tasks", ["status", "id", "queue"])
    op.create_index("tasks_by_type", "tasks", ["type", "id"])
    op.create_index("tasks_by_queue", "tasks", ["queue", "id"])
    _create_partial_index("tasks_open", ["queue", "id"], "finished_at IS NULL")
    _create_partial_index("tasks_finished", ["finished_at"], "finished_at IS NOT NULL")
    _create_partial_index("tasks_by_key", ["idempotency_key", "owner"], "idempotency_key IS NOT NULL", unique=True)


def _create_partial_index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, "tasks", columns, unique=unique, sqlite_where=where, postgresql_where=where)
