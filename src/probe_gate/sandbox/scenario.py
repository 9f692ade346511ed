"""What happens to the runs of a target, as one frozen value.

A scenario says how long a run takes, which words the platform uses for it, how it ends, and what
the scores say afterwards. Named ones are in `scenarios`; others are made with `replace`. What the
platform means by its dates and counts is the scenario's `reading`.
All durations are seconds of the run's own time: the sandbox's `speed` divides them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from probe_gate.sandbox.probes import CATEGORIES, Probe, probes_for
from probe_gate.sandbox.profiles import PROFILES
from probe_gate.sandbox.readings import Reading, parse_reading

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
    """The test cases of a run of all probes, when it has ended."""

    passed: int = 209
    failed: int = 11
    errors: int = 0
    planned: int | None = None
    """None is the sum of the others; any other number contradicts them on purpose."""

    @property
    def total(self) -> int:
        return self.planned if self.planned is not None else self.passed + self.failed + self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How runs go and end. The default is a run that completes with good scores."""

    summary: str = ""
    """One line for people."""

    statuses: tuple[str | None, ...] = ("PENDING", "RUNNING", "COMPLETED")
    """Queued, one or more words in between (each for an equal share of the run), ended. Two words
    are going and ended; one is shown for ever."""
    cancelled_status: str | None = "CANCELLED"
    cancel_works: bool = True
    """False: the platform says yes to a cancel, and the run goes on."""
    cancel_seconds: float = 0.0
    """From the cancel to the run being over."""
    pending_seconds: float = 2.0
    run_seconds: float = 20.0
    """From the start to the end; infinite for a run that never ends."""
    ends_at: float = 1.0
    """Share of the planned test cases that were executed when the run ended."""
    counts: Counts = field(default_factory=Counts)
    probes_run: int | None = None
    """Only so many of the probes that were asked for really run; None is all."""

    profile: str = "linear"
    show_counts: bool = True
    show_progress: bool = True
    progress_scale: float = 1.0
    """1 when progress goes from 0 to 1, 100 when it goes to 100."""
    listing_lag_seconds: float = 0.0
    """A new run is not in the listing before."""
    vanish_after_seconds: float | None = None
    """From then on the run is in the listing no more."""
    order: Order = "newest-first"

    categories: Mapping[str, float | None] = field(default_factory=lambda: dict(PASSING_CATEGORIES))
    """The score that the run gives to each category; None is a category without a score."""
    overall: int | None = None
    """None calculates it from the categories."""
    scores_null: bool = False
    """The whole map of categories is null."""

    history: int = 0
    """Finished runs that the target has at the start."""
    earlier_categories: Mapping[str, float | None] | None = None
    """The scores those runs left; None is the same as `categories`."""
    reading: Reading = field(default_factory=Reading)
    """What the platform means by its dates and counts, and which other runs the target has."""

    faults: tuple[str, ...] = ()
    """Faults that belong to the scenario, in the words of `--fault`."""

    def __post_init__(self) -> None:
        if not self.statuses:
            raise ValueError("a scenario needs at least one status word")
        if self.profile not in PROFILES:
            raise ValueError(f"no profile is called {self.profile!r}: use one of {', '.join(PROFILES)}")
        if min(self.pending_seconds, self.run_seconds, self.listing_lag_seconds) < 0:
            raise ValueError("a scenario's durations cannot be negative")

    @property
    def completes(self) -> bool:
        """Whether its runs end with a result."""
        return (self.statuses[-1] or "").upper() in ("COMPLETED", "FINISHED")

    @property
    def end_status(self) -> str | None:
        """The status of a run that has ended by itself."""
        return self.reading.status if self.completes and self.reading.status is not None else self.statuses[-1]

    @property
    def probes(self) -> tuple[Probe, ...]:
        """The probes that are configured on a target of this scenario."""
        return probes_for(tuple(self.categories), self.reading.configured)

    def replace(self, **changes: Any) -> Scenario:
        """The same scenario with some of its fields changed."""
        return dataclasses.replace(self, **changes)

    def with_reading(self, text: str | Iterable[str]) -> Scenario:
        """The same scenario on a platform that means what `text` says, in the words of `--reading`.

        Raises:
            ValueError: The text is no reading, or contradicts that of the scenario.
        """
        return self.replace(reading=parse_reading(text, self.reading))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; infinite durations are the text `inf`, the reading is text too."""
        values = dataclasses.asdict(self)
        for key, value in values.items():
            if isinstance(value, float) and math.isinf(value):
                values[key] = "inf"
        return {**values, "reading": str(self.reading)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Scenario:
        """The inverse of `to_json`. Raises `ValueError` or `TypeError` for what is no scenario."""
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
        return cls(**read)


ALL_CATEGORIES = CATEGORIES
