"""The negative control: the seed's own queue, under the same kills and the same checker, is caught losing tasks.

Were it not, the checker's `valid` would be worth nothing.
"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.soaking import Soak


def test_the_seeds_queue_is_caught_losing_tasks(tmp_path: Path) -> None:
    """Each worker that dies takes along what it had in hand; test_crash.py has the same kills for `leases`."""
    soak = Soak(tmp_path / "run", seconds=10, queue="brpop")
    with soak.start() as process:
        assert process.wait(100) == 1, soak.printed()
    summary = soak.summary()
    assert summary["verdict"] == "invalid"
    assert summary["tasks"]["lost"] > 0
    assert (summary["tasks"]["acknowledged"], summary["tasks"]["unexpected"]) == (summary["tasks"]["attempted"], 0)
    assert "lost" in " ".join(summary["because"])
    assert {(one["kind"], one["of"].split()[0]) for one in summary["faults"]} == {("kill", "worker")}
