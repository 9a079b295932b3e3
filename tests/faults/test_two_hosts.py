"""API, Redis and workers on hosts of their own, whose cables are pulled for longer than a lease."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.network import TOOLS, Host, hosts, why_no_hosts
from system.local.redis_server import find_binary
from system.tasks.events import Kind
from tests.faults.needs import need
from tests.faults.program import Program
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

LEASE_SECONDS = 1.5
PORT = 6379  # each host has all its ports to itself
CONF = """\
bind {address}
port {port}
unixsocket {folder}/socket
protected-mode no
dir {folder}
logfile {folder}/server.log
appendonly yes
save ""
"""


@dataclass
class On:
    """What is where."""

    hosts: dict[str, Host]
    workers: dict[str, Program]


@asynccontextmanager
async def spread(folder: Path) -> AsyncIterator[tuple[Scene, On]]:
    """Set a scene on four hosts. The test itself is on none of them; its own sockets lead to API and Redis."""
    need(why_no_hosts(), package=any(shutil.which(tool) is None for tool in TOOLS))
    with hosts("api", "redis", "one", "two") as several:
        named = {host.name: host for host in several}
        url = start_redis(named["redis"], folder / "redis")
        reached = {"REDIS_URL": f"redis://{named['redis'].address}:{PORT}/0"}
        async with scene(folder, redis_url=url, lease_seconds=LEASE_SECONDS) as s:
            s.api(prefix=named["api"].inside, **reached)
            s.upkeep(prefix=named["api"].inside, **reached)
            workers = {name: s.worker(name, prefix=named[name].inside, **reached) for name in ("one", "two")}
            await s.at_work(*workers)
            yield s, On(named, workers)


def start_redis(host: Host, folder: Path) -> str:
    """Start Redis on a host; return its URL for who is on none."""
    folder.mkdir()
    conf = folder / "server.conf"
    conf.write_text(CONF.format(address=host.address, port=PORT, folder=folder), "utf-8")
    host.popen([find_binary() or "", conf])
    return f"unix://{folder}/socket"


async def test_a_worker_is_cut_off(tmp_path: Path) -> None:
    """It breaks off before another begins, works again when the cable is back, and what it sent too late is refused."""
    async with spread(tmp_path) as (s, on):
        end = tmp_path / "end of the first"
        (task,) = await s.callers.submit("beat", payload={"until": str(end)})
        await until(lambda: s.effects(task), "the task runs")
        victim = await until(lambda: s.witness.in_hand.get(task), "word of who has it")
        (other,) = {"one", "two"} - {victim}
        with on.hosts[victim].cut(victim, s.log):
            await until(lambda: s.effects(task, other), "the other one takes over")
        end.touch()
        await s.over([task])
        last = max(effect.ended_at or effect.started_at for effect in s.effects(task, victim))
        assert last < s.witness.of(Kind.CLAIMED, task=task, worker=other)[0].at

        end = tmp_path / "end of the second"
        with on.workers[other].asleep():
            await s.over(await s.callers.submit("act"))  # the one that was cut off works again
            (task,) = await s.callers.submit("stuck", payload={"until": str(end)})
            await until(lambda: s.effects(task, victim), "the next task runs")
        with on.hosts[victim].cut(victim, s.log):
            end.touch()
            (row,) = await s.over([task])
        await until(lambda: s.witness.of(Kind.REFUSED, task=task, worker=victim), "a late finish")
        report = await s.judge()
    assert row.worker == other
    assert report.refused_late == 1
    assert report.causes == {"partition": 2}


async def test_the_api_is_cut_off(tmp_path: Path) -> None:
    """With upkeep on the same host: tasks are deferred, and run when the cable is back."""
    async with spread(tmp_path) as (s, on):
        await s.callers.post("act")
        await s.over(s.callers.accepted())
        with on.hosts["api"].cut("api", s.log):
            for _ in range(5):
                answer = await s.callers.post("act")
                assert answer is not None
                assert (answer.status_code, answer.json()["dispatch"]) == (202, "deferred")
        await s.over(s.callers.accepted())
        report = await s.judge()
    assert report.acknowledged == 6
