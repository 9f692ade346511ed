"""Hypothesis profiles: `quick` runs a few fixed examples; `full` runs all, different ones each time.

`make test` uses `quick`, `make check` uses `full` (pytest's `--hypothesis-profile full`).
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_EXAMPLES = {"quick": 15, "full": 100}
"""The number of examples for tests that set none; `examples` scales the others by the same factor."""
_MIN_EXAMPLES = 10


def register() -> None:
    """Register the profiles, and load `quick`: pytest's option loads another one later."""
    for name, number in _EXAMPLES.items():
        settings.register_profile(
            name,
            deadline=None,  # a test that hangs is ended from outside, one that is slow is not wrong
            max_examples=number,
            derandomize=name == "quick",  # what `make test` says depends on the code alone
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
    settings.load_profile("quick")


def examples(number: int) -> int:
    """Return how many examples to draw where `full` draws `number`, for `settings(max_examples=...)`."""
    share = settings().max_examples / _EXAMPLES["full"]
    return max(round(number * share), min(_MIN_EXAMPLES, number))
