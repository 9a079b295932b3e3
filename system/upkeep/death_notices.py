"""Tells of each death by a task: whoever wants to know registers a handler, and gets what any task gets.

A notice is accepted in the transaction that records the death, so there is exactly one for each, and it is durable,
retried and looked at like every other task. A call to somebody's function or web address from here would be none of
that: it would be lost with the process, and hold up the record while the other side is slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from system.operations.ids import new_id
from system.storage.rows import TaskRow
from system.tasks.task import Task


def death_notices(type: str, *, clock: Callable[[], float] = time.time) -> Callable[[TaskRow], Task | None]:
    """Return what makes a task of `type` for each dead one, in its queue; `clock` gives seconds since 1970.

    Its payload: task_id, type, queue, reason, error. A notice that dies itself is told to nobody: that would never end.
    """

    def notice(dead: TaskRow) -> Task | None:
        if dead.type == type:
            return None
        now = int(clock() * 1000)
        payload = {
            "task_id": dead.id,
            "type": dead.type,
            "queue": dead.queue,
            "reason": dead.reason,
            "error": dead.error,
        }
        return Task(id=new_id(), type=type, payload=payload, queue=dead.queue, created_at=now, run_at=now)

    return notice
