"""The tables of the record; what one finds here after a crash is what counts.

    tasks      one row a task: what was asked for, where it stands, how it ended
    attempts   one row each time a task was handed to a worker
    queues     one row a named queue: how much of its history is recorded here
    counters   what was counted since the beginning, whatever has been pruned since
    alerts     one row an alert: how it stands
    notices    one row a change of an alert that the webhook has not been told of yet
    scaling    how many workers there should be, and why
    turns      which process does what only one should do, and until when

Times are milliseconds since 1970 (UTC). A task is over exactly when it has a `finished_at`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, String, Table, Text, Uuid, text

metadata = MetaData()

# Written out, because a database finds the index by comparing its condition with a query's, word for word.
ENDED = text("finished_at IS NOT NULL AND status <> 'dead'")
DEAD = text("finished_at IS NOT NULL AND status = 'dead'")

# PostgreSQL has a type of 16 bytes for ids; SQLite stores them as they read.
TaskId = Uuid(as_uuid=False).with_variant(String(36), "sqlite")

tasks = Table(
    "tasks",
    metadata,
    Column("id", TaskId, primary_key=True),
    Column("type", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("payload", Text, nullable=False),  # JSON
    Column("attempts", Integer, nullable=False),  # deliveries that were begun and not given back
    Column("failures", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("timeout", Float),  # seconds
    Column("result", Text),  # JSON
    Column("error", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("worker", Text),
    Column("dispatch", Text, nullable=False),
    Column("owner", Text, nullable=False),  # "" where the task is nobody's: NULLs would all be different owners
    Column("idempotency_key", Text),
    Column("fingerprint", Text),
    Column("reason", Text),  # what it died of, while it is dead
    Column("requeues", Integer, nullable=False, server_default="0"),  # how often it was brought back from the dead
    Column("progress", Text),  # JSON: how far its last attempt said it is
    # Lists by status, and counts, are read from this index alone.
    Index("tasks_by_status", "status", "id", "queue"),
    Index("tasks_by_type", "type", "id"),
    Index("tasks_by_queue", "queue", "id"),
    # Small ones: the backlog, what is old enough to go, what was sent with a key.
    Index(
        "tasks_open",
        "queue",
        "id",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index("tasks_ended", "finished_at", sqlite_where=ENDED, postgresql_where=ENDED),
    Index("tasks_dead", "finished_at", sqlite_where=DEAD, postgresql_where=DEAD),
    Index(
        "tasks_by_key",
        "idempotency_key",
        "owner",
        unique=True,
        sqlite_where=text("idempotency_key IS NOT NULL"),
        postgresql_where=text("idempotency_key IS NOT NULL"),
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("task_id", TaskId, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("worker", Text),
    Column("claimed_at", BigInteger),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("outcome", Text),
    Column("error", Text),
    sqlite_with_rowid=False,  # the key is all of the way to a row
)

queues = Table(
    "queues",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Text, nullable=False),  # of the last recorded batch; "0" is the beginning
    Column("epoch", Text),  # which life of the queue's backend the position belongs to
    Column("sweeper", Text),  # the one reconciler that may put tasks again, and until when
    Column("sweep_until", BigInteger, nullable=False, server_default="0"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("type", Text, primary_key=True),  # of tasks; "" where it does not matter
    Column(
        "bucket", Integer, primary_key=True, autoincrement=False
    ),  # of a histogram, see policies/histogram.py; 0 where there is none
    Column("value", BigInteger, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("value", Float),
    Column("turning", BigInteger),
    Column("threshold", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("evaluated_at", BigInteger, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Text, primary_key=True),  # later ones are greater
    Column("body", Text, nullable=False),  # JSON, as it will be sent
)

turns = Table(
    "turns",
    metadata,
    Column("name", Text, primary_key=True),  # of what one process does for all
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

scaling = Table(
    "scaling",
    metadata,
    Column("name", Text, primary_key=True),
    Column("current", Integer, nullable=False),
    Column("desired", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signals", Text, nullable=False),  # JSON
    Column("evaluated_at", BigInteger, nullable=False),
)
