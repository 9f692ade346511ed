"""The command as a process in which something happens at a chosen point: a signal, or a leap of the clock.

    python -m tests.harness.scripted [--fast] [--patient] [--timing FIELD=SECONDS] [--at POINT=ACTION] -- run --settle 0s

A test that sends a signal after some time hopes that the command has come to a certain point by then. Here the point is
named, and the command itself does the rest when it gets there, on any machine:

    POINT    import:MODULE   that module is about to be imported
             call:3          the third request to the platform has been answered
             trigger:1       the first request of that operation has been answered; names as in faults of the sandbox
    ACTION   SIGTERM         the signal is raised
             ahead:3600      the gate's clock leaps ahead by so many seconds
             SIGTERM+SIGINT  one after the other

"Answered" means that the coroutine has the answer, or the error that stands for it, and has not gone on yet.
`processes.run_here` does the same to a command in the test's own process.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

from probe_gate import timings
from probe_gate.runtime.signals import STOP_SIGNAL

Patch = Callable[[object, str, object], None]

OPERATIONS = {
    "trigger_run": "trigger",
    "cancel_run": "cancel",
    "list_runs": "list",
    "fetch_scores": "scores",
    "create_target": "create",
    "update_target": "update",
    "get_target": "get",
    "delete_target": "delete",
    "list_target_types": "types",
}
ABSENCE_SECONDS = 0.6
"""How late the platform may list a run whose trigger was not answered; in the tests, faults stay within it."""
FAST_TIMINGS = {
    "absence_seconds": ABSENCE_SECONDS,
    "search_pauses_seconds": (0.1, 0.2, 0.3),
    "max_earlier_scores_seconds": 1.5,
    "first_scores_seconds": 1.0,
    "min_scores_pause_seconds": 0.1,
    "confirmation_seconds": 0.5,
    "confirmation_pauses_seconds": (0.1, 0.2, 0.3),
    "never_listed_seconds": 2.0,
    "last_look_seconds": 0.2,
    "cancel_pause_seconds": 0.1,
}
"""Short timings for tests; a real gate waits 20 s before it sends a second trigger."""
FAST = {"http.retry.REFUSAL_PAUSES_SECONDS": (0.1, 0.2, 0.3)}
"""The same as constants of modules."""
PATIENT_TIMINGS = {
    "cancel_seconds": 100.0,
    "cancel_answer_seconds": 100.0,
    "delete_after_signal_seconds": 100.0,
}
"""The time limit for cleaning up after a signal, long enough for any machine."""
RAISED = "tests.harness.scripted raises "
"""Printed before the name of each raised signal."""


def set_constants(constants: dict[str, Any], patch: Patch = setattr) -> None:
    """Set constants, named as in `FAST`. Raises `AttributeError` if one does not exist."""
    for name, value in constants.items():
        module_name, _, constant = name.rpartition(".")
        module = import_module(f"probe_gate.{module_name}")
        if not hasattr(module, constant):
            raise AttributeError(f"{module.__name__} has no {constant}")
        patch(module, constant, value)


def set_timings(changes: dict[str, Any]) -> None:
    """Set the timings of gates in this process. Call it before `bootstrap` is imported."""
    if "probe_gate.bootstrap" in sys.modules:
        raise ValueError("the timings have been handed out already")
    timings.DEFAULT_TIMINGS = replace(timings.DEFAULT_TIMINGS, **changes)


def _act(actions: str, advance: Callable[[float], None]) -> None:
    for action in actions.split("+"):
        kind, _, value = action.partition(":")
        if kind == "ahead":
            advance(float(value))
        else:
            sys.stderr.write(f"{RAISED}{kind}\n")
            signal.raise_signal(signal.Signals[kind])


def _act_at_imports(events: dict[str, str]) -> None:
    left = dict(events)
    if not left.keys().isdisjoint(sys.modules):
        raise ValueError(f"imported already: {left.keys() & sys.modules.keys()}")

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import" and arguments[0] in left:
            _act(left.pop(arguments[0]), lambda _: None)

    sys.addaudithook(watch)


def _advance_system_clock(patch: Patch) -> Callable[[float], None]:
    """Return a function that advances the gate's clock."""
    from probe_gate.runtime.clock import SystemClock

    leaps: list[float] = []
    real_monotonic = SystemClock.monotonic
    patch(SystemClock, "monotonic", lambda self: real_monotonic(self) + sum(leaps))
    return leaps.append


@contextmanager
def handled_signals() -> Iterator[None]:
    """Handle signals inside the block as the command's own process does."""
    before = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
    }
    STOP_SIGNAL.install()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        STOP_SIGNAL.signal_number = None


def act_at_calls(events: Mapping[str, str], patch: Patch, advance: Callable[[float], None]) -> None:
    """Let the actions of `events` happen at its points, which name calls. `patch` sets attributes."""
    from probe_gate.probe_api.api import ProbeApi

    calls = Counter[str]()

    def watched(call: Callable[..., Any], operation: str) -> Callable[..., Any]:
        async def watch(*args: Any, **kwargs: Any) -> Any:
            try:
                return await call(*args, **kwargs)
            finally:
                for name in ("call", operation):
                    calls[name] += 1
                    action = events.get(f"{name}:{calls[name]}")
                    if action is not None:
                        _act(action, advance)

        return watch

    for method, operation in OPERATIONS.items():
        patch(ProbeApi, method, watched(getattr(ProbeApi, method), operation))


def main(arguments: Iterable[str]) -> None:
    """Parse the arguments of this module, and run the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--patient", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="MODULE.CONSTANT=SECONDS")
    parser.add_argument("--at", action="append", default=[], metavar="POINT=ACTION")
    parser.add_argument("command", nargs="*")
    parser.add_argument("--timing", action="append", default=[], metavar="FIELD=SECONDS")
    options = parser.parse_args(list(arguments))
    sys.argv = ["probe-gate", *options.command]
    set_constants(FAST if options.fast else {})
    given = {name: float(value) for name, _, value in (text.partition("=") for text in options.timing)}
    set_timings({**(FAST_TIMINGS if options.fast else {}), **(PATIENT_TIMINGS if options.patient else {}), **given})
    set_constants({name: float(value) for name, _, value in (text.partition("=") for text in options.set)})
    events = dict(text.split("=") for text in options.at)
    imports = {point.removeprefix("import:"): action for point, action in events.items() if point.startswith("import:")}
    _act_at_imports(imports)
    if len(events) > len(imports):
        act_at_calls(events, setattr, _advance_system_clock(setattr))
    from probe_gate.__main__ import main as command

    command()


if __name__ == "__main__":
    STOP_SIGNAL.install()
    main(sys.argv[1:])
