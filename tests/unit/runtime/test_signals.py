"""What a signal leaves, and what a second one does."""

from __future__ import annotations

import signal

import pytest

from probe_gate.runtime.signals import REPEAT_SECONDS, StopSignal


class Process:
    """A process with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.exit_codes: list[int] = []
        self.stopped = 0
        self.word = StopSignal(monotonic=lambda: self.now, exit_process=self.exit_codes.append)
        self.word.on_stop(self._stop)

    def _stop(self) -> None:
        self.stopped += 1

    def receive(self, number: int, after_seconds: float = 0.0) -> None:
        self.now += after_seconds
        self.word._handle(number, None)


def test_the_first_signal_is_remembered() -> None:
    """And wakes whoever asked for it."""
    process = Process()
    process.receive(signal.SIGTERM)
    assert (process.word.signal_number, process.stopped, process.exit_codes) == (signal.SIGTERM, 1, [])


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_repeated_signal_changes_nothing(second: int) -> None:
    """A wrapper and its process group may both forward one signal, and not always the same number."""
    process = Process()
    process.receive(signal.SIGTERM)
    process.receive(second, after_seconds=0.0)
    process.receive(second, after_seconds=REPEAT_SECONDS)
    assert (process.word.signal_number, process.stopped, process.exit_codes) == (signal.SIGTERM, 1, [])


def test_a_later_signal_ends_the_process() -> None:
    """Somebody does not want to wait for the clean-up."""
    process = Process()
    process.receive(signal.SIGTERM)
    process.receive(signal.SIGINT, after_seconds=REPEAT_SECONDS + 0.01)
    assert process.exit_codes == [128 + signal.SIGINT]
