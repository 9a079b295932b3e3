"""The one place that chooses implementations: it reads the settings and puts the parts together.

It imports what it wires when it is asked for it: a worker must not pay for SQL and HTTP, nor `--help` for Redis.
"""

from system.settings import Settings, knobs
from system.wiring.parts import (
    check_bind,
    make_app,
    make_keys,
    make_reconcile,
    make_stack,
    make_submitter,
    make_upkeep,
    make_worker,
)
from system.wiring.places import import_handlers, load_settings, locate, some_redis, with_places
from system.wiring.services import (
    Services,
    abandon,
    connect,
    look_at_services,
    make_database,
    make_queue,
    make_registry,
    migrate,
    open_memory,
    open_queue,
    open_services,
)

__all__ = [
    "Services",
    "Settings",
    "abandon",
    "check_bind",
    "connect",
    "import_handlers",
    "knobs",
    "load_settings",
    "locate",
    "look_at_services",
    "make_app",
    "make_database",
    "make_keys",
    "make_queue",
    "make_reconcile",
    "make_registry",
    "make_stack",
    "make_submitter",
    "make_upkeep",
    "make_worker",
    "migrate",
    "open_memory",
    "open_queue",
    "open_services",
    "some_redis",
    "with_places",
]
