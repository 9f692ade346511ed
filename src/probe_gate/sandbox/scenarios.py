"""Scenarios: what happens to the runs of a target, and the scenarios with a name.

A scenario says how long a run takes, which statuses it goes through, how it ends, and what the scores are afterwards.
Its `reading` says what the platform means by dates and counts. Durations are in seconds of the run's time, which the
sandbox's `speed` divides.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from probe_gate.sandbox.readings import Reading, parse_reading
from probe_gate.sandbox.targets import CATEGORIES, Probe, probes_for

STUCK_AT = 0.9
_STUCK_FROM, _STUCK_TO = 0.6, 0.6 + 1 / 3
_STEPS = 5


def _linear(elapsed_fraction: float) -> float:
    return elapsed_fraction


def _s_shaped(elapsed_fraction: float) -> float:
    return (1 - math.cos(math.pi * elapsed_fraction)) / 2


def _steps(elapsed_fraction: float) -> float:
    return math.floor(elapsed_fraction * _STEPS) / _STEPS


def _stuck(elapsed_fraction: float) -> float:
    """Reach 90 % early, stay there for a third of the time, then continue."""
    if elapsed_fraction < _STUCK_FROM:
        return STUCK_AT * elapsed_fraction / _STUCK_FROM
    if elapsed_fraction < _STUCK_TO:
        return STUCK_AT
    return STUCK_AT + (1 - STUCK_AT) * (elapsed_fraction - _STUCK_TO) / (1 - _STUCK_TO)


def _backwards(elapsed_fraction: float) -> float:
    """Fall from 80 % to 20 % while the run is active."""
    return 0.8 - 0.6 * elapsed_fraction


def _silent(elapsed_fraction: float) -> float:
    """Report nothing; the run also hides its counts and its progress."""
    del elapsed_fraction
    return 0.0


PROFILES: dict[str, Callable[[float], float]] = {
    "linear": _linear,
    "s-shaped": _s_shaped,
    "steps": _steps,
    "stuck": _stuck,
    "backwards": _backwards,
    "silent": _silent,
}


def displayed_fraction(profile: str, elapsed_fraction: float) -> float:
    """Return the fraction of test cases that are reported as executed: 0 before the start, 1 after the end."""
    if elapsed_fraction >= 1:
        return 1.0
    if elapsed_fraction <= 0:
        return 0.0
    return PROFILES[profile](elapsed_fraction)


Order = Literal["newest-first", "oldest-first", "shuffled"]

PASSING_CATEGORIES: Mapping[str, float | None] = {
    "Security": 92,
    "Safety": 95,
    "Business Alignment": 88,
    "Hallucination & Trustworthiness": 84,
    "Custom": 90,
}


@dataclass(frozen=True, slots=True)
class Counts:
    """The test cases of a finished run of all probes."""

    passed: int = 209
    failed: int = 11
    errors: int = 0
    planned: int | None = None
    """The total; None for the sum of the others. Another number contradicts them on purpose."""

    @property
    def total(self) -> int:
        return self.planned if self.planned is not None else self.passed + self.failed + self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How runs progress and end. The default is a run that completes with good scores."""

    summary: str = ""
    """One line of documentation."""

    statuses: tuple[str | None, ...] = ("PENDING", "RUNNING", "COMPLETED")
    """Queued, one or more statuses in between (each for an equal part of the run), ended. Two statuses mean active and
    ended; a single one never changes."""
    cancelled_status: str | None = "CANCELLED"
    cancel_works: bool = True
    """If False, the platform accepts a cancel, but the run continues."""
    cancel_seconds: float = 0.0
    """From the cancel to the end of the run."""
    pending_seconds: float = 2.0
    run_seconds: float = 20.0
    """From the start to the end; infinite if the run never ends."""
    ends_at: float = 1.0
    """The fraction of planned test cases that have been executed when the run ends."""
    counts: Counts = field(default_factory=Counts)
    probes_run: int | None = None
    """How many of the requested probes run; None for all."""

    profile: str = "linear"
    render_counts: bool = True
    show_progress: bool = True
    progress_scale: float = 1.0
    """The value of progress at the end: 1 or 100."""
    listing_lag_seconds: float = 0.0
    """When a new run appears in the run list, after its trigger."""
    vanish_after_seconds: float | None = None
    """When the run disappears from the run list, after its trigger; None for never."""
    order: Order = "newest-first"

    categories: Mapping[str, float | None] = field(default_factory=lambda: dict(PASSING_CATEGORIES))
    """The score of each category after the run; None for a category without a score."""
    overall: int | None = None
    """The overall score; None to calculate it from the categories."""
    scores_null: bool = False
    """Whether the map of categories is null."""

    history: int = 0
    """The number of finished runs of the target at the start."""
    earlier_categories: Mapping[str, float | None] | None = None
    """The scores after those runs; None for the same as `categories`."""
    reading: Reading = field(default_factory=Reading)
    """What the platform means by dates and counts, and which other runs the target has."""

    faults: tuple[str, ...] = ()
    """The faults of the scenario, in the syntax of `--fault`."""

    later_runs: tuple[Scenario, ...] = ()
    """What the second, third, ... run of the target is like, where it differs from the first one; the last of them
    stands for all further runs. Their reading is that of the first."""

    def __post_init__(self) -> None:
        if not self.statuses:
            raise ValueError("a scenario needs at least one status")
        if self.profile not in PROFILES:
            raise ValueError(f"no profile is called {self.profile!r}: use one of {', '.join(PROFILES)}")
        if min(self.pending_seconds, self.run_seconds, self.listing_lag_seconds) < 0:
            raise ValueError("a scenario's durations cannot be negative")

    def of_run(self, number: int) -> Scenario:
        """Return the scenario of a run of the target, counted from 0."""
        return (self, *self.later_runs)[min(number, len(self.later_runs))]

    @property
    def completes(self) -> bool:
        """Whether its runs complete."""
        return (self.statuses[-1] or "").upper() in ("COMPLETED", "FINISHED")

    @property
    def end_status(self) -> str | None:
        """The status of a run that ended without being cancelled."""
        return self.reading.status if self.completes and self.reading.status is not None else self.statuses[-1]

    @property
    def probes(self) -> tuple[Probe, ...]:
        """The probes that are configured on the target."""
        return probes_for(tuple(self.categories), self.reading.configured)

    def replace(self, **changes: Any) -> Scenario:
        """Return the same scenario with some of its fields changed."""
        return dataclasses.replace(self, **changes)

    def with_reading(self, text: str | Iterable[str]) -> Scenario:
        """Return the scenario with its reading changed by `text`, in the syntax of `--reading`.

        Raises:
            ValueError: The text is invalid, or contradicts the scenario's reading.
        """
        return self.replace(reading=parse_reading(text, self.reading))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values. An infinite duration is the text `inf`; the reading is text too."""
        values = dataclasses.asdict(self)
        for key, value in values.items():
            if isinstance(value, float) and math.isinf(value):
                values[key] = "inf"
        later = [scenario.to_json() for scenario in self.later_runs]
        return {**values, "reading": str(self.reading), "later_runs": later}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario for the result of `to_json`.

        Raises:
            ValueError: A field is unknown or its value invalid.
            TypeError: A value has the wrong type.
        """
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f"a scenario has no {', '.join(sorted(unknown))}")
        read: dict[str, Any] = {key: math.inf if value == "inf" else value for key, value in values.items()}
        if "reading" in read:
            read["reading"] = parse_reading(read["reading"])
        if "counts" in read:
            read["counts"] = Counts(**read["counts"])
        for key in ("statuses", "faults"):
            if key in read:
                read[key] = tuple(read[key])
        if "later_runs" in read:
            read["later_runs"] = tuple(cls.from_json(later) for later in read["later_runs"])
        return cls(**read)


ALL_CATEGORIES = CATEGORIES


_GOOD = Scenario(history=12, earlier_categories={**PASSING_CATEGORIES, "Safety": 92, "Custom": 91})

_FAILING_CATEGORIES = {
    "Security": 41,
    "Safety": 63,
    "Business Alignment": 70,
    "Hallucination & Trustworthiness": 58,
    "Custom": 66,
}
_WITHOUT_SAFETY = {name: score for name, score in PASSING_CATEGORIES.items() if name != "Safety"}

SCENARIOS: dict[str, Scenario] = {
    "passing": _GOOD.replace(summary="The run completes and all scores are good."),
    "failing": _GOOD.replace(
        summary="The run completes and the overall score is far too low.",
        categories=_FAILING_CATEGORIES,
        counts=Counts(passed=132, failed=88),
    ),
    "category-low": _GOOD.replace(
        summary="The overall score is good, one category (Safety) is not.",
        categories={**PASSING_CATEGORIES, "Safety": 52},
        overall=82,
        counts=Counts(passed=187, failed=33),
    ),
    "unlucky": _GOOD.replace(
        summary="The first run fails by a few points, and the ones after it pass: for --confirm 2.",
        categories={**PASSING_CATEGORIES, "Custom": 76},
        overall=78,
        counts=Counts(passed=196, failed=24),
        later_runs=(_GOOD, _GOOD.replace(counts=Counts(passed=207, failed=13))),
    ),
    "first-run": Scenario(
        summary="The target never ran before: its scores are zeros until the run has ended.",
    ),
    "never-scored": Scenario(
        summary="The target never ran before: asking for its scores is a 404 until the run has ended.",
        reading=Reading(no_scores="404"),
    ),
    "run-failed": _GOOD.replace(
        summary="The run ends FAILED on the platform after 40 % of its test cases.",
        statuses=("PENDING", "RUNNING", "FAILED"),
        ends_at=0.4,
    ),
    "run-cancelled": _GOOD.replace(
        summary="Somebody cancels the run on the platform half-way.",
        statuses=("PENDING", "RUNNING", "CANCELLED"),
        ends_at=0.5,
    ),
    "slow": _GOOD.replace(
        summary="The run waits a minute in the queue and then takes an hour.",
        pending_seconds=60,
        run_seconds=3600,
        profile="s-shaped",
    ),
    "never-ends": _GOOD.replace(summary="The run stays RUNNING forever.", run_seconds=math.inf, profile="stuck"),
    "flaky": _GOOD.replace(
        summary="The platform now and then answers 429 or 5xx, or resets the connection.",
        faults=("503@reads:20%", "429=1@reads:10%", "reset@reads:10%", "502@reads:5%"),
    ),
    "stale-scores": _GOOD.replace(
        summary="The scores never include the run: they stay those of an earlier one.",
        reading=Reading(lag=math.inf),
    ),
    "late-scores": _GOOD.replace(
        summary="The scores include the run only 30 seconds after it has ended.",
        reading=Reading(lag=30),
    ),
    "target-errors": _GOOD.replace(
        summary="Most test cases end in error, because the target does not answer.",
        counts=Counts(passed=60, failed=4, errors=156),
    ),
    "no-score": _GOOD.replace(
        summary="The run completes, and the scores have no categories at all (null).",
        scores_null=True,
        overall=0,
    ),
    "null-category": _GOOD.replace(
        summary="One category (Safety) has no score (null).",
        categories={**PASSING_CATEGORIES, "Safety": None},
    ),
    "missing-category": _GOOD.replace(
        summary="One category (Safety) is not reported at all.",
        categories=_WITHOUT_SAFETY,
        earlier_categories=_WITHOUT_SAFETY,
    ),
    "unknown-status": _GOOD.replace(
        summary="The run ends with an unknown status.",
        statuses=("PENDING", "RUNNING", "ARCHIVED"),
    ),
    "overlap": _GOOD.replace(
        summary="Somebody else starts another run on the target in the middle of ours.",
        reading=Reading(nightly_during=8, nightly_length=25),
    ),
    "busy": _GOOD.replace(
        summary="Another run is active on the target at the start, and ends after 15 seconds.",
        reading=Reading(nightly_before=15),
    ),
    "vocab": _GOOD.replace(
        summary="The platform says Pending, Running and Finished, and progress goes to 100.",
        statuses=("Pending", "Running", "Finished"),
        cancelled_status="Canceled",
        progress_scale=100,
    ),
    "vanish": _GOOD.replace(summary="The run disappears from the listing in the middle.", vanish_after_seconds=10),
    "late-listing": _GOOD.replace(
        summary="A new run appears in the listing only after 8 seconds.", listing_lag_seconds=8
    ),
    "silent": _GOOD.replace(summary="The run shows neither counts nor progress while it is active.", profile="silent"),
    "stuck": _GOOD.replace(summary="Progress stays at 90 % for a third of the run.", profile="stuck", run_seconds=60),
    "contradiction": _GOOD.replace(
        summary="A COMPLETED run whose counts exceed the number of its test cases.",
        counts=Counts(passed=209, failed=11, planned=150),
    ),
    "half-run": _GOOD.replace(summary="A COMPLETED run that executed only half of its test cases.", ends_at=0.5),
    "fewer-probes": _GOOD.replace(summary="Fewer probes run than were asked for.", probes_run=3),
    "nothing-ran": _GOOD.replace(summary="A COMPLETED run without a single test case.", counts=Counts(0, 0, 0)),
    "cancel-ignored": _GOOD.replace(
        summary="The platform accepts a cancel, and the run continues.", cancel_works=False
    ),
}


def find_scenario(name: str) -> Scenario:
    """Return the scenario of that name.

    Raises:
        LookupError: There is none; the message suggests the nearest name.
    """
    try:
        return SCENARIOS[name]
    except KeyError:
        near = get_close_matches(name, SCENARIOS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise LookupError(f"There is no scenario called {name!r}.{hint}") from None
