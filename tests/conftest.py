"""What every test may ask for; each fixture says more where it is defined."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.database",
    "tests.fixtures.redis",
    "tests.fixtures.upkeep",
    "tests.fixtures.api",
    "tests.fixtures.workers",
]
