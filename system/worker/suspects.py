"""A task that may be killing its workers runs alone, so that it takes no neighbour with it.

When a worker dies, the leases of all it held end, and each of those tasks counts one more delivery: the culprit and
its neighbours look the same. They also come back together, at the front of their queue, and would die together at the
delivery limit. So a task that cost two workers their life is run with nothing else in hand: the rest of its batch is
given back (which burns nothing), the innocent ones soon prove so, one by one, and the culprit reaches its limit alone.
"""

from __future__ import annotations

from system.tasks.task import Claim

DEATHS = 2
COMPANY_SECONDS = 2.0  # how long a suspect waits for what runs already; then it runs beside it
SOLITARY_SECONDS = 30.0  # how long nothing else is claimed on its account


def suspicious(claim: Claim) -> bool:
    """Whether so many deliveries ended neither well nor in failure that the task may be to blame."""
    return claim.delivery - 1 - claim.task.failures >= DEATHS
