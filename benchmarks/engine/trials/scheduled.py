"""Arrivals by a schedule that waits for nobody: Locust as a child process (benchmarks/open_loop)."""

from __future__ import annotations

import time
from pathlib import Path

import orjson

from benchmarks.engine import mixes
from benchmarks.engine.trials.stage import Dropped, Stage
from benchmarks.engine.trials.striking import Strikes
from benchmarks.engine.trials.window import Window
from benchmarks.open_loop.subprocess import Locust, Plan, start
from system.tasks.errors import TaskLabError

CLIENT = "locust"
LOOK_SECONDS = 0.1
START_SECONDS = 60.0
ANSWERS_SECONDS = 60.0
INTERRUPTED = "interrupted: measured for less long than planned"


async def follow_schedule(stage: Stage, strikes: Strikes) -> Window:
    """Let arrivals come for warm-up and measured part, break what is to be broken, and wait for the last answers.

    Ctrl-C ends it early; raises Dropped where that was before anything was measured.
    """
    log = stage.logs / f"operations-{CLIENT}.jsonl"
    with start(stage.system.api_url, _plan(stage), log, name=CLIENT, output=stage.system.folder / "logs") as locust:
        stage.generator["generator"] = locust.pid
        began_at = await _first_call(stage, locust, log) + stage.warm_up
        ended_at = await _measure(stage, locust, strikes, began_at)
        interrupted = ended_at < began_at + stage.trial.point.load.measured
        if interrupted:
            locust.ask_to_end()
        await _last_answers(stage, locust)
        del stage.generator["generator"]
    if ended_at <= began_at:
        raise Dropped
    return Window(began_at=began_at, ended_at=ended_at, logs={CLIENT: log}, doubt=INTERRUPTED if interrupted else "")


def _plan(stage: Stage) -> Plan:
    point, load = stage.trial.point, stage.trial.point.load
    if load.kind == "backlog":
        message = "a backlog has no schedule"
        raise TaskLabError(message)
    return Plan(
        arrivals=load.kind,
        rate=point.rate or 1.0,
        steps=[(load.steps[0][0], stage.warm_up), *load.steps] if load.steps and stage.warm_up else load.steps,
        trace=load.trace,
        seconds=stage.warm_up + load.measured,
        seed=stage.trial.seed,
        mix=mixes.kinds(point.mix, stage.priorities),
        marks=point.mix != "mixed",
    )


async def _first_call(stage: Stage, locust: Locust, log: Path) -> float:
    """Return when the schedule began, to the first arrival: Locust takes a second or two to come up."""
    stage.tell("waiting for Locust")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (first := _first_line(log)) is not None:
            return float(orjson.loads(first)["intended"]) / 1000
        locust.ended()
        await stage.pause(LOOK_SECONDS)
    message = f"Locust made no call within {START_SECONDS:g} s, see {locust.output}"
    raise TaskLabError(message)


async def _measure(stage: Stage, locust: Locust, strikes: Strikes, began_at: float) -> float:
    measured = stage.trial.point.load.measured
    ends_at = began_at + measured
    async with strikes.beside(began_at, measured):
        while (now := time.time()) < ends_at:
            if stage.interruption.asked:
                return now
            locust.ended()  # raises where it crashed
            stage.sampler.weigh(began_at)
            stage.tell(f"measuring {now - began_at:.0f} of {measured:.0f} s" if now > began_at else "warming up")
            await stage.pause(min(LOOK_SECONDS, ends_at - now))
    return ends_at


async def _last_answers(stage: Stage, locust: Locust) -> None:
    deadline = time.monotonic() + ANSWERS_SECONDS
    while not locust.ended() and time.monotonic() < deadline:
        stage.tell("last answers")
        await stage.pause(LOOK_SECONDS)


def _first_line(log: Path) -> bytes | None:
    if not log.exists():
        return None
    with log.open("rb") as file:
        line = file.readline()
    return line if line.endswith(b"\n") else None
