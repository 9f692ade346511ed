"""What every test shares."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.harness.profiles import PROFILE, examples

# A loaded machine is slow at times: a test that hangs is ended from outside, one that is slow is not wrong.
for name in ("quick", "full"):
    settings.register_profile(
        name,
        deadline=None,
        max_examples=examples(100),
        # the quick examples are always the same: what `make test` says depends on the code alone
        derandomize=name == "quick",
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile(PROFILE)
