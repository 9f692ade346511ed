"""How every report presents a verdict."""

from __future__ import annotations

import pytest

from probe_gate.domain.verdict import Check, CheckOutcome
from probe_gate.errors import Outcome
from probe_gate.reports.presentation import (
    CHECK_SEVERITIES,
    OUTCOME_NAMES,
    alarming_ids,
    headline,
    is_green,
    severity_of,
    sign_of,
    sign_of_severity,
    sort_checks,
    sort_targets,
    split_followers,
)
from tests.harness import factories as make
from tests.harness import samples


def follower(check_id: str) -> Check:
    return make.make_check(id=check_id, outcome=CheckOutcome.ERROR, message="Not judged: because.", hint="")


def test_failed_checks_come_first() -> None:
    """Then what could not be judged, waived, passed, and for information; otherwise in the verdict's order."""
    checks = [make.make_check(id=outcome.value, outcome=outcome) for outcome in reversed(CheckOutcome)]
    assert [check.id for check in sort_checks(checks)] == ["failed", "error", "waived", "passed", "info"]


def test_what_only_follows_is_told_apart() -> None:
    """Unless there is nothing else."""
    cause = make.make_check(id="run-completed", outcome=CheckOutcome.ERROR, message="It failed.")
    assert split_followers([cause, follower("a")]) == ([cause], [follower("a")])
    assert split_followers([follower("a"), follower("b")]) == ([follower("a"), follower("b")], [])


def test_a_run_that_failed_leaves_one_check_to_look_at() -> None:
    """As the judging words it."""
    (target,) = samples.judge(samples.ended_evidence()).targets
    assert alarming_ids(target) == ["run-completed"]


def test_targets_that_decide_come_first_and_softened_ones_after() -> None:
    """In the order in which outcomes decide."""
    soft = make.make_failed_target(id=1, policy=make.make_policy(soft_fail=frozenset({Outcome.FAILED})))
    stale = make.make_stopped_target(Outcome.INCONCLUSIVE, id=2)
    failed = make.make_failed_target(id=3)
    passed = make.make_target_verdict(id=4)
    assert [target.target.id for target in sort_targets([passed, soft, stale, failed])] == [3, 2, 4, 1]


def test_every_outcome_has_words_and_a_sign() -> None:
    """Nothing is green but what passed."""
    assert set(OUTCOME_NAMES) == set(Outcome)
    assert [outcome for outcome in Outcome if sign_of(outcome) == "✓"] == [Outcome.PASSED]
    assert sign_of(Outcome.FAILED, is_soft=True) == "!"


def test_soft_is_not_green() -> None:
    """It exits 0, but is not as it should be."""
    verdict = make.make_verdict(outcome=Outcome.FAILED, exit_code=0)
    assert not is_green(verdict)
    assert headline(verdict) == "Failed (does not fail the build)"
    assert is_green(make.make_verdict())
    assert headline(make.make_verdict()) == "Passed"


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_passed_looks_good(outcome: Outcome) -> None:
    """A failed policy is bad; everything that could not be judged is in doubt; nothing else is green."""
    tone = severity_of(outcome, is_soft=False)
    assert (tone == "good") == (outcome is Outcome.PASSED)
    assert (tone == "bad") == (outcome is Outcome.FAILED)
    assert sign_of_severity(tone) in "✓✗?·"


def test_what_does_not_count_looks_soft() -> None:
    """Not green, not red."""
    assert severity_of(Outcome.FAILED, is_soft=True) == "soft"


def test_every_check_has_a_tone() -> None:
    """And each tone a sign, since colour alone tells nothing to some."""
    assert set(CHECK_SEVERITIES) == set(CheckOutcome)
    assert len({sign_of_severity(tone) for tone in CHECK_SEVERITIES.values()}) == len(CHECK_SEVERITIES)
