"""Who may reach the API, as the real commands see to it."""

from __future__ import annotations

import pytest

from tests.acceptance.running import Tasklab

PROBLEM = "urn:tasklab:problem:"


@pytest.mark.parametrize(
    "command",
    [
        ("api", "--host", "0.0.0.0"),  # noqa: S104  (it must be refused)
        ("up", "--host", "0.0.0.0"),  # noqa: S104
        ("up", "--phase", "1", "--host", "::"),
    ],
    ids=" ".join,
)
def test_nothing_listens_beyond_the_loopback_without_keys(tasklab: Tasklab, command: tuple[str, ...]) -> None:
    """One clear line that says what to set, and nothing was started, no server and no worker."""
    printed = tasklab.run(*command, code=1)
    (line,) = printed.splitlines()
    assert line.startswith("tasklab: without API keys the API listens on the loopback only")
    assert "TASKLAB_API_KEYS=name:scope:key" in line
    assert tasklab.folder.running() is None


def test_keys_that_can_not_be_read_start_nothing(tasklab: Tasklab) -> None:
    """A mistake in the keys must not mean no keys; the message does not give one away."""
    tasklab.environment["TASKLAB_API_KEYS"] = "me:administrator:hush"
    printed = tasklab.run("api", "--port", "0", code=1)
    assert "API key 1 is not name:scope:key" in printed
    assert "hush" not in printed


def test_strangers_and_the_hasty(tasklab: Tasklab) -> None:
    """Without keys: no foreign name, no foreign page, and no more requests than TASKLAB_RATE_LIMIT lets through."""
    tasklab.environment["TASKLAB_RATE_LIMIT"] = "5"
    with tasklab.up("--phase", "1") as up:
        foreign = up.http.get("/tasks", headers={"Host": "tasks.evil.example"})
        assert (foreign.status_code, foreign.json()["type"]) == (403, PROBLEM + "foreign-request")
        page = up.http.post("/queues/default/pause", headers={"Origin": "https://evil.example"})
        assert (page.status_code, page.json()["type"]) == (403, PROBLEM + "foreign-request")
        answers = [up.http.get("/workers") for _ in range(50)]
        limited = [answer for answer in answers if answer.status_code == 429]
        assert answers[0].status_code == 200
        assert limited
        assert limited[0].headers["retry-after"] == "1"
        assert up.http.get("/health").status_code == 200


def test_with_keys(tasklab: Tasklab) -> None:
    """The command line talks to Redis and SQL by itself; over HTTP each scope opens its own."""
    tasklab.environment["TASKLAB_API_KEYS"] = "ann:submit:ann-key,root:admin:root-key"
    with tasklab.up("--phase", "1") as up:
        assert up.http.get("/tasks").status_code == 401
        for name, status in (("wrong", 401), ("ann", 403), ("root", 200)):
            headers = {"Authorization": f"Bearer {name}-key", "Host": "tasks.example"}
            assert up.http.post("/queues/default/pause", headers=headers).status_code == status
