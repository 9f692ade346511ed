"""One verdict over several targets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.verdict import TargetVerdict, Verdict, combine, decide, end_early
from probe_gate.errors import (
    EXIT_CODES,
    PRECEDENCE,
    SOFTENABLE,
    CancelledError,
    ConfigError,
    Outcome,
    PlatformError,
)
from tests.harness import factories as make

GREEN = (Outcome.PASSED, Outcome.SKIPPED)
OUTCOMES = st.sampled_from(Outcome)


def target(outcome: Outcome, *, soft: bool = False, id_: int = 42, name: str | None = None) -> TargetVerdict:
    policy = make.make_policy(soft_fail=frozenset({outcome}) if soft else frozenset())
    return make.make_stopped_target(outcome, f"It ended as {outcome}.", id=id_, name=name, policy=policy)


def combined(
    *targets: TargetVerdict, shard: tuple[int, int] | None = None, signal_number: int | None = None
) -> Verdict:
    return combine(targets, started_at=make.STARTED, judged_at=make.NOW, shard=shard, signal_number=signal_number)


@pytest.mark.parametrize(("worse", "better"), list(pairwise(PRECEDENCE)))
def test_the_first_by_precedence_decides(worse: Outcome, better: Outcome) -> None:
    """Of two targets the one that comes first in the order of the interface gives outcome and exit code."""
    for pair in ((worse, better), (better, worse)):
        verdict = combined(*(target(outcome, id_=id_) for id_, outcome in enumerate(pair, 1)))
        assert verdict.outcome is worse
        assert verdict.exit_code == EXIT_CODES[worse]


def test_a_softened_target_keeps_its_name_and_exits_0() -> None:
    """With nothing worse beside it, a softened failure is what the gate says, and the build goes on."""
    verdict = combined(target(Outcome.FAILED, soft=True), target(Outcome.PASSED, id_=7))
    assert (verdict.outcome, verdict.exit_code, verdict.is_green) == (Outcome.FAILED, 0, True)
    assert "(allowed by soft-fail)" in verdict.reason


def test_a_softened_target_hides_no_other() -> None:
    """Softening is target by target: a lesser outcome of another target still turns the build red."""
    verdict = combined(target(Outcome.FAILED, soft=True), target(Outcome.INCONCLUSIVE, id_=7))
    assert (verdict.outcome, verdict.exit_code) == (Outcome.INCONCLUSIVE, 7)


def test_the_same_outcome_softened_and_not() -> None:
    """One target's policy softens, the other's does not: the build is red."""
    for first, second in ((True, False), (False, True)):
        verdict = combined(target(Outcome.FAILED, soft=first), target(Outcome.FAILED, soft=second, id_=7))
        assert (verdict.outcome, verdict.exit_code) == (Outcome.FAILED, 1)


@given(st.lists(st.tuples(OUTCOMES, st.booleans()), max_size=6))
def test_green_is_only_what_is_green_throughout(endings: list[tuple[Outcome, bool]]) -> None:
    """The build is green only when each ending passed, was skipped, or was softened; and never without any."""
    outcome, soft = decide(endings)
    red = [ending for ending in endings if ending[0] not in GREEN and not ending[1]]
    assert (soft or outcome in GREEN) == (bool(endings) and not red)
    assert not endings or (outcome, soft) in endings


@given(st.lists(st.tuples(OUTCOMES, st.booleans()), min_size=1, max_size=6), st.randoms())
def test_the_order_does_not_matter(endings: list[tuple[Outcome, bool]], random: object) -> None:
    """The same endings decide the same."""
    shuffled = endings[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(shuffled) == decide(endings)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome not in SOFTENABLE])
def test_some_outcomes_no_policy_softens(outcome: Outcome) -> None:
    """A policy that names an outcome that cannot be softened changes nothing."""
    assert combined(target(outcome, soft=True)).exit_code == EXIT_CODES[outcome]


def test_one_target_speaks_for_itself() -> None:
    """With one target, its reason and advice are the gate's."""
    failed = make.make_failed_target()
    verdict = combined(failed)
    assert (verdict.reason, verdict.hint) == (failed.reason, failed.hint)
    assert verdict.targets == (failed,)


def test_several_targets_are_counted_and_named() -> None:
    """One sentence says how many and which."""
    bots = [target(Outcome.FAILED, id_=id_, name=f"Bot {id_}") for id_ in range(1, 8)]
    assert combined(*bots[:2], target(Outcome.PASSED, id_=9)).reason == (
        "2 of 3 targets failed: Bot 1 (target 1), Bot 2 (target 2)."
    )
    assert combined(*bots, target(Outcome.PASSED, id_=9)).reason.endswith("Bot 5 (target 5) and 2 more.")
    assert combined(*bots).reason == "All 7 targets failed."
    assert combined(target(Outcome.PASSED), target(Outcome.PASSED, id_=7)).reason == "All 2 targets passed."


def test_hostile_names_are_inert_in_the_sentence() -> None:
    """A target's name cannot break out of the line."""
    bad = target(Outcome.FAILED, name="\n::error::x\u202e")
    assert combined(bad, target(Outcome.PASSED, id_=7)).reason.isprintable()


def test_nothing_judged_is_no_pass() -> None:
    """A gate without targets proves nothing."""
    assert (combined().outcome, combined().exit_code) == (Outcome.INCONCLUSIVE, 7)


def test_an_empty_part_is_valid() -> None:
    """No target may fall to a part of a split."""
    verdict = combined(shard=(5, 5))
    assert (verdict.outcome, verdict.exit_code, verdict.shard) == (Outcome.PASSED, 0, (5, 5))
    assert verdict.reason == "Part 5/5 has no targets, so there is nothing to judge."


@pytest.mark.parametrize(("signal_number", "code"), [(2, 130), (15, 143), (None, 130)])
def test_a_signal_gives_its_exit_code(signal_number: int | None, code: int) -> None:
    """SIGINT is 130, SIGTERM 143."""
    verdict = combined(target(Outcome.CANCELLED), target(Outcome.FAILED, id_=7), signal_number=signal_number)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.CANCELLED, code)


def test_an_early_end_says_every_mistake() -> None:
    """A gate that ended before any target has the error's words, problems and exit code."""
    error = ConfigError("2 options are wrong.", "Correct them.", ("a", "b"))
    verdict = end_early(error, started_at=make.STARTED, judged_at=make.NOW, command="check", shard=(1, 2))
    assert (verdict.outcome, verdict.exit_code) == (Outcome.CONFIG_ERROR, 2)
    assert (verdict.reason, verdict.hint, verdict.problems) == ("2 options are wrong.", "Correct them.", ("a", "b"))
    assert (verdict.command, verdict.shard, verdict.targets) == ("check", (1, 2), ())


@pytest.mark.parametrize(
    ("error", "code"), [(CancelledError(15), 143), (CancelledError(2), 130), (PlatformError("x"), 4)]
)
def test_an_early_end_has_the_exit_code_of_its_error(error: CancelledError | PlatformError, code: int) -> None:
    """The signal that ended it is told by the exit code."""
    assert end_early(error, started_at=make.STARTED, judged_at=make.NOW).exit_code == code
