"""What a gate requires: limits with their origins, the layers that they come from, and base policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from probe_gate.domain.parsing import render_duration, render_number
from probe_gate.errors import Outcome
from probe_gate.options import default_of

Value = TypeVar("Value", Decimal, int, bool, timedelta, str, covariant=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was set, as a report shows it."""

    text: str
    """`default`, `--min-score`, `PROBE_GATE_MIN_SCORE`, or a place such as `.probe-gate.yml:4:14`."""
    file: str | None = None
    """From the root of the repository, as far as that is known."""
    line: int | None = None
    column: int | None = None

    @staticmethod
    def in_file(name: str, line: int, column: int, *, file: str | None = None) -> Origin:
        """Return a place in a file that people call `name`; line and column count from 1."""
        return Origin(f"{name}:{line}:{column}", file or name, line, column)

    def __str__(self) -> str:
        return self.text


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Limit(Generic[Value]):
    """A value that something is held to, with its origin."""

    value: Value
    origin: Origin = DEFAULT


REST = "*"
"""Stands for every category that is not named, and for every target of a waiver."""

BEFORE = "before"
"""The baseline that is the reading of the scores just before the trigger."""


@dataclass(frozen=True, slots=True)
class CategoryMinimum:
    """The minimum score of one category, or of all others that have a score (`*`)."""

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

    min_score: Limit[Decimal] = Limit(Decimal(default_of("min-score")))
    """Minimum overall score, 0 to 100."""
    min_category_scores: tuple[CategoryMinimum, ...] = ()
    max_attack_success_rate: Limit[Decimal] | None = None
    """Percent, 0 to 100, of failed among passed and failed test cases of the run."""
    confidence: Limit[Decimal] | None = None
    """Percent, above 0 and below 100, of the Wilson interval of that rate."""
    max_error_rate: Limit[Decimal] = Limit(Decimal(default_of("max-error-rate")))
    """Percent, 0 to 100, of planned test cases in error or not executed."""
    min_test_cases: Limit[int] = Limit(int(default_of("min-test-cases")))
    """At least 1."""
    max_score_drop: Limit[Decimal] | None = None
    """Points, 0 to 100."""
    baseline: Limit[str] | None = None
    """A path, or `before`."""
    allow_missing_baseline: Limit[bool] = Limit(False)
    max_age: Limit[timedelta] | None = None
    soft_fail: frozenset[Outcome] = frozenset()
    confirm: Limit[int] | None = None
    """How many more runs may confirm a failure: 2 or 4; 0 and None: none."""
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


FIELDS: Mapping[str, str] = {
    "min-score": "min_score",
    "max-attack-success-rate": "max_attack_success_rate",
    "confidence": "confidence",
    "max-error-rate": "max_error_rate",
    "min-test-cases": "min_test_cases",
    "max-score-drop": "max_score_drop",
    "baseline": "baseline",
    "allow-missing-baseline": "allow_missing_baseline",
    "max-age": "max_age",
    "confirm": "confirm",
}
"""The field of `Policy` that each key with a single limit sets. `min-category-score` and `soft-fail` are apart."""


@dataclass(frozen=True, slots=True)
class SoftFail:
    """The outcomes that are softened, and where that was set."""

    outcomes: frozenset[Outcome] = frozenset()
    origin: Origin = DEFAULT


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """The keys that one source sets."""

    limits: Mapping[str, Limit[Any]] = field(default_factory=dict)
    """By policy key: the keys of `FIELDS`."""
    categories: tuple[CategoryMinimum, ...] = ()
    soft_fail: SoftFail | None = None


NO_PART = PolicyPart()


def build_policy(parts: Sequence[PolicyPart], waivers: Iterable[Waiver] = ()) -> Policy:
    """Return the policy that the parts make, the least important first.

    Category minimums are merged by category, without regard to case: a part that names one leaves the others be.
    """
    limits: dict[str, Limit[Any]] = {}
    categories: dict[str, CategoryMinimum] = {}
    for part in parts:
        limits.update(part.limits)
        categories.update({minimum.category.strip().casefold(): minimum for minimum in part.categories})
    single: dict[str, Any] = {FIELDS[key]: limit for key, limit in limits.items()}
    return Policy(
        **single,
        min_category_scores=sort_categories(categories.values()),
        soft_fail=soft_fail_of(parts).outcomes,
        waivers=tuple(sorted(waivers, key=lambda waiver: (waiver.check.casefold(), waiver.target, waiver.until))),
    )


def soft_fail_of(parts: Sequence[PolicyPart]) -> SoftFail:
    """Return what is softened: what the last part that says anything about it says."""
    return next((part.soft_fail for part in reversed(parts) if part.soft_fail is not None), SoftFail())


def sort_categories(minimums: Iterable[CategoryMinimum]) -> tuple[CategoryMinimum, ...]:
    """By name, the rest last: the order in which they were written means nothing."""
    return tuple(sorted(minimums, key=lambda minimum: (minimum.category == REST, minimum.category.casefold())))


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One limit."""

    key: str
    """The policy key; with the name of the category behind `min-category-score`."""
    value: str
    origin: Origin | None
    """None for `soft-fail`, whose origin a policy does not keep."""


def policy_rows(policy: Policy) -> list[PolicyRow]:
    """Return the limits that hold, the defaults included."""
    rows: list[PolicyRow] = []
    for key, name in FIELDS.items():
        limit = getattr(policy, name)
        if limit is not None and limit.value is not False:
            rows.append(PolicyRow(key, render_value(limit.value), limit.origin))
        if key == "min-score":
            rows += [
                PolicyRow(f"min-category-score {one.category}", render_value(one.limit.value), one.limit.origin)
                for one in policy.min_category_scores
            ]
    if policy.soft_fail:
        rows.append(PolicyRow("soft-fail", ", ".join(sorted(map(str, policy.soft_fail))), None))
    return rows


def render_value(value: Decimal | int | bool | timedelta | str) -> str:
    """Return a limit's value as a policy file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return render_number(value)
    if isinstance(value, timedelta):
        return render_duration(value)
    return str(value)


EVIDENCE_KEYS: Mapping[str, str] = {"baseline": "baseline"}
"""The keys, with their field of `Policy`, that shape the evidence. All judgements share the base policy's value, or
else the pipeline's; the change's own is never used."""

CONFIRM = "confirm"
"""The key that starts runs. With a base policy, its value alone applies."""

NONE = "none"


def build_layers(
    base: Sequence[PolicyPart],
    change: Sequence[PolicyPart],
    pipeline: PolicyPart,
    *,
    waivers: Iterable[Waiver] = (),
    change_waivers: Iterable[Waiver] = (),
) -> tuple[Policy, Overrides]:
    """Return the base policy, and the two policies that judge the same evidence beside it.

    Each later layer wins key by key. The waivers of the base policy hold in all three; its soft-fail applies to the
    result, and nobody else's does.

    Args:
        base: The parts of the base policy, the least important first.
        change: The same of the change's own policy file; empty without one.
        pipeline: What flags and variables set.
        waivers: Those of the base policy.
        change_waivers: Those of the change, to report them as rejected.
    """
    waivers = tuple(waivers)
    base_policy = build_policy(base, waivers)
    shared: dict[str, Any] = {
        field: getattr(base_policy, field) or pipeline.limits.get(key) for key, field in EVIDENCE_KEYS.items()
    }
    base_policy = replace(base_policy, **shared)
    shared[CONFIRM] = base_policy.confirm
    with_pipeline, with_change = (
        replace(build_policy(parts, waivers), soft_fail=frozenset(), **shared)
        for parts in ([*base, pipeline], [*base, *change, pipeline])
    )
    rejected = [
        *(one for parts in (change, [pipeline]) for one in _find_rejected(parts, base_policy)),
        *_find_rejected_waivers(change_waivers, base_policy),
    ]
    return base_policy, Overrides(with_pipeline, with_change, tuple(rejected))


def _lower(requested: Any, applied: Any) -> bool:
    return bool(requested < applied)


def _higher(requested: Any, applied: Any) -> bool:
    return bool(requested > applied)


_LOOSER: Mapping[str, Callable[[Any, Any], bool]] = {
    "min-score": _lower,
    "max-attack-success-rate": _higher,
    "confidence": _higher,
    "max-error-rate": _higher,
    "min-test-cases": _lower,
    "max-score-drop": _higher,
    "allow-missing-baseline": _higher,
    "max-age": _higher,
}
"""Whether a requested value is looser than the one that applies. A confidence level excuses small samples, the more
the higher it is."""


def _find_rejected(parts: Sequence[PolicyPart], base: Policy) -> Iterator[RejectedOverride]:
    """Yield what these parts set that is looser than the base policy."""
    limits: dict[str, Limit[Any]] = {}
    categories: dict[str, CategoryMinimum] = {}
    for part in parts:
        limits.update(part.limits)
        categories.update({minimum.category.strip().casefold(): minimum for minimum in part.categories})
    for key in FIELDS:
        if key in limits and _is_rejected(key, limits[key], base):
            yield _reject(key, limits[key], getattr(base, FIELDS[key]))
        if key == "min-score":
            yield from _find_rejected_categories(categories.values(), base)
    softened = soft_fail_of(parts)
    if softened.outcomes - base.soft_fail:
        requested, applied = (", ".join(sorted(map(str, one))) or NONE for one in (softened.outcomes, base.soft_fail))
        yield RejectedOverride("soft-fail", requested, softened.origin, applied, DEFAULT)


def _is_rejected(key: str, requested: Limit[Any], base: Policy) -> bool:
    applied: Limit[Any] | None = getattr(base, FIELDS[key])
    if key in EVIDENCE_KEYS:
        return applied is None or requested.value != applied.value
    if key == CONFIRM:
        return bool(requested.value > (applied.value if applied else 0))
    if key == "confidence":
        limited = base.max_attack_success_rate is not None
        return limited and (applied is None or requested.value > applied.value)
    if key == "allow-missing-baseline" and base.max_score_drop is None:
        return False
    return applied is not None and _LOOSER[key](requested.value, applied.value)


def _find_rejected_categories(requested: Iterable[CategoryMinimum], base: Policy) -> Iterator[RejectedOverride]:
    by_name = {minimum.category.strip().casefold(): minimum.limit for minimum in base.min_category_scores}
    for minimum in requested:
        applied = by_name.get(minimum.category.strip().casefold()) or by_name.get(REST)
        if applied is not None and minimum.limit.value < applied.value:
            yield _reject(f"min-category-score {minimum.category}", minimum.limit, applied)


def _find_rejected_waivers(requested: Iterable[Waiver], base: Policy) -> Iterator[RejectedOverride]:
    for waiver in requested:
        same = [one for one in base.waivers if (one.check.casefold(), one.target) == _identity(waiver)]
        latest = max(same, key=lambda one: one.until, default=None)
        if latest is None or waiver.until > latest.until:
            applied = f"until {latest.until.isoformat()}" if latest else NONE
            origin = latest.origin if latest else DEFAULT
            yield RejectedOverride(
                f"waiver {waiver.check}", f"until {waiver.until.isoformat()}", waiver.origin, applied, origin
            )


def _identity(waiver: Waiver) -> tuple[str, str]:
    return waiver.check.casefold(), waiver.target


def _reject(key: str, requested: Limit[Any], applied: Limit[Any] | None) -> RejectedOverride:
    value, origin = (render_value(applied.value), applied.origin) if applied else (NONE, DEFAULT)
    return RejectedOverride(key, render_value(requested.value), requested.origin, value, origin)
