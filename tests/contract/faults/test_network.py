"""Hosts on one machine, whose cables can be pulled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import pytest

from benchmarks.checker import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.network import Host, hosts, why_no_hosts
from benchmarks.faults.processes import alive
from benchmarks.faults.waiting import until

PORT = 20_000  # each host has all its ports to itself
SERVER = f"""
import socket, sys
listener = socket.create_server(("", {PORT}))
print("ready", flush=True)
connection, _ = listener.accept()
for line in connection.makefile("rb"):
    print(line.decode().strip(), flush=True)
    connection.sendall(line.upper())
"""
CLIENT = f"""
import socket, sys
connection = socket.create_connection((sys.argv[1], {PORT}), timeout=10)
print("connected", flush=True)
for line in sys.stdin:
    connection.sendall(line.encode())
    connection.settimeout(float(sys.argv[2]))
    try:
        print(connection.recv(1000).decode().strip(), flush=True)
    except TimeoutError:
        print("nothing", flush=True)
"""
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}


@pytest.fixture
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Give two hosts that reach each other."""
    reason = why_no_hosts()
    if reason is not None:
        pytest.skip(reason)
    with hosts("api", "worker") as (first, second):
        yield first, second


def line_of(stream: IO[str] | None) -> str:
    """Read one line of a process."""
    assert stream is not None
    return stream.readline().strip()


def say(process: subprocess.Popen[str], text: str) -> str:
    """Let a client send a line and tell what it got."""
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()
    return line_of(process.stdout)


def test_a_cut_host_hears_nothing_and_catches_up_when_mended(two_hosts: tuple[Host, Host]) -> None:
    """Packets vanish without an error; TCP sends them again when the cable is back."""
    server_host, client_host = two_hosts
    log = FaultLog()
    with server_host.popen([sys.executable, "-c", SERVER], **PIPES) as server:
        assert line_of(server.stdout) == "ready"
        client = client_host.popen([sys.executable, "-c", CLIENT, server_host.address, "0.5"], **PIPES)
        assert line_of(client.stdout) == "connected"
        assert say(client, "a") == "A"
        with client_host.cut("worker-1", log):
            assert say(client, "b") == "nothing"
        assert line_of(server.stdout) == "a"
        assert line_of(server.stdout) == "b"
        client.communicate()  # it ends where its input does, and the server where its client does
    assert [(fault.kind, fault.target) for fault in log.faults] == [(FaultKind.PARTITION, "worker-1")]


def test_a_host_has_a_loopback_of_its_own(two_hosts: tuple[Host, Host]) -> None:
    """What listens on one host's loopback is unknown on the other."""
    server_host, client_host = two_hosts
    with server_host.popen([sys.executable, "-c", SERVER], **PIPES) as server:
        assert line_of(server.stdout) == "ready"
        with client_host.popen(
            [sys.executable, "-c", CLIENT, "127.0.0.1", "1"], stderr=subprocess.PIPE, text=True
        ) as client:
            assert "ConnectionRefusedError" in (client.stderr.read() if client.stderr else "")
        server.kill()


def test_hosts_take_their_processes_with_them() -> None:
    """Nothing is left behind."""
    reason = why_no_hosts()
    if reason is not None:
        pytest.skip(reason)
    with hosts("a", "b") as (host, other):
        pids = [host.pid, other.pid, host.popen(["sleep", "60"]).pid]
        assert all(map(alive, pids))
    assert not any(map(alive, pids))


def test_hosts_end_with_the_process_that_made_them() -> None:
    """Even if it is killed: namespaces and links live as long as the processes that hold them."""
    reason = why_no_hosts()
    if reason is not None:
        pytest.skip(reason)
    maker = (
        "import sys\nfrom benchmarks.faults.network import hosts\n"
        "with hosts('a') as (host,):\n    print(host.pid, flush=True)\n    sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", maker], **PIPES) as process:
        pid = int(line_of(process.stdout))
        assert alive(pid)
        process.kill()
    until(lambda: not alive(pid), "the host goes with its maker")
