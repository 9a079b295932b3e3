"""`GET /alerts` and `GET /scaling`: what upkeep wrote, as HTTP shows it."""

from __future__ import annotations

import time

from system.storage.alert_book import AlertBook, AlertRow
from system.storage.scale_book import ALL, ScaleBook, ScaleRow
from tests.fixtures.api import Api
from tests.fixtures.problems import assert_problem
from tests.fixtures.tasks import NOW


async def test_alerts(api: Api) -> None:
    """None before upkeep looked; then each as it stands."""
    assert (await api.http.get("/alerts")).json() == []
    book = AlertBook(api.database)
    row = AlertRow("queue_depth", "firing", NOW, 11.0, None, 10.0, "11 tasks wait", NOW + 1)
    assert not await book.save("me", [row], []), "out of turn"
    assert await book.take_turn("me", now_ms=NOW, until_ms=NOW + 10)
    assert await book.save("me", [row], [])
    assert (await api.http.get("/alerts")).json() == [
        {
            "name": "queue_depth",
            "state": "firing",
            "since": "2025-11-24T16:00:00.000Z",
            "value": 11.0,
            "threshold": 10.0,
            "message": "11 tasks wait",
            "evaluated_at": "2025-11-24T16:00:00.001Z",
        }
    ]


async def test_scaling(api: Api) -> None:
    """A decision, while it is fresh: an old one would lead an autoscaler astray."""
    answer = await api.http.get("/scaling")
    assert_problem(answer, 503, "upkeep-unavailable")
    assert answer.headers["retry-after"]
    book = ScaleBook(api.database)
    await book.save(ScaleRow(ALL, 2, 4, "39 wait", '{"waiting": 39}', int(time.time() * 1000)))
    decided = (await api.http.get("/scaling")).json()
    assert decided.pop("evaluated_at").endswith("Z")
    assert decided == {
        "current_workers": 2,
        "desired_workers": 4,
        "reason": "39 wait",
        "signals": {"waiting": 39},
    }
    await book.save(ScaleRow(ALL, 2, 4, "39 wait", "{}", int(time.time() * 1000) - 61_000))
    assert_problem(await api.http.get("/scaling"), 503, "upkeep-unavailable")
