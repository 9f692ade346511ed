"""Whatever the API description allows: the verdict is the true one, or there is a reason why nobody could tell."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.harness.profiles import examples
from tests.readings.bulk import count, judge_situation
from tests.readings.draws import draw_situation

SOUND = ("true", "not judged: ")
BULK = 3000


@settings(max_examples=examples(400))
@given(st.randoms(use_true_random=False))
def test_the_verdict_is_the_true_one_or_there_is_none(random: Random) -> None:
    """All meanings, lags up to 300 s, dates ahead of their numbers, steps, late earlier runs, equal counts."""
    situation = draw_situation(random)
    note(str(situation))
    assert judge_situation(situation).startswith(SOUND)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_platforms(part: int) -> None:
    """The same draws each time: `python -m tests.readings.bulk` draws more of them."""
    found = count(range(100_000 + part, 100_000 + BULK, 4))
    assert [what for what in found if not what.startswith(SOUND)] == []
