"""How many cases are tried: a few by `make test`, all by `make check`.

The Hypothesis profiles `quick` and `full` draw the same examples each time, so that a result depends on the code
alone. `explore` draws others each time (`make test-explore`, which runs at night).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_EXAMPLES = {"quick": 15, "full": 100, "explore": 100}
"""The number of examples for tests that set none; `examples` scales the others by the same factor."""
_MIN_EXAMPLES = 10


def register() -> None:
    """Register the profiles, and load `quick`: pytest's option loads another one later."""
    for name, number in _EXAMPLES.items():
        settings.register_profile(
            name,
            deadline=None,  # a test that hangs is ended from outside, one that is slow is not wrong
            max_examples=number,
            derandomize=name != "explore",
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
    settings.load_profile("quick")


def examples(number: int) -> int:
    """Return how many examples to draw where `full` draws `number`, for `settings(max_examples=...)`."""
    share = settings().max_examples / _EXAMPLES["full"]
    return max(round(number * share), min(_MIN_EXAMPLES, number))


def slow_after(number: int, cases: Sequence[Any]) -> list[Any]:
    """Return the cases for `parametrize`; those after the first `number` are left to `make check`."""
    rest = (case if isinstance(case, tuple) else (case,) for case in cases[number:])
    return [*cases[:number], *(pytest.param(*case, marks=pytest.mark.slow) for case in rest)]
