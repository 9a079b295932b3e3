"""Task ids: UUIDs of version 7, which sort in the order they were made."""

from __future__ import annotations

import re

from uuid_utils import uuid7

from system.tasks.errors import NotFound

_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_id() -> str:
    """Return an id greater than all that this process made before."""
    return str(uuid7())


def is_id(text: str) -> bool:
    """Whether a text has the form of an id, in lower case as they are stored."""
    return _FORM.fullmatch(text) is not None


def known_form(text: str) -> str:
    """Return an id as it is stored, or raise NotFound: what has no id's form is no task's id."""
    task_id = text.lower()
    if not is_id(task_id):
        raise not_found(text)
    return task_id


def not_found(task_id: str) -> NotFound:
    """Say that there is no such task."""
    return NotFound(f"there is no task {task_id[:40]!r}")
