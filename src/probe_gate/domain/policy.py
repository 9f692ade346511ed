"""The policy: every limit that a target is held to, each with its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from probe_gate.domain.limit import Limit, Origin
from probe_gate.errors import Outcome

REST = "*"
"""Stands for every category that is not named, and for every target of a waiver."""

BEFORE = "before"
"""The baseline that is the reading of the scores just before the trigger."""


@dataclass(frozen=True, slots=True)
class CategoryMinimum:
    """The least score of one category, or of all others that have a score (`*`)."""

    category: str
    limit: Limit[Decimal]


@dataclass(frozen=True, slots=True)
class Waiver:
    """One failed check of one target that does not count for a while."""

    check: str
    """A check id, such as `category-score:Safety`; compared without regard to case."""
    target: str
    """A target id as text, or `*`."""
    until: date
    """The last day, in UTC, on which it holds."""
    reason: str
    approved_by: str = ""
    origin: Origin = Origin("default")


@dataclass(frozen=True, slots=True)
class Policy:
    """What is good enough for one target."""

    min_score: Limit[Decimal] = Limit(Decimal(80))
    """Least overall score, 0 to 100."""
    min_category_scores: tuple[CategoryMinimum, ...] = ()
    max_attack_success_rate: Limit[Decimal] | None = None
    """Percent, 0 to 100, of failed among passed and failed test cases of the run."""
    confidence: Limit[Decimal] | None = None
    """Percent, above 0 and below 100, of the Wilson interval of that rate."""
    max_error_rate: Limit[Decimal] = Limit(Decimal(10))
    """Percent, 0 to 100, of planned test cases in error or not executed."""
    min_test_cases: Limit[int] = Limit(1)
    """At least 1."""
    max_score_drop: Limit[Decimal] | None = None
    """Points, 0 to 100."""
    baseline: Limit[str] | None = None
    """A path, or `before`."""
    allow_missing_baseline: Limit[bool] = Limit(False)
    max_age: Limit[timedelta] | None = None
    soft_fail: frozenset[Outcome] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What a reader of the report should know about the policy itself."""


@dataclass(frozen=True, slots=True)
class RejectedOverride:
    """A setting that would have loosened the base policy, which still applies."""

    key: str
    """The policy key, with the name of the category or check where there is one."""
    requested: str
    requested_origin: Origin
    applied: str
    applied_origin: Origin


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the pipeline and the change under test make of a base policy.

    Neither replaces the base policy: the evidence is judged by each of the three, and the worst outcome of a check
    counts.
    """

    pipeline: Policy
    """The base policy with the pipeline's flags and variables."""
    change: Policy
    """The base policy with the change's own policy file, then the pipeline's flags and variables."""
    rejected: tuple[RejectedOverride, ...] = ()
    """For the reports; nothing is judged by it."""
