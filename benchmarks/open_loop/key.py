"""The API key a load generator calls with, out of the same variable that the API reads."""

from __future__ import annotations

from collections.abc import Mapping

OPENS = ("submit", "admin")  # may submit; the first that is there: no more rights than needed


def authorization(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the header for TASKLAB_API_KEYS (`name:scope:key,…`); empty where no key that may submit is set."""
    keys: dict[str, str] = {}
    for entry in environment.get("TASKLAB_API_KEYS", "").split(","):
        _, _, rest = entry.strip().partition(":")
        scope, _, key = rest.partition(":")
        keys.setdefault(scope.strip(), key.strip())
    return next(({"Authorization": f"Bearer {keys[scope]}"} for scope in OPENS if keys.get(scope)), {})
