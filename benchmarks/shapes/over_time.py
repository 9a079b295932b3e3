"""A load shape whose number of users follows a curve over the run."""

from __future__ import annotations

from abc import abstractmethod
from argparse import Namespace
from time import perf_counter

from locust import LoadTestShape

SECONDS, USERS = 60, 10  # where the command line says nothing


class OverTime(LoadTestShape):
    """Follows `level`; who comes or goes does so at once."""

    abstract = True
    use_common_options = True  # keeps --users and --run-time on the command line and in the web form

    @abstractmethod
    def level(self, passed: float) -> float:
        """Return the share of the users, 0 to 1, once this share of the run is over."""

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are now, and how many may come in a second; None ends the run."""
        options = (self.runner and self.runner.environment.parsed_options) or Namespace(num_users=None, run_time=None)
        passed = (perf_counter() - self.start_time) / (options.run_time or SECONDS)
        most = options.num_users or USERS
        return None if passed >= 1 else (max(1, round(most * self.level(passed))), most)
