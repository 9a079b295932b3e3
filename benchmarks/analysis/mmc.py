"""What queueing theory predicts: the M/M/c queue, Poisson arrivals to c equal servers (Erlang's C formula, 1917)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from system.tasks.errors import TaskLabError


class Unstable(TaskLabError):
    """More work arrives than the servers can do: the queue grows for ever and no mean wait exists."""


@dataclass(frozen=True, slots=True)
class Mmc:
    """A queue in its steady state."""

    utilisation: float
    """Share of time a server is busy, under 1."""
    chance_of_waiting: float
    """Erlang C: the share of tasks that find all servers busy."""
    mean_wait_s: float
    """Until the start, over all tasks, those included that start at once."""
    mean_time_s: float
    """Wait and service together."""
    mean_waiting: float
    """Tasks in the queue, by Little's law."""
    mean_in_system: float

    def wait_at(self, share: float) -> float:
        """Return the seconds that this share of tasks (0 to below 1) waits at most: 0.99 for a p99."""
        if share <= 1 - self.chance_of_waiting:
            return 0.0
        mean_of_those_who_wait = self.mean_wait_s / self.chance_of_waiting
        return mean_of_those_who_wait * math.log(self.chance_of_waiting / (1 - share))


def wait(arrival_rate: float, service_rate: float, servers: int) -> Mmc:
    """Return the steady state for `arrival_rate` tasks a second, `service_rate` a second and server.

    Servers are tasks that can run at once: workers x concurrency. Raises Unstable from a utilisation of 1 on, and
    ValueError where a rate is not above 0 or there is no server. Constant service times wait about half as long.
    """
    if arrival_rate <= 0 or service_rate <= 0 or servers < 1:
        message = f"rates must be above 0 and servers at least 1, not {arrival_rate}, {service_rate} and {servers}"
        raise ValueError(message)
    load = arrival_rate / service_rate
    utilisation = load / servers
    if utilisation >= 1:
        message = f"{arrival_rate:g} tasks a second for {servers} x {service_rate:g}: no steady state"
        raise Unstable(message)
    waiting = _erlang_c(load, servers)
    mean_wait = waiting / (servers * service_rate - arrival_rate)
    mean_time = mean_wait + 1 / service_rate
    return Mmc(utilisation, waiting, mean_wait, mean_time, arrival_rate * mean_wait, arrival_rate * mean_time)


def _erlang_c(load: float, servers: int) -> float:
    blocked = 1.0  # Erlang B, server by server: no factorial that could overflow
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))
