"""Compare how often the gate polls a run, and how soon it notices the end, with simpler ways to poll.

    python -m benchmarks.polling

The gate's own code polls runs of several lengths and with several kinds of progress, on a virtual clock. The length
varies by a few percent and the jitter is random, so that no way has an advantage by chance.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.gates import Server, plan_for, ports_for
from probe_gate.domain.run import Counts, Run
from probe_gate.use_cases.context import OwnRun, TargetContext
from probe_gate.use_cases.wait import wait_for_end
from tests.harness.virtual_time import VirtualTime

LOW_SECONDS, HIGH_SECONDS = 2.0, 30.0
"""The default of `--poll-interval`."""
RUN_ID = 7
TEST_CASES = 400
LENGTHS: dict[str, float] = {"30 s": 30, "2 min": 120, "8 min": 480, "1 h": 3600}
PHASES = 40

Progress = Callable[[float], float | None]
"""Returns the fraction of executed test cases for the elapsed fraction of the run; None if it is not reported."""

PROFILES: dict[str, Progress] = {
    "linear": lambda part: part,
    "S-shaped": lambda part: part * part * (3 - 2 * part),
    "five steps": lambda part: math.floor(part * 5) / 5,
    "stuck at 90 %": lambda part: min(part * 1.5, 1.0) * 0.9,
    "backwards": lambda part: 1 - part,
    "silent": lambda part: None,
}


@dataclass(frozen=True, slots=True)
class Wait:
    """The cost of one wait."""

    requests: int
    delay_seconds: float
    """From the end of the run until it is noticed."""


class Way(Protocol):
    """A way to wait for the end of a run."""

    def __call__(self, progress: Progress, run_seconds: float, jitters: Iterator[float]) -> Wait: ...


def wait_as_gate(progress: Progress, run_seconds: float, jitters: Iterator[float]) -> Wait:
    """Wait with the gate's own code."""
    time = VirtualTime()
    server = Server(time, lambda _, elapsed: run_at(progress, elapsed / run_seconds))
    server.triggered_at[RUN_ID] = 0.0
    context = TargetContext(plan_for(RUN_ID, deadline=2 * run_seconds + 600), ports_for(server, lambda: next(jitters)))
    time.finish(wait_for_end(context, OwnRun(), RUN_ID, None))
    return Wait(server.requests, time.monotonic() - run_seconds)


def wait_fixed(seconds: float) -> Way:
    """Return a way that polls at a fixed interval."""
    return lambda progress, run_seconds, jitters: wait_by(itertools.repeat(seconds), run_seconds)


def wait_backing_off(progress: Progress, run_seconds: float, jitters: Iterator[float]) -> Wait:
    """Double the delay each time, from the minimum to the maximum."""
    return wait_by((min(LOW_SECONDS * 2**power, HIGH_SECONDS) for power in itertools.count()), run_seconds)


def wait_by(delays: Iterable[float], run_seconds: float) -> Wait:
    """Poll after delays that do not depend on the run."""
    elapsed = 0.0
    for requests, delay in enumerate(delays, start=1):
        elapsed += delay
        if elapsed >= run_seconds:
            return Wait(requests, elapsed - run_seconds)
    raise AssertionError("the delays ended before the run")


WAYS: dict[str, Way] = {
    "probe-gate": wait_as_gate,
    "every 5 s": wait_fixed(5),
    "every 30 s": wait_fixed(30),
    "back-off to 30 s": wait_backing_off,
}


def run_at(progress: Progress, part: float) -> Run:
    """Return the run after that fraction of its time."""
    if part >= 1:
        return Run(RUN_ID, status="COMPLETED", counts=Counts(TEST_CASES, 0, 0, TEST_CASES))
    share = progress(part)
    if share is None:
        return Run(RUN_ID, status="RUNNING")
    return Run(RUN_ID, status="RUNNING", counts=Counts(math.floor(share * TEST_CASES + 1e-9), 0, 0, TEST_CASES))


def drawn_jitters(seed: int) -> Iterator[float]:
    """Yield random numbers from 0 to 1, the same for the same seed."""
    source = random.Random(seed)  # noqa: S311 - a simulation
    while True:
        yield source.random()


def waits_at_many_phases(way: Way, progress: Progress, run_seconds: float) -> list[Wait]:
    """Wait for runs of about that length, up to 2 % shorter or longer."""
    lengths = (run_seconds * (0.98 + 0.04 * phase / (PHASES - 1)) for phase in range(PHASES))
    return [way(progress, length, drawn_jitters(seed)) for seed, length in enumerate(lengths)]


def format_cell(waits: Iterable[Wait]) -> str:
    """Return the mean and maximum of requests and delay."""
    requests = [wait.requests for wait in waits]
    delays = [wait.delay_seconds for wait in waits]
    return (
        f"{sum(requests) / len(requests):4.0f} {max(requests):4d}   {sum(delays) / len(delays):4.1f} {max(delays):4.1f}"
    )


def main() -> None:
    print("Requests, and seconds until the end is noticed: mean and worst of each over 40 phases.\n")
    print(f"{'run':6} {'progress':14}" + "".join(f"{name:>24}" for name in WAYS))
    print(f"{'':21}" + "".join(f"{'req max   delay  max':>24}" for _ in WAYS))
    for length, run_seconds in LENGTHS.items():
        for profile, progress in PROFILES.items():
            cells = (format_cell(waits_at_many_phases(way, progress, run_seconds)) for way in WAYS.values())
            print(f"{length:6} {profile:14}" + "".join(f"{cell:>24}" for cell in cells))
        print()


if __name__ == "__main__":
    main()
