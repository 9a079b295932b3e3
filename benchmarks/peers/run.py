"""One run of `peers`, from environments to the report; what was found so far is on disk all the time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.environment import environment
from benchmarks.peers.catalogue import BY_NAME
from benchmarks.peers.environments import Environment, Unavailable, ready
from benchmarks.peers.markdown import crash_text, markdown
from benchmarks.peers.results import CrashResult, QueueResult, save
from benchmarks.peers.rounds import Plan, run_rounds
from benchmarks.peers.server import quiet_server
from benchmarks.peers.steps import Steps
from benchmarks.peers.trials import planned, run_all
from benchmarks.records import ResultFolder

ENVIRONMENTS = Path(".tasklab/peers")
REPORT = "peers.md"


class Run:
    """One run of the command: its folder, and what was found so far."""

    def __init__(self, folder: Path, names: list[str], console: Console, *, command: str) -> None:
        self.folder, self.console = folder, console
        self.queues = {name: QueueResult.of(BY_NAME[name]) for name in names}
        self.environments: dict[str, Environment] = {}
        self.facts: dict[str, Any] = {
            "kind": "peers",
            "command": command,
            "environment": environment(),
            "rounds": 0,
            "server": "",
        }

    def prepare(self) -> None:
        """Make the environments; one that can't be made is a row that says so."""
        steps = Steps(self.console, len(self.queues))
        for name, queue in self.queues.items():
            try:
                self.environments[name] = ready(BY_NAME[name], ENVIRONMENTS.absolute())
            except Unavailable as error:
                queue.failures.append(str(error))
                steps.done(f"environment of {name}: {error}")
            else:
                queue.versions = self.environments[name].versions
                steps.done(f"environment of {name}: ready")

    def measure(self, plan: Plan) -> None:
        """Measure speed."""
        self.facts |= {"rounds": plan.rounds, "seed": plan.seed}
        steps = Steps(self.console, plan.rounds * len(self.environments))
        with TemporaryDirectory(prefix="tasklab-") as scratch, quiet_server(Path(scratch, "redis")) as server:
            self.facts["server"] = self.facts["environment"]["server"] = f"{server.version()} without persistence"

            def report(line: str) -> None:
                steps.done(line)
                save(self.folder, list(self.queues.values()))

            run_rounds(plan, self.environments, self.queues, server=server, folder=Path(scratch), report=report)

    def kill(self, watch: float, at_once: int) -> None:
        """Run the crash trials."""
        trials = planned(self.environments, watch)
        steps = Steps(self.console, len(trials))

        def found(name: str, result: CrashResult) -> None:
            self.queues[name].crash.append(result)
            steps.done(f"{name}  {result.settings}, {'traffic' if result.traffic else 'idle'}: {crash_text(result)}")
            save(self.folder, list(self.queues.values()))

        run_all(trials, self.folder / "histories", at_once, found)

    def write(self, *, ended: str) -> None:
        """Write the results and say where they are."""
        queues = list(self.queues.values())
        save(self.folder, queues)
        ResultFolder(self.folder).write_run({**self.facts, "ended": ended})
        (self.folder / REPORT).write_text(markdown(self.facts, queues), "utf-8")
        self.console.print(f"report: {self.folder / REPORT}", highlight=False, soft_wrap=True)
