"""Lesson 01: a `claim` for the queue of 40 lines, tried with random sequences of puts, claims and finishes."""

from __future__ import annotations

import random
from typing import Any

from lab.check.not_yet import NotYet, need, well_done

SEEDS, STEPS = 50, 60


def toy_queue(make: Any) -> None:
    """Check a queue class with put(task), claim() and finish(task), `waiting` (a list) and `states` (a dict)."""
    for seed in range(SEEDS):
        _play(make, random.Random(seed))  # noqa: S311 (repeatable)
    well_done(f"{SEEDS} random stories of {STEPS} steps: in order, once each, and every state change is an arrow.")


def _play(make: Any, chance: random.Random) -> None:
    queue, number = make(), 0
    waiting: list[int] = []
    running: list[int] = []
    for _ in range(STEPS):
        step = chance.choice(("put", "claim", "finish"))
        if step == "put":
            number += 1
            queue.put(number)
            waiting.append(number)
        elif step == "claim":
            _claim(queue, waiting, running)
        elif running:
            task = running.pop(chance.randrange(len(running)))
            queue.finish(task)
            need(queue.states.get(task) == "succeeded", "finish(task) is not yours to change: it must still work.")


def _claim(queue: Any, waiting: list[int], running: list[int]) -> None:
    try:
        task = queue.claim()
    except Exception as error:  # noqa: BLE001 (a student's code may raise anything)
        message = f"claim() raised {type(error).__name__}. What shall it do where nothing waits? Return None."
        raise NotYet(message) from None
    if not waiting:
        need(task is None, f"Nothing waits, yet claim() returned {task!r}: return None.")
        return
    need(task is not None, "A task waits, yet claim() returned None: take one out of self.waiting and return it.")
    need(task not in running, f"Task {task} was handed out twice: claim() must take it out of self.waiting.")
    need(task == waiting[0], "First in, first out: take the task that waits longest, self.waiting.pop(0).")
    need(queue.states.get(task) == "running", "A claimed task is running: set self.states[task].")
    need(list(queue.waiting) == waiting[1:], "claim() must take out one task and leave the others as they are.")
    running.append(waiting.pop(0))
