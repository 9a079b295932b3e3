"""Requests of strangers to an API without keys: those that a web page of somewhere else makes a browser here send.

Whoever works on this machine may have such a page open. It can post to 127.0.0.1 without a body (pause a queue, cancel
a task), and where it makes a name of its own lead to 127.0.0.1, it can even read answers (DNS rebinding). The former
shows by the Origin that browsers add, the latter by the Host. With keys neither matters: the page has none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from system.api.auth import is_loopback

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^][:@/]+)(:[0-9]{1,5})?")


def stranger(headers: Headers) -> str | None:
    """Say what is strange about a request, or None where it comes from this machine's own programs and pages."""
    hosts = [host.lower() for host in headers.getlist("host")]
    if len(hosts) != 1 or not _is_local(hosts[0]):
        return (
            "without API keys the API answers to localhost and loopback addresses alone, as in http://127.0.0.1:8000; "
            "to be reached by another name it needs TASKLAB_API_KEYS"
        )
    if any(urlsplit(origin.lower()).netloc != hosts[0] for origin in headers.getlist("origin")):
        return "without API keys no page of another origin may send requests; its own program needs no Origin header"
    return None


@lru_cache(maxsize=64)
def _is_local(host: str) -> bool:
    found = _HOST.fullmatch(host)
    return found is not None and is_loopback(found[1].strip("[]"))
