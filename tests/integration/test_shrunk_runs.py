"""A run that is much smaller than usual, against the sandbox."""

from __future__ import annotations

from pathlib import Path

from probe_gate.sandbox.scenarios import Counts
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import environment, run_here
from tests.harness.shared_clock import SharedClock


def test_a_run_that_shrank_to_an_eighth_is_pointed_out_though_it_passed(tmp_path: Path) -> None:
    """With both numbers."""
    clock = SharedClock()
    with SandboxServer("passing", history=0, clock=clock.time) as sandbox:
        for _ in range(3):
            sandbox.platform.engine.trigger(1, None, "by hand")
            clock.advance(3600)
        sandbox.set_scenario(sandbox.find_scenario("passing").replace(counts=Counts(passed=26, failed=1)))
        ended = run_here(tmp_path, "run", env=environment(tmp_path, sandbox.environment), clock=clock)
    assert ended.code == 0
    assert "27 test cases with a result, against 220 in the last 3 completed runs" in " ".join(ended.output.split())
