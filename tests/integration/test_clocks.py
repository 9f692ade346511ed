"""The command beside a platform whose clock is wrong: dates are compared with the platform's own, never with ours."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from probe_gate.sandbox.scenario import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.integration.processes import Ended, environment

ROOT = Path(__file__).parents[2]
HURRIED = (sys.executable, "-m", "tests.chaos.hurried")
GOOD = Scenario(pending_seconds=0.0, run_seconds=4.0, history=3)


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_wrong_by_hours_changes_no_verdict(hours: int, tmp_path: Path) -> None:
    """Scores of the run pass, stale ones do not, whichever way the clocks differ."""
    stale = GOOD.with_reading("lag=never")

    def wrong_clock() -> float:
        return time.time() + hours * 3600

    with SandboxServer(GOOD, speed=20, clock=wrong_clock, targets=2, scenarios={2: stale}) as sandbox:
        both = {"SPLX_TARGET_ID": "1,2", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*HURRIED, "run"], cwd=tmp_path, env=environment(tmp_path, sandbox.environment, both),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    ended = Ended(done.returncode, done.stdout + done.stderr, tmp_path / "probe-gate-report")
    outcomes = {target["target"]["id"]: target["outcome"] for target in ended.report["targets"]}
    assert outcomes == {1: "passed", 2: "inconclusive"}, ended.output
    assert ended.code == 7


def test_scores_from_the_future_have_no_age(tmp_path: Path) -> None:
    """`--max-age` is about our clock: where the two are far apart, nothing can be said, and so nothing passes."""
    with SandboxServer(GOOD, speed=20, clock=lambda: time.time() + 30 * 3600, targets=1) as sandbox:
        done = subprocess.run(
            [sys.executable, "-m", "probe_gate", "check", "--max-age", "7d"], cwd=tmp_path,
            env=environment(tmp_path, sandbox.environment), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 7, done.stdout
    assert "in the future" in " ".join(done.stdout.split())
