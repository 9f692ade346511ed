"""How often the gate asks after a run, and how soon it notices the end, beside simpler ways to ask.

    python -m benchmarks.polling

Runs of several lengths and several kinds of progress are asked after on a virtual clock, each at many phases: the
length of the run varies by a few percent, and jitter is drawn anew, so that no way of asking is lucky.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from probe_gate.domain.run import Counts, Run, share_done
from probe_gate.gate.pace import Pace

LOW_SECONDS, HIGH_SECONDS = 2.0, 30.0
"""The default of `--poll-interval`."""
TEST_CASES = 400
LENGTHS: dict[str, float] = {"30 s": 30, "2 min": 120, "8 min": 480, "1 h": 3600}
PHASES = 40

Progress = Callable[[float], float | None]
"""From the part of the run's time that is over, 0 to 1, to the share of its test cases that is."""

PROFILES: dict[str, Progress] = {
    "linear": lambda part: part,
    "S-shaped": lambda part: part * part * (3 - 2 * part),
    "five steps": lambda part: math.floor(part * 5) / 5,
    "stuck at 90 %": lambda part: min(part * 1.5, 1.0) * 0.9,
    "backwards": lambda part: 1 - part,
    "silent": lambda part: None,
}


class Asking(Protocol):
    """A way to ask: `Pace` is one."""

    def observe(self, elapsed_seconds: float, share: float | None) -> None: ...

    def next_delay(self, elapsed_seconds: float, jitter: float) -> float: ...


class Fixed:
    """The same delay always."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def observe(self, elapsed_seconds: float, share: float | None) -> None:
        pass

    def next_delay(self, elapsed_seconds: float, jitter: float) -> float:
        return self.seconds


class BackOff:
    """Twice the delay each time, from the low bound to the high one."""

    def __init__(self) -> None:
        self.seconds = LOW_SECONDS / 2

    def observe(self, elapsed_seconds: float, share: float | None) -> None:
        pass

    def next_delay(self, elapsed_seconds: float, jitter: float) -> float:
        self.seconds = min(self.seconds * 2, HIGH_SECONDS)
        return self.seconds


WAYS: dict[str, Callable[[], Asking]] = {
    "probe-gate": lambda: Pace(LOW_SECONDS, HIGH_SECONDS),
    "every 5 s": lambda: Fixed(5),
    "every 30 s": lambda: Fixed(30),
    "back-off to 30 s": BackOff,
}


@dataclass(frozen=True, slots=True)
class Wait:
    """What one wait cost."""

    requests: int
    delay_seconds: float
    """From the end of the run until it was noticed."""


def run_at(progress: Progress, part: float) -> Run:
    """The run as a listing shows it when that part of its time is over."""
    share = progress(part)
    if share is None:
        return Run(1, status="RUNNING")
    passed = math.floor(share * TEST_CASES + 1e-9)
    return Run(1, status="RUNNING", counts=Counts(passed=passed, failed=0, errors=0, total=TEST_CASES))


def wait_for(asking: Asking, progress: Progress, run_seconds: float, jitters: Iterator[float]) -> Wait:
    """Asks after a run of that length until it is over."""
    elapsed, requests = 0.0, 0
    while True:
        elapsed += asking.next_delay(elapsed, next(jitters))
        requests += 1
        if elapsed >= run_seconds:
            return Wait(requests, elapsed - run_seconds)
        asking.observe(elapsed, share_done(run_at(progress, elapsed / run_seconds)))


def drawn_jitters(seed: int) -> Iterator[float]:
    """Random numbers from 0 to 1, the same for the same seed."""
    source = random.Random(seed)  # noqa: S311 - a simulation
    while True:
        yield source.random()


def waits_at_many_phases(way: Callable[[], Asking], progress: Progress, run_seconds: float) -> list[Wait]:
    """Waits for runs about that long, up to 2 % shorter or longer."""
    lengths = (run_seconds * (0.98 + 0.04 * phase / (PHASES - 1)) for phase in range(PHASES))
    return [wait_for(way(), progress, length, drawn_jitters(seed)) for seed, length in enumerate(lengths)]


def format_cell(waits: Iterable[Wait]) -> str:
    """Requests and delay, mean and worst."""
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
