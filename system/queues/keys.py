"""The Redis keys of the `leases` queue: one hash tag a named queue, so that all of them live in one cluster slot.

{tl:Q}:ready:P     LIST    ids waiting at priority P (0..9, higher first); pushed left, popped right
{tl:Q}:tasks       HASH    id -> the task as JSON
{tl:Q}:deliveries  HASH    id -> times handed out
{tl:Q}:leases      ZSET    id -> end of the lease, ms of Redis TIME
{tl:Q}:owners      HASH    id -> token of the current lease, `fence:worker`
{tl:Q}:scheduled   ZSET    id -> due time in ms (delays and retries)
{tl:Q}:fence       STRING  last fence given; never falls, not even after a wipe (it starts from the clock)
{tl:Q}:turn        STRING  claims so far; every 16th serves the lowest waiting priority first (by weight: tasks so far)
{tl:Q}:wake        ZSET    one marker, "w"; idle workers block on it with BZPOPMIN
{tl:Q}:events      STREAM  one entry a call: what happened
{tl:Q}:rates       HASH    finished and failed attempts per five seconds, for the last minute
{tl:Q}:budgets     HASH    task type -> until when its retries are spoken for, in ms (types with a retry budget)
{tl:Q}:paused      STRING  set while paused
{tl:Q}:epoch       STRING  missing: this Redis is new or lost its data
{tl:Q}:probe       STRING  written to see whether this Redis takes anything; gone a millisecond later
"""

from __future__ import annotations

from system.tasks.task import PRIORITIES

WORKERS_INFO = "{tl:workers}:info"  # HASH worker -> heartbeat as JSON
WORKERS_SEEN = "{tl:workers}:seen"  # ZSET worker -> last heartbeat, ms of Redis TIME
WORKERS_ORDERS = "{tl:workers}:orders"  # HASH worker -> what it was told to do: quiet or drain
BREAKERS = "{tl:breakers}:states"  # HASH breaker -> its state as JSON


class Keys:
    """The names of one queue's keys."""

    def __init__(self, queue: str) -> None:
        tag = "{tl:" + queue + "}:"
        self.ready = [f"{tag}ready:{priority}" for priority in PRIORITIES]
        self.tasks = tag + "tasks"
        self.deliveries = tag + "deliveries"
        self.leases = tag + "leases"
        self.owners = tag + "owners"
        self.scheduled = tag + "scheduled"
        self.fence = tag + "fence"
        self.turn = tag + "turn"
        self.wake = tag + "wake"
        self.events = tag + "events"
        self.rates = tag + "rates"
        self.budgets = tag + "budgets"
        self.paused = tag + "paused"
        self.epoch = tag + "epoch"
        self.probe = tag + "probe"
        self.all = [
            self.tasks,
            self.deliveries,
            self.leases,
            self.owners,
            self.scheduled,
            self.fence,
            self.turn,
            self.wake,
            self.events,
            self.rates,
            self.budgets,
            self.paused,
            *self.ready,
        ]
        """What each function is given as KEYS, in the order lua/prelude.lua names them."""
