"""How hard Hypothesis tries: a little in every `make test`, twenty times as much under HYPOTHESIS_PROFILE=ci."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 1


def tries(examples: int, *, steps: int = 50) -> settings:
    """Return settings for so many examples; each run draws new ones, and a failure prints how to replay it."""
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps,
        deadline=None,  # the machine is shared
        derandomize=False,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
