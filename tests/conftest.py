"""What every test shares."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A loaded machine is slow at times: a test that hangs is ended from outside, one that is slow is not wrong.
settings.register_profile("probe-gate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("probe-gate")
