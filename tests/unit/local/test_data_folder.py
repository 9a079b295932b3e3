"""The data folder: one TaskLab at a time, and a note of where its services are."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from system.local.data_folder import DataFolder, Note
from system.tasks.errors import TaskLabError

HOLDS = """
import sys
from pathlib import Path
from system.local.data_folder import DataFolder, Note
import os
folder = DataFolder(Path(sys.argv[1]))
folder.hold()
folder.write(Note(pid=os.getpid(), redis_url="redis://:secret@127.0.0.1:1/0"))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    """The second is told who was first and what to do; when the first lets go, the way is free."""
    first, second = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "data")
    first.hold()
    first.write(Note(pid=os.getpid()))
    with pytest.raises(TaskLabError, match=rf"process {os.getpid()} is using .* set TASKLAB_DATA"):
        second.hold()
    first.let_go()
    first.let_go()
    second.hold()
    second.let_go()


def test_the_note_is_good_as_long_as_its_writer_lives(tmp_path: Path) -> None:
    """A note left behind by SIGKILL is told from a living one's by the lock, which ends with the process."""
    folder = DataFolder(tmp_path)
    assert folder.running() is None
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert folder.running() == Note(pid=holder.pid, redis_url="redis://:secret@127.0.0.1:1/0")
        holder.kill()
    assert (tmp_path / "stack.json").exists()
    assert folder.running() is None
    folder.hold()
    folder.let_go()


def test_passwords_are_for_the_owner_alone(tmp_path: Path) -> None:
    """The note holds the server's password."""
    folder = DataFolder(tmp_path / "data")
    folder.hold()
    folder.write(Note(pid=1))
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "stack.json").stat().st_mode) == 0o600
    folder.let_go()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The error names the folder and the knob."""
    (tmp_path / "file").touch()
    with pytest.raises(TaskLabError, match="set TASKLAB_DATA"):
        DataFolder(tmp_path / "file" / "data").hold()
