"""A healthy run passes and a bad one fails, on every platform of the table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from probe_gate.errors import Outcome
from tests.harness.profiles import slow_after
from tests.readings.allowance import why_not_judged
from tests.readings.table import DIMENSIONS, Cell, Earlier, Way, table

UNPROVEN = Path(__file__).with_name("unproven.txt")
"""The cells in which nothing proves the scores, each with its reason."""
DOCUMENTED = ("executed", "scored", "run_precision", "scores_precision", "units", "no_scores", "counts", "probes")


@cache
def unproven() -> Mapping[str, str]:
    """The reason of each such cell."""
    lines = UNPROVEN.read_text(encoding="utf-8").splitlines()
    return {cell: reason for reason, _, cell in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize("cell", slow_after(200, table()), ids=str)
def test_a_healthy_run_passes_and_a_bad_one_fails(cell: Cell) -> None:
    """Or, in the cells that are listed, neither is judged."""
    reason = unproven().get(str(cell))
    outcomes = []
    for is_healthy in (True, False):
        gate = cell.situation(is_healthy=is_healthy).play()
        outcomes.append(gate.verdict.outcome)
        if gate.verdict.outcome is Outcome.INCONCLUSIVE:
            assert why_not_judged(gate) == reason, gate.verdict.reason
        else:
            assert gate.verdict.outcome is (Outcome.PASSED if is_healthy else Outcome.FAILED), gate.verdict.reason
            assert not gate.judged_foreign_scores
        assert gate.platform.cancelled == []
    assert (Outcome.INCONCLUSIVE in outcomes) == (reason is not None)


def test_at_most_one_cell_in_twenty_is_not_judged() -> None:
    """And each that is listed is one of the table."""
    cells = [str(cell) for cell in table()]
    assert len(set(cells)) == len(cells) >= 400
    assert len(unproven()) * 20 <= len(cells)
    assert set(unproven()) <= set(cells)


def test_the_table_holds_nearly_every_pair_of_readings() -> None:
    """With each way to come by the run, and each earlier run, in each reading."""

    def pairs(values: Mapping[str, object]) -> set[tuple[object, ...]]:
        return {(one, values[one], other, values[other]) for one, other in combinations(sorted(values), 2)}

    found: set[tuple[object, ...]] = set()
    for cell in table():
        values = {name: getattr(cell.readings, name) for name in DOCUMENTED}
        found |= pairs({**values, "earlier": cell.earlier, "way": cell.way})
    dimensions = {name: set(DIMENSIONS[name]) for name in DOCUMENTED} | {"earlier": set(Earlier), "way": set(Way)}
    possible = {
        (one, value, other, second)
        for one, other in combinations(sorted(dimensions), 2)
        for value in dimensions[one]
        for second in dimensions[other]
    }
    assert len(possible - found) <= 0.02 * len(possible)
