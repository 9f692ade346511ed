"""Verdicts of parts as one verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe_gate.domain.combine import combine, end_early
from probe_gate.domain.merge import merge
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict
from probe_gate.errors import AuthError, CancelledError, ConfigError, GateError, Outcome, PlatformError
from tests import factories as make
from tests.examples import examples

Shard = tuple[int, int] | None


def target(id_: int, outcome: Outcome = Outcome.PASSED, *, soft: bool = False, days: int = 0) -> TargetVerdict:
    """A target judged so many days before `NOW`."""
    policy = make.make_policy(soft_fail=frozenset({outcome}) if soft else frozenset())
    made = make.make_target_verdict(id=id_, name=None, outcome=outcome, reason=f"It is {outcome}.", policy=policy)
    return replace(made, evidence=replace(made.evidence, judged_at=make.NOW - timedelta(days=days)))


def part(*targets: TargetVerdict, shard: Shard = None, signal_number: int | None = None, **changes: object) -> Verdict:
    verdict = combine(targets, started_at=make.STARTED, judged_at=make.NOW, shard=shard, signal_number=signal_number)
    return replace(verdict, **changes)  # type: ignore[arg-type]


def test_all_parts_that_passed_are_a_pass() -> None:
    """Three parts, one of them empty, make one verdict over all targets."""
    merged = merge([part(target(1), target(2), shard=(1, 3)), part(shard=(2, 3)), part(target(3), shard=(3, 3))])
    assert (merged.outcome, merged.exit_code, merged.reason) == (Outcome.PASSED, 0, "All 3 targets passed.")
    assert [item.target.id for item in merged.targets] == [1, 2, 3]
    assert [item.shard for item in merged.parts] == [(1, 3), (2, 3), (3, 3)]
    assert (merged.command, merged.shard, merged.problems) == ("merge", None, ())


def test_a_failed_part_fails_the_whole() -> None:
    """The exit code is by the order of outcomes over all targets."""
    merged = merge([part(target(1), shard=(1, 2)), part(target(2, Outcome.FAILED), shard=(2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.FAILED, 1)
    assert merged.reason == "1 of 2 targets failed: target 2."


def test_a_missing_part_is_inconclusive() -> None:
    """Each part that is not there is named."""
    merged = merge([part(target(1), shard=(1, 4)), part(target(2), shard=(3, 4))])
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    assert merged.reason == "Part 2/4 is missing."
    assert merged.problems == ("Part 4/4 is missing.",)
    assert "hand over its report directory" in merged.advice


def test_a_missing_part_hides_no_failure() -> None:
    """What failed has failed, whatever is missing; and what is missing is still said."""
    merged = merge([part(target(1, Outcome.FAILED), shard=(1, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.FAILED, 1)
    assert merged.problems == ("Part 2/2 is missing.",)


def test_parts_of_different_splits_are_inconclusive() -> None:
    """2/2 and 3/3 are not of one gate."""
    merged = merge([part(target(1), shard=(1, 2)), part(target(2), shard=(2, 2)), part(target(3), shard=(3, 3))])
    assert merged.outcome is Outcome.INCONCLUSIVE
    assert merged.reason == "These are parts of different splits: into 2 and 3."


def test_parts_that_disagree_on_a_target_are_inconclusive() -> None:
    """Passed here and failed there proves nothing; both are kept."""
    merged = merge([part(target(1)), part(target(1, Outcome.FAILED)), part(target(2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    assert merged.reason == "Parts disagree on target 1."
    assert sorted((item.target.id, item.outcome.value) for item in merged.targets) == [
        (1, "failed"), (1, "passed"), (2, "passed"),
    ]  # fmt: skip


def test_a_check_that_differs_is_a_disagreement() -> None:
    """The same outcome by different checks is not the same judgement."""
    other = replace(target(1), checks=(make.make_check(outcome=CheckOutcome.WAIVED),))
    assert merge([part(target(1)), part(other)]).outcome is Outcome.INCONCLUSIVE


def test_a_softened_and_a_red_failure_disagree() -> None:
    """Whether a failure counts must not depend on the part that is asked."""
    merged = merge([part(target(1, Outcome.FAILED, soft=True)), part(target(1, Outcome.FAILED))])
    assert merged.exit_code == 7


def test_parts_that_agree_on_a_target_keep_the_latest() -> None:
    """A job that ran twice with the same result is no contradiction."""
    merged = merge([part(target(1, days=2)), part(target(1)), part(target(1, days=1))])
    assert (merged.outcome, merged.exit_code) == (Outcome.PASSED, 0)
    assert [item.evidence.judged_at for item in merged.targets] == [make.NOW]
    assert merged.notes == ("Target 1 is in several parts that agree; the latest is shown.",)


def test_of_two_that_agree_at_one_moment_the_same_is_kept() -> None:
    """Which one does not depend on the order they are given in, though only their policies differ."""
    one, two = part(target(1)), part(target(1, soft=True))
    assert merge([one, two]) == merge([two, one])


def test_softening_is_target_by_target() -> None:
    """A softened failure exits 0 and keeps its name; beside an outage it does not hide it."""
    soft = part(target(1, Outcome.FAILED, soft=True), shard=(1, 2))
    assert merge([soft, part(target(2), shard=(2, 2))]).exit_code == 0
    assert merge([soft, part(target(2), shard=(2, 2))]).outcome is Outcome.FAILED
    assert merge([soft, part(target(2, Outcome.PLATFORM_ERROR), shard=(2, 2))]).exit_code == 4


def early(error: GateError, shard: Shard = None) -> Verdict:
    return end_early(error, started_at=make.STARTED, judged_at=make.NOW, shard=shard)


def test_a_part_that_ended_early_counts() -> None:
    """A part without targets that met a wrong key decides, with its words."""
    merged = merge([part(target(1), shard=(1, 2)), early(AuthError("The key has expired.", "Make one."), (2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.AUTH_ERROR, 3)
    assert (merged.reason, merged.advice) == ("The key has expired.", "Make one.")
    assert merged.problems == ()


def test_every_mistake_of_every_part_is_told() -> None:
    """The problems of parts that were wrongly configured stay, each once."""
    one = early(ConfigError("2 mistakes.", problems=("a", "b")), (1, 2))
    two = early(ConfigError("2 mistakes.", problems=("b", "c")), (2, 2))
    merged = merge([one, two])
    assert (merged.reason, merged.problems) == ("2 mistakes.", ("a", "b", "c"))


@pytest.mark.parametrize("signal_number", [2, 15])
def test_a_cancelled_part_cancels_the_whole(signal_number: int) -> None:
    """With the exit code of its signal, whether it had judged a target or not."""
    judged = part(target(1, Outcome.CANCELLED), shard=(1, 2), signal_number=signal_number)
    for cancelled in (judged, early(CancelledError(signal_number), (1, 2))):
        merged = merge([cancelled, part(target(2, Outcome.FAILED), shard=(2, 2))])
        assert (merged.outcome, merged.exit_code) == (Outcome.CANCELLED, 128 + signal_number)


def test_a_skipped_part_is_said() -> None:
    """Parts that were skipped for want of a key, one or all, are green and keep that name."""
    skipped = make.make_early_verdict(outcome=Outcome.SKIPPED, exit_code=0, reason="There is no key.", problems=())
    assert (merge([skipped, skipped]).outcome, merge([skipped]).exit_code) == (Outcome.SKIPPED, 0)
    assert merge([skipped, part(target(1))]).outcome is Outcome.SKIPPED
    assert merge([skipped, part(target(1, Outcome.FAILED))]).exit_code == 1


def test_only_empty_parts_prove_nothing() -> None:
    """A whole without any target is no pass."""
    merged = merge([part(shard=(1, 2)), part(shard=(2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    assert merged.reason == "No part holds a target, so nothing was judged."


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": Outcome.PASSED, "exit_code": 0, "targets": (), "shard": None},
        {"outcome": Outcome.PASSED, "exit_code": 0, "targets": (target(1, Outcome.FAILED),)},
        {"outcome": Outcome.PASSED, "exit_code": 1},
        {"outcome": Outcome.SKIPPED, "exit_code": 7, "targets": ()},
        {"outcome": Outcome.FAILED, "exit_code": 0},
        {"outcome": Outcome.INCONCLUSIVE, "exit_code": 0},
    ],
)
def test_a_part_that_contradicts_itself_is_no_pass(changes: dict[str, object]) -> None:
    """A part whose outcome its targets do not show does not pass."""
    merged = merge([replace(part(target(1)), **changes), part(target(2))])  # type: ignore[arg-type]
    assert merged.exit_code != 0


def test_nothing_to_merge() -> None:
    """Merging no verdict at all is the caller's mistake."""
    with pytest.raises(ValueError, match="nothing to merge"):
        merge([])


# --- merging is a union -----------------------------------------------------------------------------

SHARDS = st.sampled_from((None, (1, 2), (2, 2), (1, 3)))
CHECKS = st.sampled_from((make.make_check(), make.make_failed_check()))
ERRORS = st.sampled_from(
    (
        AuthError("The key has expired."),
        ConfigError("2 mistakes.", problems=("a", "b")),
        PlatformError("Down."),
        CancelledError(2),
        CancelledError(15),
    )
)


@st.composite
def some_targets(draw: st.DrawFn) -> TargetVerdict:
    made = target(
        draw(st.integers(1, 3)),
        draw(st.sampled_from(Outcome)),
        soft=draw(st.booleans()),
        days=draw(st.integers(0, 2)),
    )
    checks: tuple[Check, ...] = tuple(draw(st.lists(CHECKS, max_size=1)))
    return replace(made, checks=checks)


@st.composite
def some_parts(draw: st.DrawFn) -> Verdict:
    shard = draw(SHARDS)
    notes = tuple(draw(st.lists(st.sampled_from("xyz"), max_size=2)))
    if draw(st.integers(0, 4)) == 0:
        return replace(early(draw(ERRORS), shard), notes=notes)
    targets = draw(st.lists(some_targets(), max_size=3, unique_by=lambda item: item.target.id))
    made = part(*targets, shard=shard, signal_number=draw(st.sampled_from((None, 2, 15))), notes=notes)
    if draw(st.integers(0, 9)) == 0:
        return replace(made, outcome=draw(st.sampled_from(Outcome)))
    return replace(made, started_at=made.started_at - timedelta(hours=draw(st.integers(0, 2))))


UNION = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNION
@given(st.lists(some_parts(), min_size=1, max_size=4), st.randoms())
def test_the_order_does_not_matter(parts: list[Verdict], random: object) -> None:
    """Merging is commutative."""
    shuffled = parts[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(shuffled) == merge(parts)


@UNION
@given(st.lists(some_parts(), min_size=2, max_size=5), st.data())
def test_the_grouping_does_not_matter(parts: list[Verdict], data: st.DataObject) -> None:
    """Merging is associative: merged reports can be merged again."""
    cut = data.draw(st.integers(1, len(parts) - 1))
    assert merge([merge(parts[:cut]), merge(parts[cut:])]) == merge(parts)
    assert merge([merge(parts[:cut]), *parts[cut:]]) == merge(parts)


@UNION
@given(st.lists(some_parts(), min_size=1, max_size=4))
def test_a_part_given_twice_changes_nothing(parts: list[Verdict]) -> None:
    """Merging is idempotent on equal parts, and on what has been merged."""
    merged = merge(parts)
    assert merge([*parts, *parts]) == merged
    assert merge([merged]) == merged
    assert merge([merged, *parts]) == merged


@UNION
@given(st.lists(some_parts(), min_size=1, max_size=4))
def test_a_red_part_never_merges_to_green(parts: list[Verdict]) -> None:
    """The whole is green only when each part is."""
    if any(item.exit_code != 0 for item in parts):
        assert merge(parts).exit_code != 0
