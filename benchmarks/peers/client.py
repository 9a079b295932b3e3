"""The client process of a queue, asked by lines of JSON."""

from __future__ import annotations

import json
import select
from typing import Any

from benchmarks.peers.crew import Member
from benchmarks.peers.environments import Unavailable

PATIENCE_SECONDS = 60.0


class Client:
    """Sends commands to inside/client.py, or bullmq_client.cjs. Every call raises Unavailable where it fails."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._answer()  # that it is ready

    def one(self, kind: str, count: int, *, first: int = 0, limit: float = PATIENCE_SECONDS) -> tuple[int, float]:
        """Submit up to `count` tasks one by one for at most `limit` seconds; returns how many, and how long it took."""
        answer = self._ask("one", kind=kind, first=first, count=count, limit=limit)
        return answer["sent"], answer["seconds"]

    def bulk(self, kind: str, count: int, *, first: int = 0, limit: float = PATIENCE_SECONDS) -> tuple[int, float]:
        """Submit up to `count` tasks in the queue's fastest way; returns how many, and how long it took."""
        answer = self._ask("bulk", kind=kind, first=first, count=count, limit=limit)
        return answer["sent"], answer["seconds"]

    def paced(self, count: int, rate: float) -> float:
        """Submit stamps at a steady rate; returns when the first was due."""
        return float(self._ask("paced", first=0, count=count, rate=rate)["begin"])

    def name(self, kind: str, number: int) -> str:
        """Submit one task; returns what the queue calls it, empty where it has no name."""
        return str(self._ask("name", kind=kind, first=number)["id"])

    def _ask(self, what: str, **options: Any) -> dict[str, Any]:
        pipe = self._member.process.stdin
        if pipe is None:
            raise TypeError
        try:
            pipe.write(json.dumps({"do": what, **options}).encode() + b"\n")
            pipe.flush()
        except OSError:
            self._give_up()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        pipe = self._member.process.stdout
        readable = select.select([pipe], [], [], 2 * PATIENCE_SECONDS)[0] if pipe else []
        line = readable[0].readline() if readable else b""
        if not line:
            self._give_up()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            message = f"its client failed: {answer['error']}"
            raise Unavailable(message)
        return answer

    def _give_up(self) -> None:
        message = f"its client does not answer: {self._member.last_words()}"
        raise Unavailable(message)
