"""What the documents name exists: files, make targets, commands and their options, settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import benchmarks.cli
import system.cli.app
from system.api.app import create_app
from system.settings import knobs

ROOT = Path(__file__).parents[2]
FOLDERS = (".", "docs", "notebooks", "benchmarks")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
README = ROOT / "README.md"
PROGRAMS = {"tasklab": system.cli.app.app, "tasklab-bench": benchmarks.cli.app}
MADE_LATER = (".venv", ".tasklab", ".env", "histories/", "peers.md")  # by make, by a run, by the reader

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINKED_CODE = re.compile(r"\[`[^`]+`\]\([^)]+\)")  # its target is looked at as a link
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
PATH = re.compile(r"\.?[\w*-]+(/[\w.*-]+)*(/|\.(py|lua|md|toml|txt|yml|svg|ipynb|typed))|\.?[\w-]+(/[\w.*-]+)+")


def document(path: Path) -> str:
    """Return a document's path as it reads in a test's id."""
    return path.relative_to(ROOT).as_posix()


def shell_lines(text: str) -> list[str]:
    """Return the commands of a document: lines of its shell blocks, and inline code."""
    blocks = [body for language, body in FENCE.findall(text) if language in {"bash", "console", "sh"}]
    lines = [line.removeprefix("$ ").split(" #")[0].strip() for body in blocks for line in body.splitlines()]
    return lines + CODE.findall(FENCE.sub("", text))


@pytest.mark.parametrize("path", DOCUMENTS, ids=document)
def test_paths_exist(path: Path) -> None:
    """A file or folder in `code` is there, seen from the top folder or from the document's own."""
    prose = LINKED_CODE.sub("", FENCE.sub("", path.read_text("utf-8")))
    for code in CODE.findall(prose):
        if not PATH.fullmatch(code) or code.startswith(MADE_LATER):
            continue
        found = [*ROOT.glob(code), *path.parent.glob(code), *(ROOT / "system").glob(code)]
        assert found, f"{code} does not exist"


@pytest.mark.parametrize("path", DOCUMENTS, ids=document)
def test_links_lead_somewhere(path: Path) -> None:
    """A relative link leads to a file, and its anchor to a heading."""
    for target, anchor in LINK.findall(path.read_text("utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        assert (path.parent / target).exists(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors(path.parent / target), f"{target} has no heading {anchor}"


def anchors(path: Path) -> set[str]:
    """Return the anchors GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=document)
def test_make_targets_exist(path: Path) -> None:
    """`make X` is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for line in shell_lines(path.read_text("utf-8")):
        words = line.split()
        if words[:1] == ["make"] and len(words) > 1:
            assert words[1] in targets, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=document)
def test_commands_exist(path: Path) -> None:
    """`tasklab …` and `tasklab-bench …` name a command, and options that it has."""
    for line in shell_lines(path.read_text("utf-8")):
        program, _, rest = line.removeprefix(".venv/bin/").partition(" ")
        if rest and program in PROGRAMS:
            check(get_command(PROGRAMS[program]), shlex.split(rest.replace("…", "")), line)


def check(command: Any, words: list[str], line: str) -> None:
    """Walk down the tree of commands along the words, then look at the options."""
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, line
        command, words = command.commands[words[0]], words[1:]
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.split("=")[0] in options, line


def test_routes_exist() -> None:
    """`GET /path` and the like name what the API has, and README leaves nothing out."""
    nothing: Any = None
    api = create_app(
        store=nothing,
        queue=nothing,
        registry=nothing,
        submitter=nothing,
        keys=nothing,
        max_body_bytes=1,
        reconcile=nothing,
    )
    routes = {f"{method.upper()} {path}" for path, methods in api.openapi()["paths"].items() for method in methods}
    named = set(re.findall(r"`((?:GET|POST|DELETE|PUT|PATCH) /[^`?]*)`", README.read_text("utf-8")))
    assert named - {"GET /health"} == routes


def environment_names() -> set[str]:
    """Return the names of the environment variables that Settings reads."""
    return {variable for variable, _, _ in knobs()}


def test_the_readme_lists_every_setting() -> None:
    """Every knob is in README's table, and README names none that is not read."""
    named = set(re.findall(r"\b(?:TASKLAB_[A-Z_]+|REDIS_URL|DATABASE_URL)\b", README.read_text("utf-8")))
    assert named == environment_names()


def test_the_promised_settings_are_read() -> None:
    """The environment names that users were promised are all there."""
    promised = "API_KEYS ACCEPT DATA LEASE_SECONDS MAX_BACKLOG MAX_BODY_BYTES"
    assert {f"TASKLAB_{name}" for name in promised.split()} | {"REDIS_URL", "DATABASE_URL"} <= environment_names()
