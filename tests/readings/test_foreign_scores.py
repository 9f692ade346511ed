"""Nobody else's score decides, however late or early it is, and whatever the dates mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from probe_gate.errors import Outcome
from tests.harness.profiles import slow_after
from tests.readings.allowance import why_not_judged
from tests.readings.foreign import SITUATIONS, UNITS, Variant, play, play_two_gates, situations, variants
from tests.readings.play import Gate
from tests.readings.readings import Executed, Readings, Units

JUDGED = (Outcome.PASSED, Outcome.FAILED)


def quick_variants(name: str) -> Iterator[Variant]:
    """Two of the six meanings of `executionDate`, others for each situation."""
    place = sorted(SITUATIONS).index(name)
    meanings = list(Executed)
    chosen = {meanings[place % 6], meanings[(place + 3 + place // 6) % 6]}
    return (variant for variant in variants() if variant.executed in chosen)


def problem(gate: Gate) -> str | None:
    """What is wrong with a verdict, or None."""
    outcome = gate.verdict.outcome
    if outcome in JUDGED:
        if outcome is not gate.true_outcome:
            return f"judged falsely as {outcome.value}"
        return "judged scores of another run" if gate.judged_foreign_scores else None
    if outcome is not Outcome.INCONCLUSIVE:
        return f"ended as {outcome.value}: {gate.verdict.reason}"
    return None if why_not_judged(gate) else f"not judged, though it can be: {gate.verdict.reason}"


def problems(name: str, units: Units, chosen: Iterator[Variant]) -> list[str]:
    found = [(variant, problem(play(name, units, variant))) for variant in chosen]
    return [f"{variant}: {what}" for variant, what in found if what]


@pytest.mark.parametrize(("name", "units"), slow_after(30, situations()))
def test_only_its_own_scores_decide(name: str, units: Units) -> None:
    """Good and bad, with equal and different counts; where it can be proven, it is judged."""
    assert problems(name, units, quick_variants(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "units"), situations())
def test_only_its_own_scores_decide_under_every_meaning_of_dates(name: str, units: Units) -> None:
    """The same with all meanings of `executionDate`."""
    assert problems(name, units, variants()) == []


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("lag", [0.0, 20.0])
def test_two_gates_that_start_3_seconds_apart_judge_their_own_runs(units: Units, lag: float) -> None:
    """Without a lock. In odd units and without dates, nothing tells that yesterday's scores are in."""
    for variant in variants():
        gates = play_two_gates(variant, Readings(units=units, lag_seconds=lag, executed=variant.executed))
        for gate in gates:
            is_provable = units.count_test_cases or variant.executed is not Executed.NEVER
            assert gate.verdict.outcome in (gate.true_outcome, *([] if is_provable else [Outcome.INCONCLUSIVE])), str(
                variant
            )
            assert not gate.judged_foreign_scores


def test_there_are_at_least_60_situations() -> None:
    """Each with own good and own bad score, with equal and different counts."""
    assert len(situations()) + 4 >= 60
    assert len(list(variants())) == 24
