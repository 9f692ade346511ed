"""The command beside a platform whose clock is wrong: dates are compared with the platform's own, never with ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import SHIPPED_SETTINGS, environment, run_here
from tests.harness.shared_clock import SharedClock

GOOD = Scenario(pending_seconds=0.0, run_seconds=4.0, history=3)


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_wrong_by_hours_changes_no_verdict(hours: int, tmp_path: Path) -> None:
    """Scores of the run pass, stale ones do not, whichever way the clocks differ."""
    stale, clock = GOOD.with_reading("lag=never"), SharedClock()

    def wrong_clock() -> float:
        return clock.time() + hours * 3600

    with SandboxServer(GOOD, clock=wrong_clock, targets=2, scenarios={2: stale}) as sandbox:
        env = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment, {"SPLX_TARGET_ID": "1,2"})
        ended = run_here(tmp_path, "run", env=env, clock=clock)
    outcomes = {target["target"]["id"]: target["outcome"] for target in ended.report["targets"]}
    assert outcomes == {1: "passed", 2: "inconclusive"}, ended.output
    assert ended.code == 7


def test_scores_from_the_future_have_no_age(tmp_path: Path) -> None:
    """`--max-age` is about our clock: where the two are far apart, nothing can be said, and so nothing passes."""
    clock = SharedClock()
    with SandboxServer(GOOD, clock=lambda: clock.time() + 30 * 3600, targets=1) as sandbox:
        env = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment)
        ended = run_here(tmp_path, "check", "--max-age", "7d", env=env, clock=clock)
    assert ended.code == 7, ended.output
    assert "in the future" in " ".join(ended.output.split())
