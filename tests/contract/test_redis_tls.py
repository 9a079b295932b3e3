"""Redis over TLS, for real: a server with a certificate of a test's own authority, and the restricted user as well."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from system.local.ports import free_port
from system.local.valkey import find_binary
from tests.acceptance.running import ROOT, Tasklab
from tests.fixtures.record import make_record
from tests.fixtures.server_process import server_process

PASSWORD = secrets.token_urlsafe(16)
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
PROGRAMS = [shutil.which("valkey-server"), shutil.which("redis-server"), find_binary()]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the certificate of the authority that vouches for the server `localhost`."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "stranger.pem")
    server = authority.issue_cert("localhost")
    server.private_key_pem.write_to_path(folder / "server.key")
    server.cert_chain_pems[0].write_to_path(folder / "server.pem")
    return folder / "ca.pem"


@pytest.fixture(scope="module")
def port(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a server that speaks TLS alone; the embedded one is built without."""
    number, folder = free_port(), authority.parent
    (rules,) = re.findall(r"^user tasklab (.*)$", SECURITY, re.MULTILINE)
    tls = ["--port", "0", "--tls-port", str(number), "--tls-auth-clients", "no"]
    files = ["--tls-cert-file", str(folder / "server.pem"), "--tls-key-file", str(folder / "server.key")]
    users = ["--user", "default", "off", "--user", "tasklab", *rules.replace(">PASSWORD", f">{PASSWORD}").split()]
    options = [*tls, *files, "--tls-ca-cert-file", str(authority), *users]
    reasons = []
    with ExitStack() as stack:
        for program in filter(None, PROGRAMS):
            try:
                stack.enter_context(server_process(Path(program), number, tmp_path_factory.mktemp("tls"), options))
            except AssertionError as error:
                reasons.append(f"{program}: {str(error).splitlines()[:1]}")
            else:
                yield number
                return
        message = f"no server here speaks TLS (on Debian: apt-get install redis-server); {reasons}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def make(tmp_path: Path, record: str, address: str) -> Tasklab:
    """Give the command, with a record and an address of Redis."""
    return Tasklab(tmp_path / "data", REDIS_URL=address, DATABASE_URL=record)


def test_a_task_from_beginning_to_end(port: int, authority: Path, tmp_path: Path) -> None:
    """Upkeep, worker and command line as real processes, each over TLS."""
    record = make_record(tmp_path)
    tasklab = make(tmp_path, record, f"rediss://tasklab:{PASSWORD}@localhost:{port}/0?ssl_ca_certs={authority}")
    with tasklab.start("upkeep"):
        task_id = tasklab.call("task", "submit", "echo", '{"over": "tls"}').strip()
        tasklab.run("worker", "--burst")
        assert json.loads(tasklab.call("task", "wait", task_id, "--timeout", "30")) == {"over": "tls"}


def test_what_is_refused(port: int, authority: Path, tmp_path: Path) -> None:
    """An authority that nobody named, another one, another name than the certificate's, no TLS, no right password."""
    stranger = authority.with_name("stranger.pem")
    record = make_record(tmp_path)
    for address, reason in (
        (f"rediss://tasklab:{PASSWORD}@localhost:{port}/0", "certificate verify failed"),
        (f"rediss://tasklab:{PASSWORD}@localhost:{port}/0?ssl_ca_certs={stranger}", "certificate verify failed"),
        (f"rediss://tasklab:{PASSWORD}@127.0.0.1:{port}/0?ssl_ca_certs={authority}", "certificate verify failed"),
        (f"redis://tasklab:{PASSWORD}@localhost:{port}/0", ""),
        (f"rediss://tasklab:wrong@localhost:{port}/0?ssl_ca_certs={authority}", "username-password"),
    ):
        printed = make(tmp_path, record, address).call("worker", "ls", code=1)
        (line,) = printed.splitlines()
        assert line.startswith("tasklab: Redis does not serve (")
        assert reason in line
        assert PASSWORD not in line
