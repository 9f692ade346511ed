"""How many examples a property test draws: some in `make test`, which is to be quick; all of them in `make check`."""

from __future__ import annotations

import os

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
"""`quick` or `full`."""
QUICK_SHARE = 0.15
MIN_EXAMPLES = 10


def examples(number: int) -> int:
    """Return how many to draw where `number` is all of them, for `settings(max_examples=...)`."""
    if PROFILE == "full":
        return number
    return max(round(number * QUICK_SHARE), min(MIN_EXAMPLES, number))
