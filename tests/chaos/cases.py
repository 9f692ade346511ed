"""Seeded combinations of run scenario, faults and a signal."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from signal import Signals

from probe_gate.sandbox.readings import parse_reading
from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Counts, Scenario

MAX_SIGNAL_AT = 14

ENDINGS: dict[str, tuple[dict[str, object], int]] = {
    # what the platform would tell a gate that nothing disturbs, and the true exit code
    "good": ({}, 0),
    "good, other words": ({"statuses": ("Pending", "Running", "Finished"), "progress_scale": 100.0}, 0),
    "low score": ({"overall": 41, "categories": dict.fromkeys(PASSING_CATEGORIES, 41)}, 1),
    "many attacks": ({"counts": Counts(passed=60, failed=40)}, 1),
    "many errors": ({"counts": Counts(passed=50, failed=0, errors=50)}, 7),
    "half a run": ({"ends_at": 0.5}, 7),
    "stale scores": ({"reading": parse_reading("lag=never")}, 7),
    "overlap": ({"reading": parse_reading("nightly-during=1s")}, 7),
    "run failed": ({"statuses": ("PENDING", "RUNNING", "FAILED")}, 5),
    "run cancelled": ({"statuses": ("RUNNING", "CANCELED")}, 5),
    "unknown word": ({"statuses": ("RUNNING", "DONE")}, 6),
    "never over": ({"run_seconds": math.inf}, 6),
}
PASSABLE = frozenset({0})
NOT_JUDGED = frozenset({2, 3, 4, 5, 6, 7})

FAULTS: dict[str, tuple[str, ...]] = {
    "trigger": (
        "dropped-response", "dropped-reset", "dropped-page", "dropped-hang=0.2", "truncated", "truncated-headers", "no-id", "reset", "429=0",
        "500", "503", "html-page", "408", "425", "slow-body=0.002", "hang=0.2", "redirect", "id-text", "half-json", "409", "400",
    ),
    "list": (
        "reset", "500", "502", "503=0", "429=0", "truncated", "truncated-headers", "html-page", "hang=0.2", "slow-body=0.001", "empty",
        "half-json", "list-object", "duplicate-keys", "surrogate", "injected-text", "extra-fields", "status-number",
        "count-text", "count-negative", "id-changes", "date-garbage", "date-no-zone", "latin-1", "bom", "deep=2000",
        "huge-number", "dropped-response", "delay=0.1",
    ),
    "scores": (
        "reset", "500", "502", "429=0", "truncated", "html-page", "hang=0.2", "score-880", "score-nan", "score-text",
        "score-null", "category-880", "attacks-negative", "date-missing", "date-garbage", "injected-text", "empty",
        "duplicate-keys", "surrogate", "404", "delay=0.1", "key-echo=500",
    ),
    "cancel": ("reset", "500", "dropped-response", "hang=0.2", "429=0", "404", "html-page"),
    "any": ("key-echo=403", "clock-wrong=5"),
}  # fmt: skip
MANIPULATED = ("id-changes", "date-garbage", "status-number", "count-text", "count-negative", "other-id")


@dataclass(frozen=True, slots=True)
class Case:
    """One combination."""

    seed: int
    ending: str
    scenario: Scenario
    faults: tuple[str, ...]
    signal_at: int | None
    """The signal arrives just after the response to this request, counted by the gate; None for no signal."""
    signal_number: Signals
    leave: bool
    """`--on-timeout leave`."""

    @property
    def true_code(self) -> int:
        return ENDINGS[self.ending][1]

    @property
    def describe(self) -> str:
        signal = f", {self.signal_number.name} at request {self.signal_at}" if self.signal_at else ""
        return f"seed {self.seed}: {self.ending}; {' '.join(self.faults) or 'no fault'}{signal}"


def make_case(seed: int) -> Case:
    """Return the combination for a seed."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    ending = dice.choice(sorted(ENDINGS))
    changes = dict(ENDINGS[ending][0])
    changes.setdefault("run_seconds", dice.choice((0.0, 2.0, 8.0, 20.0)))
    if ending == "overlap":
        changes["run_seconds"] = 8.0
    scenario = Scenario(pending_seconds=dice.choice((0.0, 2.0)), history=dice.choice((0, 3)), **changes)  # type: ignore[arg-type]
    faults = []
    for where in ("trigger", "list", "scores", "cancel", "any"):
        if dice.random() < (0.6 if where in ("trigger", "list") else 0.3):
            name = dice.choice(FAULTS[where])
            first = dice.choice((1, 1, 2, 3)) if where != "any" else dice.choice((2, 4, 6))
            length = dice.choice((1, 1, 2))
            faults.append(f"{name}@{where}:{first}-{first + length - 1}")
    signal_at = dice.choice((None, None, dice.randint(1, MAX_SIGNAL_AT)))
    number = dice.choice((Signals.SIGINT, Signals.SIGTERM))
    return Case(seed, ending, scenario, tuple(faults), signal_at, number, dice.random() < 0.1)
