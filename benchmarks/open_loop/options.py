"""The options that benchmarks/locustfile.py adds to Locust's own, on the command line and in the web form."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from math import inf
from pathlib import Path
from typing import Any, get_args

from benchmarks.open_loop.payloads import BadMix
from benchmarks.open_loop.payloads import read as read_mix
from benchmarks.open_loop.plan import Arrivals, Plan
from benchmarks.open_loop.schedule import BadSchedule, read_steps, trace

DEFAULTS = Plan()


def add(parser: ArgumentParser, **_: Any) -> None:
    """Listen to Locust's `init_command_line_parser`."""
    add_argument = parser.add_argument  # in a group, an option would not get into the web form
    add_argument("--tasks", type=_tasks, default="noop", help="a type, or a JSON list of kinds (open_loop/payloads.py)")
    add_argument("--payload-bytes", type=int, default=0, help="adds so much text to each payload, as for `echo`")
    add_argument("--watch", choices=["yes", "no"], default="yes", help="watch until tasks are done")
    add_argument("--seed", type=int, default=DEFAULTS.seed, help="the same arrivals and tasks again")
    add_argument("--think", type=float, default=1.0, help="ClosedLoop: seconds a user rests between two tasks")
    add_argument(
        "--arrivals", choices=get_args(Arrivals), default=DEFAULTS.arrivals, help="OpenLoop: when calls go out"
    )
    add_argument("--rate", type=_rate, default=DEFAULTS.rate, help="OpenLoop: calls a second, all processes together")
    add_argument("--steps", type=_steps, default="20x10,40x10,80x10", help="OpenLoop, arrivals steps: RATExSECONDS,…")
    add_argument("--trace", type=_trace, default="", help="OpenLoop, arrivals trace: file of seconds, one a line")
    add_argument("--seconds", type=float, default=DEFAULTS.seconds, help="OpenLoop: length of the schedule; 0: no end")
    add_argument("--senders", type=int, default=DEFAULTS.senders, help="OpenLoop: most calls under way in a process")
    add_argument(
        "--patience", type=float, default=DEFAULTS.patience, help="OpenLoop: seconds after which one is missed"
    )
    _hidden(parser, "--log", default="", help="write each call down (open_loop/log.py)")
    _hidden(parser, "--client", default="locust", help="the beginning of its calls' names")
    _hidden(parser, "--marks", action="store_true", help="tell each task what its client calls it")


# Argparse makes one clear line of what these raise. What they return goes to workers and to the web form as it is.


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate < inf:
        message = "above 0"
        raise ArgumentTypeError(message)
    return rate


def _steps(text: str) -> str:
    try:
        read_steps(text)
    except BadSchedule as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def _trace(text: str) -> str:
    try:
        for _ in trace(Path(text)) if text else ():
            pass
    except (BadSchedule, OSError) as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def _tasks(text: str) -> str:
    try:
        read_mix(text)
    except BadMix as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def _hidden(parser: Any, name: str, **options: Any) -> None:
    # Locust's own keyword: for programs, not for the web form.
    parser.add_argument(name, include_in_web_ui=False, **options)
