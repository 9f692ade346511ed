"""What the first signal does, and what a second one does."""

from __future__ import annotations

import signal

import pytest

from probe_gate.errors import CancelledError
from probe_gate.runtime.signals import REPEAT_SECONDS, StopSignal


class Process:
    """A process with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.exit_codes: list[int] = []
        self.stopped = 0
        self.signal = StopSignal(monotonic=lambda: self.now, exit_process=self.exit_codes.append)
        self.signal.on_stop(self._stop)

    def _stop(self) -> None:
        self.stopped += 1

    def receive(self, number: int, after_seconds: float = 0.0) -> None:
        self.now += after_seconds
        self.signal._handle(number, None)


def test_the_first_signal_is_remembered() -> None:
    """And wakes whoever asked for it."""
    process = Process()
    process.receive(signal.SIGTERM)
    assert (process.signal.signal_number, process.stopped, process.exit_codes) == (signal.SIGTERM, 1, [])


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_repeated_signal_changes_nothing(second: int) -> None:
    """A wrapper and its process group may both forward one signal, and not always the same number."""
    process = Process()
    process.receive(signal.SIGTERM)
    process.receive(second, after_seconds=0.0)
    process.receive(second, after_seconds=REPEAT_SECONDS)
    assert (process.signal.signal_number, process.stopped, process.exit_codes) == (signal.SIGTERM, 1, [])


def test_a_later_signal_ends_the_process() -> None:
    """Somebody does not want to wait for the clean-up."""
    process = Process()
    process.receive(signal.SIGTERM)
    process.receive(signal.SIGINT, after_seconds=REPEAT_SECONDS + 0.01)
    assert process.exit_codes == [128 + signal.SIGINT]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> dict[int, object]:
    """The handlers that are installed, in place of those of this process."""
    found: dict[int, object] = {}
    monkeypatch.setattr("signal.signal", found.__setitem__)
    return found


def test_windows_has_no_hangup_and_its_ctrl_break_stops_a_gate(
    handlers: dict[int, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number there is 21."""
    monkeypatch.delattr("signal.SIGHUP")
    monkeypatch.delattr("signal.SIGQUIT")
    monkeypatch.setattr("signal.SIGBREAK", 21, raising=False)
    StopSignal().install()
    assert set(handlers) == {signal.SIGINT, signal.SIGTERM, 21}
    assert str(CancelledError(21)) == "Cancelled by SIGBREAK. Run the gate again if the result is needed."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP])
def test_each_signal_that_asks_to_stop_is_named_with_what_to_do(
    number: signal.Signals, handlers: dict[int, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run would be left active by one that ends the process."""
    monkeypatch.setattr("signal.getsignal", lambda _number: signal.SIG_DFL)  # the tests may run under nohup
    StopSignal().install()
    assert number in handlers
    error = CancelledError(number)
    assert str(error).startswith(f"Cancelled by {number.name}. ")
    assert "again if the result is needed." in error.hint


@pytest.mark.parametrize(("before", "is_handled"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_nohup_is_respected(
    before: signal.Handlers, is_handled: bool, handlers: dict[int, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, a closed terminal stops a gate like a cancelled job."""
    monkeypatch.setattr("signal.getsignal", lambda _number: before)
    StopSignal().install()
    assert (signal.SIGHUP in handlers) is is_handled
