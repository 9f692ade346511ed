"""A machine that has no thread and no file descriptor left."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from probe_gate.errors import ConfigError
from probe_gate.runtime.clock import SystemClock
from probe_gate.runtime.runner import MIN_DESCRIPTORS, WorkerThreads, run_all
from probe_gate.runtime.signals import StopSignal
from tests.harness.resource_limits import allow_descriptors, allow_threads


def work(calls: int) -> list[str]:
    """What so many calls at once return, each the name of its thread."""

    def story(_clock: SystemClock, workers: WorkerThreads) -> Sequence[object]:
        return [workers.run(lambda: threading.current_thread().name) for _ in range(calls)]

    return run_all(story, parallel=8, stop_signal=StopSignal())  # type: ignore[arg-type]


def test_without_a_thread_nothing_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the machine's limit, and said to be that."""
    allow_threads(0, monkeypatch)
    with pytest.raises(ConfigError, match="No further thread can be started") as caught:
        work(3)
    assert "ulimit -u" in caught.value.advice


def test_few_threads_do_all_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call after the other."""
    allow_threads(2, monkeypatch)
    assert set(work(20)) <= {"probe-gate-worker-1", "probe-gate-worker-2"}


def test_without_descriptors_nothing_is_begun(capfd: pytest.CaptureFixture[str]) -> None:
    """Python's own complaints about a loop that was made halfway are not heard."""
    for left in range(MIN_DESCRIPTORS):
        with allow_descriptors(left), pytest.raises(ConfigError, match="limit on open files") as caught:
            work(1)
        assert "ulimit -n" in caught.value.advice
    assert capfd.readouterr() == ("", "")


def test_enough_descriptors_are_enough() -> None:
    """What is asked for is what a loop takes."""
    with allow_descriptors(MIN_DESCRIPTORS):
        assert len(work(1)) == 1
