"""What every test shares."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is slow at times: a test that hangs is ended from outside, one that is slow is not wrong.
settings.register_profile("probe-gate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("probe-gate")

EXAMPLES = float(os.environ.get("TEST_EXAMPLES", "0.15"))
"""Which part of its examples a property test draws: `make test` is to be quick, `make check` draws all of them."""
LEAST_EXAMPLES = 10


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        test = getattr(item, "obj", None)
        own: settings | None = getattr(test, "_hypothesis_internal_use_settings", None)
        if test is None or not getattr(test, "is_hypothesis_test", False):
            continue
        wanted = own or settings.get_profile("probe-gate")
        few = max(round(wanted.max_examples * EXAMPLES), min(LEAST_EXAMPLES, wanted.max_examples))
        getattr(test, "__func__", test)._hypothesis_internal_use_settings = settings(wanted, max_examples=few)
