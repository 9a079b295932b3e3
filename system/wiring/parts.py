"""The processes' parts, put together: worker, upkeep, API, and all of them as one stack."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from system.settings import Settings
from system.tasks.errors import TaskLabError
from system.tasks.task import DEFAULT_QUEUE
from system.wiring.places import load_settings, with_places
from system.wiring.services import Services, abandon, make_database

if TYPE_CHECKING:
    from fastapi import FastAPI

    from system.api.auth import Keys
    from system.local.stack import Stack
    from system.operations.submit import Submitter
    from system.queues.protocol import Queue
    from system.queues.registry import WorkerRegistry
    from system.storage.alert_book import AlertBook
    from system.storage.projection import Projection
    from system.upkeep.alerter import Alerter
    from system.upkeep.loop import Upkeep
    from system.upkeep.scaler import Scaler
    from system.worker.worker import Worker

DAY_SECONDS = 86_400.0
MEGABYTE = 1 << 20


def make_submitter(settings: Settings, services: Services) -> Submitter:
    """Make the way in; start and stop it."""
    from system.operations.submit import Submitter

    return Submitter(
        services.store,
        services.queue,
        accept=settings.accept,
        max_backlog=settings.max_backlog,
        max_payload_bytes=settings.max_body_bytes,
    )


def make_worker(
    settings: Settings,
    queue: Queue,
    connect_again: Callable[[], AbstractAsyncContextManager[tuple[Queue, WorkerRegistry]]],
    *,
    worker_id: str,
    queues: Sequence[str],
    concurrency: int,
    burst: bool = False,
    weights: Mapping[str, int] | None = None,
    alive_file: Path | None = None,
) -> Worker:
    """Make a worker; `connect_again` gives it the second connection that its lease thread needs."""
    from random import Random

    from system.worker.care import Care
    from system.worker.worker import Worker

    return Worker(
        queue,
        connect_again,
        worker_id=worker_id,
        queues=queues,
        concurrency=concurrency,
        lease_seconds=settings.lease_seconds,
        grace_seconds=settings.grace_seconds,
        burst=burst,
        weights=weights,
        care=Care(settings.max_tasks or None, settings.max_rss_mb * MEGABYTE or None, alive_file),
        random=Random(settings.seed),  # noqa: S311 - it spreads retries, it guards nothing
    )


def make_upkeep(settings: Settings, services: Services, queues: Sequence[str] = (DEFAULT_QUEUE,)) -> Upkeep:
    """Make upkeep for the given queues and all that the record knows."""
    from system.upkeep.loop import Upkeep
    from system.upkeep.pruner import Retention
    from system.upkeep.webhook import Webhook

    book, alerter = make_alerter(settings, services)
    webhook = None
    if settings.alert_webhook:
        webhook = Webhook(book, settings.alert_webhook, settings.alert_secret, speaks=lambda: alerter.speaks)
    return Upkeep(
        services.queue,
        services.store,
        _make_projection(settings, services),
        queues=queues,
        retention=Retention(
            finished=settings.retention_days * DAY_SECONDS,
            dead=settings.dead_retention_days * DAY_SECONDS,
            most_dead=settings.max_dead,
        ),
        alerter=alerter,
        webhook=webhook,
        scaler=make_scaler(settings, services, lambda: alerter.speaks),
    )


def make_scaler(settings: Settings, services: Services, speaks: Callable[[], bool]) -> Scaler:
    """Make what decides how many workers there should be."""
    from system.operations.signals import signals
    from system.policies.scaling import limits_of
    from system.storage.scale_book import ScaleBook
    from system.upkeep.scaler import Scaler

    try:
        limits = limits_of(settings.autoscale)
    except ValueError as error:
        message = f"TASKLAB_AUTOSCALE: {error}"
        raise TaskLabError(message) from None
    look = partial(signals, services.store, services.queue, services.registry)
    return Scaler(ScaleBook(services.database), limits, look, speaks=speaks)


def make_alerter(settings: Settings, services: Services) -> tuple[AlertBook, Alerter]:
    """Make what keeps the alerts, and where it keeps them."""
    from system.operations.signals import signals
    from system.policies.alerts import rules_of
    from system.storage.alert_book import AlertBook
    from system.upkeep.alerter import Alerter

    try:
        rules = rules_of(settings.alerts)
    except ValueError as error:
        message = f"TASKLAB_ALERTS: {error}"
        raise TaskLabError(message) from None
    book = AlertBook(services.database)
    look = partial(signals, services.store, services.queue, services.registry)
    return book, Alerter(book, rules, look, tells=bool(settings.alert_webhook))


def _make_projection(settings: Settings, services: Services) -> Projection:
    from system.storage.projection import Projection
    from system.upkeep.death_notices import death_notices

    return Projection(services.database, death_notices(settings.on_death) if settings.on_death else None)


def make_reconcile(settings: Settings, services: Services) -> Callable[[], Awaitable[int]]:
    """Make what compares all queues with the record and puts again what is missing; it returns how many."""
    from system.upkeep.reconciler import Reconciler
    from system.upkeep.recorder import Recorder

    projection = _make_projection(settings, services)
    recorder = Recorder(services.queue, projection)
    return Reconciler(services.queue, services.store, projection, recorder).sweep_all


def make_keys(settings: Settings) -> Keys:
    """Read the API keys."""
    from system.api.auth import Keys

    try:
        return Keys.parse(settings.api_keys)
    except ValueError as error:
        message = f"TASKLAB_API_KEYS: {error}"
        raise TaskLabError(message) from None


def check_bind(settings: Settings, host: str) -> None:
    """Raise TaskLabError where the API must not listen on `host`."""
    from system.api.auth import refuse_bind

    if (reason := refuse_bind(host, make_keys(settings))) is not None:
        raise TaskLabError(reason)


def make_app(settings: Settings, services: Services) -> FastAPI:
    """Make the HTTP application."""
    from system.api.app import create_app

    return create_app(
        store=services.store,
        queue=services.queue,
        registry=services.registry,
        submitter=make_submitter(settings, services),
        keys=make_keys(settings),
        max_body_bytes=settings.max_body_bytes,
        rate_limit=settings.rate_limit,
        reconcile=make_reconcile(settings, services),
    )


def make_stack(settings: Settings | None = None, **options: Any) -> Stack:
    """Make the whole system on this machine; `options` are those of Stack (workers=2, queues, concurrency, port…)."""
    from system.local.stack import Stack, Surroundings

    settings = with_places(settings or load_settings())

    def run(work: Coroutine[Any, Any, object]) -> None:
        # In a thread, because the caller may be a notebook, whose thread runs an event loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, work).result()

    def bring_up_to_date() -> None:
        run(_migrate(settings))

    def abandon_at(redis_url: str, worker: str, queues: Sequence[str]) -> None:
        run(abandon(replace(settings, redis_url=redis_url), worker, queues))

    def desired() -> int | None:
        found: list[int | None] = []

        async def look() -> None:
            found.append(await _desired_workers(settings))

        run(look())
        return found[0]

    surroundings = Surroundings(
        environment={**os.environ, **settings.to_environment()},
        database_url=settings.database_url or "",
        redis_url=settings.redis_url,
        grace_seconds=settings.grace_seconds,
        migrate=bring_up_to_date,
        abandon=abandon_at,
        desired=desired,
    )
    return Stack(settings.data, surroundings, **options)


async def _migrate(settings: Settings) -> None:
    from system.storage.migrate import migrate

    database = make_database(settings)
    try:
        await migrate(database)
    finally:
        await database.close()


async def _desired_workers(settings: Settings) -> int | None:
    from system.operations.scaling import desired_workers
    from system.storage.store import Store

    database = make_database(settings)
    try:
        return await desired_workers(Store(database))
    finally:
        await database.close()
