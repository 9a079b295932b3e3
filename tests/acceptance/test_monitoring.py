"""deploy/monitoring: the dashboard and the alert rules name only what a running system really shows to Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.running import ROOT, Tasklab, until
from tests.faults.needs import need

MONITORING = ROOT / "deploy" / "monitoring"
PROMTOOL = shutil.which("promtool")
NAME = re.compile(r"\btasklab_\w+")


def promtool(*arguments: str, stdin: str | None = None) -> str:
    """Run Prometheus's own checker."""
    need(None if PROMTOOL else "no promtool (Debian's package prometheus)", package=True)
    done = subprocess.run(
        [PROMTOOL or "", *arguments], cwd=MONITORING, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expressions(tree: Any) -> list[str]:
    """Return all that a file asks Prometheus for."""
    if isinstance(tree, dict):
        own = [value for key, value in tree.items() if key == "expr"]
        return own + [one for value in tree.values() for one in expressions(value)]
    return [one for value in tree for one in expressions(value)] if isinstance(tree, list) else []


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run the whole system, let something of everything happen, and return what it shows."""
    tasklab = Tasklab(tmp_path_factory.mktemp("monitoring") / "data")
    with tasklab.up("--workers", "1") as up:
        up.ended(up.submit({"type": "echo"}, {"type": "fail", "max_attempts": 1}))

        def recorded() -> str | None:
            text = up.http.get("/metrics").text
            return text if 'tasklab_tasks_dead_total{type="fail"} 1.0' in text else None

        text: str = until(recorded, "the recorded end of a task")
        said = tasklab.call("metrics")
    assert 'tasklab_tasks_submitted_total{type="fail"} 1.0' in said
    return text


@pytest.mark.parametrize("file", ["dashboard.json", "alerts.yml"])
def test_every_metric_exists(shown: str, file: str) -> None:
    """A panel or an alert on a misspelt metric would stay empty for ever, and look healthy."""
    text = (MONITORING / file).read_text("utf-8")
    tree = json.loads(text) if file.endswith("json") else yaml.safe_load(text)
    there = {sample.name for family in text_string_to_metric_families(shown) for sample in family.samples}
    # Of what has not happened yet there is the family, and no sample.
    families = set(re.findall(r"^# TYPE (\w+) ", shown, re.MULTILINE))
    named = {name for one in expressions(tree) for name in NAME.findall(one)}
    assert len(named) > 5
    assert named - there - families == set()


def test_the_metrics_are_named_as_they_should_be(shown: str) -> None:
    """Prometheus's own linter: base units, `_total`, help for all."""
    assert promtool("check", "metrics", stdin=shown) == ""


def test_the_rules_are_right() -> None:
    """They parse, and they fire and clear when they should."""
    assert "SUCCESS" in promtool("check", "config", "prometheus.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yml")


def test_the_dashboard_is_whole() -> None:
    """Every panel has a place of its own and something to ask for."""
    dashboard = json.loads(Path(MONITORING / "dashboard.json").read_text("utf-8"))
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["targets"] and panel["title"] for panel in dashboard["panels"])
