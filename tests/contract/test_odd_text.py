"""SQL, Lua, HTML, patterns and shell in names and payloads: text to every queue and database, and nothing else."""

from __future__ import annotations

from urllib.parse import quote

from system.queues.protocol import Ability, Queue
from system.storage.store import Store
from tests.fixtures.api import run_api

NAMES = [
    "*",
    "[a-z]?*",
    "\\*",
    "'; DROP TABLE tasks; --",
    '" OR 1=1',
    "redis.call('FLUSHALL')",
    "<script>alert(1)</script>",
    "$(id) `id` | id",
    "../../etc/passwd",
    "%s %(a)s :id ?",
    "a:ready:5",
    "é😀\u202e",
    " ",
]
TEXT = "\n".join(NAMES) + '\u2028\x01\x7f"\\{}'


async def test_odd_names_and_payloads(queue: Queue, store: Store) -> None:
    """Each queue keeps its own tasks, whatever it is called; they are shown, listed and handed out as they came."""
    async with run_api(queue=queue, store=store) as api:  # type: ignore[arg-type]
        ids = {}
        for name in NAMES:
            submitted = await api.submit(queue=name, payload={"text": name + TEXT})
            ids[name] = submitted["id"]
            assert (submitted["queue"], submitted["payload"]) == (name, {"text": name + TEXT})
        for name in NAMES:
            assert (await api.http.get(f"/tasks/{ids[name]}")).json()["payload"] == {"text": name + TEXT}
            listed = (await api.http.get("/tasks", params={"queue": name})).json()["items"]
            assert [one["id"] for one in listed] == [ids[name]]
            if Ability.SCHEDULING in queue.abilities:
                for verb in ("pause", "resume"):
                    answer = await api.http.post(f"/queues/{quote(name, safe='')}/{verb}")
                    assert (answer.status_code, answer.json()["queue"]) == (200, name)
        claims = {name: (await queue.claim("ann", [name], 10)).claims for name in NAMES}
        for name, (claim,) in claims.items():
            assert (claim.task.id, claim.task.payload) == (ids[name], {"text": name + TEXT})
        stats = (await api.http.get("/tasks/queue/stats")).json()["queues"]
        assert {name: stats[name]["processing"] for name in NAMES} == dict.fromkeys(NAMES, 1)
