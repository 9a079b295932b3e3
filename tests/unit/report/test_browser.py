"""A real browser shows the report without a complaint."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from benchmarks.report import write_report
from tests.faults.needs import need
from tests.fixtures.results import result_folder

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOW = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom")


def test_a_browser_shows_it(tmp_path: Path) -> None:
    """Nothing on its console, and all pictures and sections in the page it builds."""
    need(None if BROWSER else "no Chromium is installed", package=True)
    path = write_report(result_folder(tmp_path / "run", workers=(4,), rate=150.0, kill=True, repeats=1))
    command = [str(BROWSER), *SHOW, f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in shown.stderr.splitlines() if "CONSOLE" in line] == []
    text = path.read_text("utf-8")
    for tag in ("<section", "<svg", "<table", "<figcaption"):
        assert len(re.findall(tag, shown.stdout)) == text.count(tag)
