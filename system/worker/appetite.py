"""How many tasks to claim beyond the free slots: enough to keep busy while the next claim travels, no more."""

from __future__ import annotations

AHEAD = 0.005  # seconds of work in one claim; with the next one on its way this makes 10 ms
MOST = 128
WINDOW = 0.1  # seconds of experience that count


class Appetite:
    """Learns the pace of a busy worker: tasks a second, whatever they wait for or compute."""

    def __init__(self) -> None:
        self._tasks = 0.0
        self._seconds = 0.0

    def learn(self, tasks: int, seconds: float) -> None:
        """Note that `tasks` ended in `seconds` during which there was always something to do."""
        room = max(0.0, WINDOW - seconds)
        if self._seconds > room:
            self._tasks *= room / self._seconds
            self._seconds = room
        self._tasks += tasks
        self._seconds += seconds

    def forget(self) -> None:
        """Start anew, carefully: what was claimed ahead had to wait too long."""
        self._tasks = self._seconds = 0.0

    def ahead(self) -> int:
        """Return how many tasks to claim ahead of the slots; 0 where tasks take long."""
        if not self._seconds:
            return 0
        return min(MOST, int(self._tasks / self._seconds * AHEAD))
