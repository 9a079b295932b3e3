"""The system in numbers, for Prometheus: what the record counted, and how the queues stand right now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from system.operations import breakers, inspect
from system.operations.lag import recorder_lag
from system.operations.scaling import desired_workers
from system.policies.histogram import EDGES_MS
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.storage.alert_book import AlertRow
from system.storage.counters import Count
from system.storage.store import Store
from system.tasks.errors import QueueUnavailable, StoreUnavailable
from system.telemetry.exposition import Exposition

MOST_QUEUES = 100  # shown one by one; more would make more series than anybody looks at
STATES = {"queue_size": "waiting", "processing": "running", "scheduled": "scheduled", "dead": "dead"}
MODES = ("closed", "half_open", "open")
SECONDS = [edge / 1000 for edge in EDGES_MS]


async def metrics(store: Store, queue: Queue, registry: WorkerRegistry) -> Exposition:
    """Gather what all processes have in common; the numbers of a service that is away are left out."""
    found = Exposition()
    up = {"sql": 1.0, "redis": 1.0}
    try:
        counts = await store.counters()
        try:
            await _add_queues(found, store, queue, registry)
        except QueueUnavailable:
            up["redis"] = 0.0
        _add_counts(found, counts)
        _add_alerts(found, await store.alerts())
        desired = await desired_workers(store)
        samples: list[tuple[list[str], float]] = [] if desired is None else [([], desired)]
        found.gauge("tasklab_workers_desired", "Worker processes that there should be.", [], samples)
    except StoreUnavailable:
        up["sql"] = 0.0
    found.gauge(
        "tasklab_up", "Whether a service answers.", ["service"], [([name], value) for name, value in up.items()]
    )
    return found


async def _add_queues(found: Exposition, store: Store, queue: Queue, registry: WorkerRegistry) -> None:
    workers = [info["status"] for info in await inspect.workers(registry)]
    stats = await inspect.stats(store, queue, registry)
    queues: dict[str, dict[str, Any]] = dict(list(stats["queues"].items())[:MOST_QUEUES])
    lags = {name: await recorder_lag(store, queue, name) for name in queues}
    modes = await breakers.find(queue.breakers)
    positions = [([one["name"], state], float(one["state"] == state)) for one in modes for state in MODES]
    found.gauge(
        "tasklab_breaker_state", "1 for the state that a circuit breaker is in.", ["breaker", "state"], positions
    )
    depths = [([name, state], one[key]) for name, one in queues.items() for key, state in STATES.items()]
    found.gauge("tasklab_queue_tasks", "Tasks in a queue by where they stand.", ["queue", "state"], depths)

    def by_queue(name: str, about: str, key: str) -> None:
        found.gauge(name, about, ["queue"], [([queue], float(one[key])) for queue, one in queues.items()])

    by_queue("tasklab_queue_oldest_age_seconds", "Age of the oldest task that waits.", "oldest_age_seconds")
    by_queue("tasklab_queue_error_ratio", "Failed attempts among those of the last minute.", "error_rate_1m")
    by_queue("tasklab_queue_paused", "1 while a queue hands out nothing.", "paused")
    about = "Age of the oldest thing that happened and is not in SQL yet."
    found.gauge("tasklab_recorder_lag_seconds", about, ["queue"], [([name], lag) for name, lag in lags.items()])
    states = [([state], float(workers.count(state))) for state in ("running", "quiet", "draining", "lost")]
    found.gauge("tasklab_workers", "Worker processes.", ["state"], states)


def _add_alerts(found: Exposition, alerts: Sequence[AlertRow]) -> None:
    firing = [([row.name], float(row.state == "firing")) for row in alerts]
    found.gauge("tasklab_alert_firing", "1 while one of TaskLab's own alerts fires.", ["alert"], firing)
    looked: list[tuple[list[str], float]] = [([], max(row.evaluated_at for row in alerts) / 1000)] if alerts else []
    about = "When upkeep last wrote how the alerts stand; it does so every ten seconds."
    found.gauge("tasklab_alerts_evaluated_timestamp_seconds", about, [], looked)


def _add_counts(found: Exposition, counts: Iterable[Count]) -> None:
    totals: defaultdict[str, dict[str, float]] = defaultdict(dict)
    buckets: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for one in counts:
        if one.name in ("wait", "run"):
            buckets[one.name].setdefault(one.type, [0] * (len(SECONDS) + 1))[one.bucket] = one.value
        else:
            totals[one.name][one.type] = one.value

    def by_type(name: str, about: str, counted: str) -> None:
        found.counter(name, about, "type", totals[counted])

    by_type("tasklab_tasks_submitted", "Accepted tasks.", "submitted")
    by_type("tasklab_tasks_succeeded", "Tasks that came to a good end.", "succeeded")
    by_type("tasklab_tasks_dead", "Tasks that became dead letters.", "dead")
    by_type("tasklab_tasks_cancelled", "Tasks that were cancelled.", "cancelled")
    by_type("tasklab_tasks_retried", "Attempts that failed and will be made again.", "retried")
    by_type("tasklab_attempts_failed", "Attempts that failed.", "failed")
    by_type("tasklab_lease_expiries", "Attempts whose worker fell silent.", "expired")
    refused = {"": totals["refused"].get("", 0.0)}
    found.counter("tasklab_refused_finishes", "Late finishes whose task somebody else had by then.", None, refused)
    for name, about in {
        "wait": "From when an attempt was due to when it began; pauses before retries and takeovers are not in it.",
        "run": "From the beginning of an attempt to its end.",
    }.items():
        sums = totals[name + "_ms"]
        samples = {type: (counted, sums.get(type, 0) / 1000) for type, counted in buckets[name].items()}
        found.histogram(f"tasklab_task_{name}_seconds", about, "type", SECONDS, samples)
