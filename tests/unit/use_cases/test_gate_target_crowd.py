"""Many gates at once on a platform that refuses what is too much."""

from __future__ import annotations

import pytest

from benchmarks.crowd import START_SECONDS, run_gate, simulate

pytestmark = pytest.mark.slow  # hundreds of gates


def test_a_crowd_gets_its_verdicts_and_settles_below_the_limit() -> None:
    """With more gates than the platform has room for, each ends with its true verdict and none keeps hammering."""
    crowd = simulate(250, run_gate)
    assert crowd.endings == {"passed": 250}
    assert crowd.server.refused.total() > 0, "the platform was not even full"
    assert crowd.calm_after_seconds() < START_SECONDS + 60
    assert crowd.delays_seconds[-1] < 300


def test_gates_that_begin_together_part() -> None:
    """Pipelines that one timer starts in the same second do not come back in waves."""
    arrived = simulate(250, run_gate, start_seconds=1, is_limited=False).server.arrived
    windows = [sum(arrived[second] for second in range(begin, begin + 5)) for begin in range(120, 420, 5)]
    assert max(windows) < 3 * sum(windows) / len(windows)
    assert min(windows) > 0
