"""Free ports on this machine's loopback interface."""

from __future__ import annotations

import random
import socket

from system.tasks.errors import TaskLabError

LOOPBACK = "127.0.0.1"
# Below the ports that systems give to outgoing connections: a client that reconnects to its dead server's port can
# otherwise be given that very port, is then connected to itself, and keeps the server from coming back.
RANGE = range(20_000, 32_000)
TRIES = 200
BACKLOG = 1_024


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 means any free one. Raises TaskLabError where the port is taken."""
    if port == 0:
        return _listen_anywhere(host)
    try:
        return _bind(host, port)
    except OSError as error:
        message = f"port {port} of {host} can't be had ({error.strerror}); stop what uses it or choose another --port"
        raise TaskLabError(message) from None


def url_of(listener: socket.socket) -> str:
    """Return the HTTP URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with _listen_anywhere(LOOPBACK) as probe:
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Tell whether a port of the loopback interface can be had."""
    try:
        _bind(LOOPBACK, port).close()
    except OSError:
        return False
    return True


def _listen_anywhere(host: str) -> socket.socket:
    for port in random.sample(RANGE, TRIES):
        try:
            return _bind(host, port)
        except OSError:
            continue
    message = f"no free port on {host} between {RANGE.start} and {RANGE.stop}"
    raise TaskLabError(message)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
