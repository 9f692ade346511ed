"""A baseline that was tampered with, as a process: the exit code and what a user reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import Ended, environment, run_here

FAST = Scenario(pending_seconds=1.0, run_seconds=10.0, history=3)
SPEED = 50.0


def gate(tmp_path: Path, score: int, *flags: str) -> Ended:
    scenario = FAST.replace(overall=score, categories=dict.fromkeys(PASSING_CATEGORIES, score))
    with SandboxServer(scenario, speed=SPEED) as sandbox:
        return run_here(tmp_path, "run", *flags, env=environment(tmp_path, sandbox.environment))


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """The report of an earlier gate that passed with 95 points."""
    ended = gate(tmp_path, 95, "--report-dir", "baseline")
    assert ended.code == 0, ended.output
    return tmp_path / "baseline" / "report.json"


COMPARE = ("--baseline", "baseline/report.json", "--max-score-drop", "5")


def test_a_drop_against_it_fails(tmp_path: Path, baseline: Path) -> None:
    """As it was written."""
    assert baseline.is_file()
    ended = gate(tmp_path, 85, *COMPARE)
    assert (ended.code, ended.outcome) == (1, "failed"), ended.output


def test_a_baseline_that_does_not_follow_from_its_evidence_cannot_be_used(tmp_path: Path, baseline: Path) -> None:
    """A change that writes its own scores into it does not pass: exit 7, and the command that shows why."""
    baseline.write_text(baseline.read_text().replace('"overallScore": 95', '"overallScore": 85'))
    ended = gate(tmp_path, 85, *COMPARE)
    assert (ended.code, ended.outcome) == (7, "inconclusive"), ended.output
    said = " ".join(ended.output.split())
    assert "The baseline baseline/report.json cannot be used: it does not follow from its own evidence (" in said
    assert "See: probe-gate verify baseline/report.json" in said
    assert run_here(tmp_path, "verify", "baseline/report.json", env=environment(tmp_path)).code == 7


def test_where_it_may_be_missing_the_report_says_why_nothing_was_compared(tmp_path: Path, baseline: Path) -> None:
    """The drop is then not judged, which no reader takes for a comparison."""
    baseline.write_text(baseline.read_text().replace('"overallScore": 95', '"overallScore": 85'))
    ended = gate(tmp_path, 85, *COMPARE, "--allow-missing-baseline")
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output
    (drop,) = [check for check in ended.report["targets"][0]["checks"] if check["id"] == "score-drop:overall"]
    assert drop["outcome"] == "info"
    assert "it does not follow from its own evidence" in drop["message"]
