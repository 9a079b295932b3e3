"""Ids in paths: `{id:task}` takes what has the form of an id, so that `/tasks/batch` is never taken for a task."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class TaskId(Convertor[str]):
    """36 hexadecimal digits and hyphens; whether that is a task's id is for the operations to say."""

    regex = "[0-9a-fA-F-]{36}"

    def convert(self, value: str) -> str:
        """Leave it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Leave it as it is."""
        return value


register_url_convertor("task", TaskId())
