"""Environments of the peers, one each because they disagree about versions: made on demand, kept in the data folder."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.peers.adapter import Adapter
from system.tasks.errors import TaskLabError

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements"
INSTALL_SECONDS = 600.0
LAST_WORDS = 300  # characters of a program's complaint
ASK_VERSION = "import sys; print(sys.version_info >= ({}, {}))"
ASK_PACKAGES = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
ASK_NODE = "for (const name of process.argv.slice(1)) console.log(require(name + '/package.json').version)"


class Unavailable(TaskLabError):
    """A peer can't be measured here; the message says why, and becomes its row."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a queue's programs are."""

    python: Path
    """Its interpreter, which for BullMQ is Node."""
    variables: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def ready(adapter: Adapter, root: Path) -> Environment:
    """Return a queue's environment below `root`, made where it is missing or out of date. Raises Unavailable."""
    if adapter.environment is None:
        return _own(adapter)
    if adapter.node:
        return _node(adapter, root / adapter.environment)
    return _python(adapter, root / adapter.environment)


def _own(adapter: Adapter) -> Environment:
    versions = {}
    for package in adapter.packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "a checkout"
    return Environment(Path(sys.executable), versions=versions)


def _python(adapter: Adapter, folder: Path) -> Environment:
    wanted = REQUIREMENTS / f"{adapter.environment}.txt"
    python = folder / "bin" / "python"
    if not _up_to_date(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _run([_interpreter(adapter.python), "-m", "venv", folder], f"no environment for {adapter.title}")
        uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
        install: list[str | Path] = (
            [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
        )
        _run([*install, "--quiet", "-r", wanted], f"{adapter.title} can't be installed")
        shutil.copy(wanted, folder)
    versions = _run([python, "-c", ASK_PACKAGES, *adapter.packages], f"{adapter.title} is incomplete").split()
    return Environment(python, versions=dict(zip(adapter.packages, versions, strict=True)))


def _node(adapter: Adapter, folder: Path) -> Environment:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        message = "needs Node, which is not at hand"
        raise Unavailable(message)
    wanted = REQUIREMENTS / folder.name / "package.json"
    if not _up_to_date(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(wanted.parent, folder)
        _run([npm, "ci", "--no-audit", "--no-fund", "--prefix", folder], f"{adapter.title} can't be installed")
    variables = {"NODE_PATH": str(folder / "node_modules"), "NODE_ENV": "production"}
    ask = [node, "-e", ASK_NODE, *adapter.packages]
    versions = _run(ask, f"{adapter.title} is incomplete", cwd=folder).split()
    return Environment(Path(node), variables, dict(zip(adapter.packages, versions, strict=True)))


def _up_to_date(folder: Path, wanted: Path) -> bool:
    """Whether an installation ended well, of these very versions."""
    kept = folder / wanted.name
    done = folder / "node_modules" if wanted.suffix == ".json" else kept
    return done.exists() and kept.exists() and filecmp.cmp(kept, wanted, shallow=False)


def _interpreter(oldest: tuple[int, int]) -> Path:
    """Find a Python that is new enough: this one, one on the PATH, or one of pyenv's."""
    names = [f"python3.{minor}" for minor in range(oldest[1], oldest[1] + 4)]
    on_path = [Path(found) for name in names if (found := shutil.which(name))]
    pyenv = [path for name in names for path in (Path.home() / ".pyenv" / "versions").glob(f"*/bin/{name}")]
    for python in (Path(sys.executable), *on_path, *pyenv):
        asked = subprocess.run(  # noqa: S603 (an interpreter of this machine)
            [python, "-c", ASK_VERSION.format(*oldest)], capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() == "True":
            return python
    message = f"needs Python {oldest[0]}.{oldest[1]}, which is not at hand"
    raise Unavailable(message)


def _run(command: Sequence[str | Path], trouble: str, *, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (commands of this file)
            command, capture_output=True, text=True, check=True, timeout=INSTALL_SECONDS, cwd=cwd
        )
    except (OSError, subprocess.SubprocessError) as error:
        words = (getattr(error, "stderr", None) or str(error)).strip()
        message = f"{trouble}: {words[-LAST_WORDS:]}"
        raise Unavailable(message) from None
    return done.stdout
