"""Verdicts of parts as one verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.merge import merge
from probe_gate.domain.shard import is_in_shard
from probe_gate.domain.verdict import (
    Check,
    CheckOutcome,
    JobIdentity,
    Scope,
    TargetVerdict,
    Verdict,
    combine,
    end_early,
)
from probe_gate.errors import AuthError, CancelledError, ConfigError, GateError, Outcome, PlatformError
from tests.harness import factories as make
from tests.harness.profiles import examples

Shard = tuple[int, int] | None


def target(id_: int, outcome: Outcome = Outcome.PASSED, *, soft: bool = False, days: int = 0) -> TargetVerdict:
    """A target judged so many days before `NOW`."""
    policy = make.make_policy(soft_fail=frozenset({outcome}) if soft else frozenset())
    made = make.make_target_verdict(id=id_, name=None, outcome=outcome, reason=f"It is {outcome}.", policy=policy)
    return replace(made, evidence=replace(made.evidence, judged_at=make.NOW - timedelta(days=days)))


def part(
    *targets: TargetVerdict,
    shard: Shard = None,
    whole: tuple[int, ...] = (),
    signal_number: int | None = None,
    **changes: object,
) -> Verdict:
    """A part that has judged what it was to judge; `whole`: the ids of the whole list, its own unless given."""
    verdict = combine(targets, started_at=make.STARTED, judged_at=make.NOW, shard=shard, signal_number=signal_number)
    ids = tuple(sorted(item.target.id for item in targets))
    return replace(verdict, **{"scope": Scope(ids, whole or ids), **changes})  # type: ignore[arg-type]


HALVES = (1, 4)
"""A list of two targets: 4 falls to the first of two parts, and 1 to the second."""


def halves(one: Outcome = Outcome.PASSED, other: Outcome = Outcome.PASSED) -> list[Verdict]:
    return [part(target(4, one), shard=(1, 2), whole=HALVES), part(target(1, other), shard=(2, 2), whole=HALVES)]


def test_all_parts_that_passed_are_a_pass() -> None:
    """Three parts, one of them empty, make one verdict over all targets."""
    whole = (1, 7, 9)
    parts = [
        part(target(7), target(9), shard=(1, 3), whole=whole),
        part(shard=(2, 3), whole=whole),
        part(target(1), shard=(3, 3), whole=whole),
    ]
    merged = merge(parts)
    assert (merged.outcome, merged.exit_code, merged.reason) == (Outcome.PASSED, 0, "All 3 targets passed.")
    assert [item.target.id for item in merged.targets] == [1, 7, 9]
    assert [item.shard for item in merged.parts] == [(1, 3), (2, 3), (3, 3)]
    assert (merged.command, merged.shard, merged.problems) == ("merge", None, ())


def test_a_failed_part_fails_the_whole() -> None:
    """The exit code is by the order of outcomes over all targets."""
    merged = merge(halves(other=Outcome.FAILED))
    assert (merged.outcome, merged.exit_code) == (Outcome.FAILED, 1)
    assert merged.reason == "1 of 2 targets failed: target 1."


def test_a_missing_part_is_inconclusive() -> None:
    """Each part that is not there is named."""
    whole = (4, 5)
    merged = merge([part(target(4), shard=(1, 4), whole=whole), part(target(5), shard=(3, 4), whole=whole)])
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    assert merged.reason == "Part 2/4 is missing."
    assert merged.problems == ("Part 4/4 is missing.",)
    assert "upload its report directory" in merged.hint


def test_a_missing_part_hides_no_failure() -> None:
    """What failed has failed, whatever is missing; and what is missing is still said."""
    merged = merge([part(target(4, Outcome.FAILED), shard=(1, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.FAILED, 1)
    assert merged.problems == ("Part 2/2 is missing.",)


def test_parts_of_different_splits_are_inconclusive() -> None:
    """2/2 and 3/3 are not of one gate."""
    merged = merge([*halves(), part(shard=(2, 3), whole=HALVES)])
    assert merged.outcome is Outcome.INCONCLUSIVE
    assert "These parts are from different splits: into 2 and 3." in (merged.reason, *merged.problems)


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
    assert "Target 1 is in several parts that agree; the latest is shown." in merged.notes


def test_of_two_that_agree_at_one_moment_the_same_is_kept() -> None:
    """Which one does not depend on the order they are given in, though only their policies differ."""
    one, two = part(target(1)), part(target(1, soft=True))
    assert merge([one, two]) == merge([two, one])


def test_softening_is_target_by_target() -> None:
    """A softened failure exits 0 and keeps its name; beside an outage it does not hide it."""
    soft = part(target(4, Outcome.FAILED, soft=True), shard=(1, 2), whole=HALVES)
    assert merge([soft, halves()[1]]).exit_code == 0
    assert merge([soft, halves()[1]]).outcome is Outcome.FAILED
    assert merge([soft, halves(other=Outcome.PLATFORM_ERROR)[1]]).exit_code == 4


def early(error: GateError, shard: Shard = None) -> Verdict:
    return end_early(error, started_at=make.STARTED, judged_at=make.NOW, shard=shard)


def test_a_part_that_ended_early_counts() -> None:
    """A part without targets that met a wrong key decides, with its words."""
    merged = merge([halves()[0], early(AuthError("The key has expired.", "Make one."), (2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.AUTH_ERROR, 3)
    assert (merged.reason, merged.hint) == ("The key has expired.", "Make one.")
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
    judged = part(target(4, Outcome.CANCELLED), shard=(1, 2), whole=HALVES, signal_number=signal_number)
    for cancelled in (judged, early(CancelledError(signal_number), (1, 2))):
        merged = merge([cancelled, halves(other=Outcome.FAILED)[1]])
        assert (merged.outcome, merged.exit_code) == (Outcome.CANCELLED, 128 + signal_number)


SKIPPED = make.make_early_verdict(
    outcome=Outcome.SKIPPED, exit_code=0, reason="There is no API key. Nothing was tested.", problems=()
)


def test_a_gate_that_was_skipped_as_a_whole_is_skipped() -> None:
    """As on a pull request from a fork: green, and not called a pass."""
    merged = merge([replace(SKIPPED, shard=(1, 2)), replace(SKIPPED, shard=(2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.SKIPPED, 0)
    assert merge([replace(SKIPPED, shard=(1, 2))]).exit_code == 7


def test_a_part_that_was_skipped_is_a_hole() -> None:
    """The others judged their targets, and nobody judged this one's."""
    merged = merge([halves()[0], replace(SKIPPED, shard=(2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    assert merged.reason == "Part 2/2 was skipped: There is no API key. Nothing was tested."
    assert merge([halves(Outcome.FAILED)[0], replace(SKIPPED, shard=(2, 2))]).exit_code == 1


def test_only_empty_parts_prove_nothing() -> None:
    """A whole without any target is no pass."""
    merged = merge([part(shard=(1, 2)), part(shard=(2, 2))])
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    assert merged.reason == "No part has a target, so nothing was judged."


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


# --- merging knows the whole ------------------------------------------------------------------------


def problems_of(merged: Verdict) -> tuple[str, ...]:
    """Why it could not be judged."""
    assert (merged.outcome, merged.exit_code) == (Outcome.INCONCLUSIVE, 7)
    return merged.reason, *merged.problems


def test_a_target_that_was_cut_out_of_a_part_is_missed() -> None:
    """The part says which targets it was to judge."""
    whole = (4, 5, 6)
    cut = part(target(4), target(6), shard=(1, 2), whole=whole, scope=Scope((4, 5, 6), whole))
    assert problems_of(merge([cut, part(shard=(2, 2), whole=whole)])) == (
        "Part 1/2 had to judge target 5, but has no verdict on that.",
    )
    assert problems_of(merge([part(target(4), scope=Scope((4, 5, 6), (4, 5, 6)))])) == (
        "The part with targets 4, 5, 6 had to judge targets 5, 6, but has no verdict on that.",
    )


def test_a_target_that_was_cut_out_of_a_merged_report_is_missed() -> None:
    """Its parts say what they have judged."""
    merged = merge(halves())
    cut = replace(merged, targets=merged.targets[:1])
    assert problems_of(merge([cut])) == ("Part 1/2 had to judge target 4, but has no verdict on that.",)
    other = replace(merged.targets[1], outcome=Outcome.PASSED, checks=())
    assert "Parts disagree on target 4." in problems_of(merge([replace(merged, targets=(merged.targets[0], other))]))


def test_a_part_with_nothing_is_missed() -> None:
    """Somebody emptied it: targets fall to it by the whole list, and by its own word."""
    empty = part(shard=(1, 2), whole=HALVES)
    assert problems_of(merge([empty, halves()[1]])) == ("Part 1/2 was not given the targets that belong to it.",)
    empty = part(shard=(1, 2), scope=Scope((4,), HALVES))
    assert problems_of(merge([empty, halves()[1]])) == ("Part 1/2 had to judge target 4, but has no verdict on that.",)


def test_a_part_with_a_shorter_list_is_named() -> None:
    """It was given another policy file or other targets than the rest."""
    short = part(target(4), shard=(1, 2), whole=(4,))
    assert problems_of(merge([short, halves()[1]])) == (
        "Part 1/2 has a shorter list of targets than others: target 1 is not in it.",
    )
    nothing = part(shard=(1, 2), scope=Scope((), ()))
    assert problems_of(merge([nothing, halves()[1]])) == (
        "Part 1/2 has a shorter list of targets than others: targets 1, 4 are not in it.",
    )


def test_jobs_that_pick_targets_cover_the_list_together() -> None:
    """Each names one target of the policy file; one that nobody names is missed."""
    whole = (1, 2, 3)
    picks = [part(target(id_), whole=whole) for id_ in whole]
    assert merge(picks).exit_code == 0
    assert problems_of(merge(picks[:2])) == ("No part judged target 3.",)
    assert problems_of(merge([*picks, part(target(2), whole=(1, 2))])) == (
        "The part with target 2 has a shorter list of targets than others: target 3 is not in it.",
    )


def test_gates_of_their_own_have_lists_of_their_own() -> None:
    """Without a common list there is nothing that could be missing of it."""
    assert merge([part(target(1)), part(target(2), target(3))]).exit_code == 0


def test_a_target_that_a_part_was_not_to_judge_is_named() -> None:
    """Somebody put it there."""
    assert problems_of(merge([part(target(1), target(2), scope=Scope((1,), (1,)))])) == (
        "The part with target 1 judged target 2, which it did not have to judge.",
    )


def test_a_part_that_does_not_say_what_it_was_to_judge_proves_nothing() -> None:
    """Such as a report of an earlier release, or one that the word was taken out of."""
    assert problems_of(merge([part(target(1), scope=None)])) == (
        "The part with target 1 does not say which targets it had to judge.",
    )


HERE = JobIdentity("github", "acme/bot", "9001", "4f2a9c1d" + "0" * 32, "gate", "probe", '{"part": 1}', 1)
LEGS = [replace(HERE, key=f'{{"part": {number}}}') for number in (1, 2)]


def legs(one: Outcome = Outcome.PASSED, other: Outcome = Outcome.PASSED) -> list[Verdict]:
    return [replace(half, job=leg) for half, leg in zip(halves(one, other), LEGS, strict=True)]


def test_parts_of_one_pipeline_are_a_whole() -> None:
    """Whether the job that merges is known or not."""
    assert merge(legs()).exit_code == 0
    assert merge(legs(), merging=replace(HERE, job="verdict", key="", step="")).exit_code == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pipeline": "812"}, "from another pipeline (github/acme/bot/812, not github/acme/bot/9001)."),
        ({"repository": "acme/x"}, "from another pipeline (github/acme/x/9001, not github/acme/bot/9001)."),
        ({"system": "gitlab"}, "from another pipeline (gitlab/acme/bot/9001, not github/acme/bot/9001)."),
        ({"commit": "b" * 40}, "about another commit (bbbbbbbb, not 4f2a9c1d)."),
    ],
)
def test_a_part_from_elsewhere_is_named(changes: dict[str, str], says: str) -> None:
    """Such as one that an earlier pipeline left, or that the change brought along."""
    one, other = legs()
    assert other.job is not None
    stranger = replace(other, job=replace(other.job, **changes))  # type: ignore[arg-type]
    assert problems_of(merge([one, stranger], merging=HERE)) == (f"Part 2/2 is {says}",)
    assert problems_of(merge([one, stranger, replace(one, job=replace(HERE, key="c"))])) == (f"Part 2/2 is {says}",)


def test_all_parts_from_elsewhere_are_named() -> None:
    """They are of one pipeline, and not of this one: an earlier green run in a directory of the checkout."""
    found = problems_of(merge(legs(), merging=replace(HERE, pipeline="9002")))
    assert found == (
        "Part 1/2 is from another pipeline (github/acme/bot/9001, not github/acme/bot/9002).",
        "Part 2/2 is from another pipeline (github/acme/bot/9001, not github/acme/bot/9002).",
    )


def test_a_part_that_does_not_say_where_it_is_from_is_named() -> None:
    """Where others do, or the job that merges: a container that was not given the variables."""
    one, other = legs()
    says = ("Part 2/2 does not say which pipeline it is from.",)
    assert problems_of(merge([one, replace(other, job=None)])) == says
    assert problems_of(merge([one, replace(other, job=None)], merging=HERE)) == says
    assert merge(halves()).exit_code == 0


def test_a_commit_that_is_not_known_is_no_other_one() -> None:
    """The pipeline is the same, and is about one commit."""
    one, other = legs()
    assert other.job is not None
    assert merge([one, replace(other, job=replace(other.job, commit=""))], merging=HERE).exit_code == 0


def attempt(verdict: Verdict, number: int | None, **changes: object) -> Verdict:
    assert verdict.job is not None
    return replace(verdict, job=replace(verdict.job, attempt=number), **changes)  # type: ignore[arg-type]


def test_a_later_attempt_of_a_job_stands_for_the_earlier_one() -> None:
    """Jobs that failed were run again; and that is said."""
    failed, other = legs(Outcome.FAILED)
    merged = merge([failed, other, attempt(legs()[0], 2)])
    assert (merged.outcome, merged.exit_code) == (Outcome.PASSED, 0)
    assert [(item.target.id, item.outcome) for item in merged.targets] == [(1, Outcome.PASSED), (4, Outcome.PASSED)]
    assert merged.notes == ("Part 1/2 of attempt 1 is left out: a later attempt of the same job replaces it.",)
    assert merge([attempt(failed, 2), other, legs()[0]]).exit_code == 1


def test_a_later_attempt_stands_for_one_that_ended_early() -> None:
    """It had not got as far as its targets; and a later one that did not is no pass."""
    one, other = legs()
    broken = replace(early(AuthError("The key has expired."), (1, 2)), job=LEGS[0])
    assert merge([broken, other, attempt(one, 2)]).exit_code == 0
    assert merge([attempt(broken, 2), other, one]).exit_code == 3


@pytest.mark.parametrize(
    "changes",
    [{"key": '{"part": 2}'}, {"job": "nightly"}, {"step": "probe-2"}, {"attempt": None}, {"attempt": 1}],
    ids=lambda changes: str(changes),
)
def test_another_job_does_not_stand_for_this_one(changes: dict[str, object]) -> None:
    """Nor does one whose attempt is not known to be later: they disagree."""
    failed = replace(part(target(1, Outcome.FAILED)), job=LEGS[0])
    passed = replace(part(target(1)), job=replace(LEGS[0], **{"attempt": 2, **changes}))  # type: ignore[arg-type]
    assert "Parts disagree on target 1." in problems_of(merge([failed, passed]))


def test_legs_that_nothing_tells_apart_do_not_stand_for_each_other() -> None:
    """On GitHub the legs of a matrix share the name of their job."""
    failed = replace(part(target(1, Outcome.FAILED)), job=replace(HERE, key=""))
    passed = replace(part(target(1)), job=replace(HERE, key="", attempt=2))
    assert "Parts disagree on target 1." in problems_of(merge([failed, passed]))
    for verdict in (failed, passed):
        assert verdict.job is not None
    elsewhere = [replace(one, job=replace(one.job, system="gitlab")) for one in (failed, passed)]  # type: ignore[type-var]
    assert merge(elsewhere).exit_code == 0


def test_a_later_attempt_on_other_targets_does_not_hide_a_failure() -> None:
    """Two gates of one script: the second one has not run again."""
    first, second = part(target(1)), part(target(2, Outcome.FAILED))
    merged = merge([replace(second, job=LEGS[0]), replace(first, job=replace(LEGS[0], attempt=2))])
    assert merged.exit_code == 1


def test_parts_far_apart_are_noted() -> None:
    """Where nothing says which pipeline they are from, one may be left from another."""
    merged = merge([part(target(1)), part(target(2, days=2))])
    assert merged.exit_code == 0
    assert [note for note in merged.notes if "more than a day before" in note]


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
def some_jobs(draw: st.DrawFn) -> JobIdentity | None:
    """Attempts of few jobs of two pipelines."""
    if draw(st.integers(0, 3)) == 0:
        return None
    return replace(
        HERE,
        system=draw(st.sampled_from(("github", "gitlab"))),
        pipeline=draw(st.sampled_from(("9001", "9001", "9002"))),
        key=draw(st.sampled_from(("", "a", "b"))),
        attempt=draw(st.sampled_from((None, 1, 2, 3))),
    )


@st.composite
def some_scopes(draw: st.DrawFn, targets: list[TargetVerdict], shard: Shard) -> Scope | None:
    """What a part with these targets may say of the whole, true or not."""
    ids = tuple(sorted(item.target.id for item in targets))
    whole = draw(st.sampled_from((ids, (1, 2, 3), (1, 2))))
    own = ids if shard is None else tuple(id_ for id_ in whole if is_in_shard(id_, shard))
    return draw(st.sampled_from((Scope(own, whole), Scope(ids, whole), None)))


@st.composite
def some_parts(draw: st.DrawFn) -> Verdict:
    shard = draw(SHARDS)
    notes = tuple(draw(st.lists(st.sampled_from("xyz"), max_size=2)))
    if draw(st.integers(0, 4)) == 0:
        return replace(early(draw(ERRORS), shard), notes=notes, job=draw(some_jobs()))
    targets = draw(st.lists(some_targets(), max_size=3, unique_by=lambda item: item.target.id))
    made = part(*targets, shard=shard, signal_number=draw(st.sampled_from((None, 2, 15))), notes=notes)
    made = replace(made, scope=draw(some_scopes(targets, shard)), job=draw(some_jobs()))
    if draw(st.integers(0, 9)) == 0:
        return replace(made, outcome=draw(st.sampled_from(Outcome)))
    return replace(made, started_at=made.started_at - timedelta(hours=draw(st.integers(0, 2))))


UNION = settings(max_examples=examples(150))


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
    """The whole is green only when each part is that no later attempt stands for."""
    unattempted = [replace(item, job=None) for item in parts]
    if any(item.exit_code != 0 for item in unattempted):
        assert merge(unattempted).exit_code != 0


@UNION
@given(st.lists(some_parts(), min_size=1, max_size=4))
def test_what_is_merged_is_no_greener_than_its_latest_attempts(parts: list[Verdict]) -> None:
    """Of parts with the highest attempt nothing is left out."""
    latest = [item for item in parts if item.job is None or item.job.attempt in (None, 3)]
    if any(item.exit_code != 0 for item in latest):
        assert merge(parts).exit_code != 0
