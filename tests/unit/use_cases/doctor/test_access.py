"""What `doctor` says of key, region and workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from probe_gate.domain.evidence import Target
from probe_gate.errors import ConfigError, GateError, Outcome, PlatformError
from probe_gate.use_cases.doctor.access import RegionAnswer, diagnose_region, diagnose_workspace
from probe_gate.use_cases.doctor.findings import Status
from probe_gate.use_cases.doctor.read import TargetReading
from tests.unit.use_cases.doctor.harness import DESCRIPTION, FORBIDDEN, UNAUTHORIZED

EU, US = "https://api.probe.splx.ai", "https://us.api.probe.splx.ai"


@pytest.mark.parametrize(
    ("own", "other", "outcome", "words"),
    [
        (None, None, None, "accepts the key"),
        (FORBIDDEN, None, None, "knows the key"),
        (UNAUTHORIZED, RegionAnswer("us"), Outcome.AUTH_ERROR, "The region us does."),
        (UNAUTHORIZED, RegionAnswer("us", FORBIDDEN), Outcome.AUTH_ERROR, "The region us does."),
        (UNAUTHORIZED, RegionAnswer("us", UNAUTHORIZED), Outcome.AUTH_ERROR, "The region us does not, either."),
        (UNAUTHORIZED, RegionAnswer("us", PlatformError("It is down.")), Outcome.AUTH_ERROR, "could not be asked"),
        (UNAUTHORIZED, None, Outcome.AUTH_ERROR, "does not accept the key"),
        (PlatformError("It is down.", "Wait."), None, Outcome.PLATFORM_ERROR, "It is down."),
    ],
)
def test_a_key_of_the_other_region_is_recognized(
    own: GateError | None, other: RegionAnswer | None, outcome: Outcome | None, words: str
) -> None:
    """401 alone does not say whether the key is wrong or the region is."""
    found = diagnose_region(RegionAnswer("eu", own), other, EU)
    assert found.outcome is outcome
    assert words in found.text
    if other is not None and other.accepts_key:
        assert "--api-url us" in found.hint


@pytest.mark.parametrize(
    ("descriptions", "status"),
    [
        ([], Status.SKIPPED),
        ([DESCRIPTION, FORBIDDEN], Status.OK),
        ([FORBIDDEN], Status.SKIPPED),
        ([ConfigError("404")], Status.SKIPPED),
    ],
)
def test_one_target_proves_the_workspace(descriptions: list[Mapping[str, Any] | GateError], status: Status) -> None:
    """Nothing else does: the platform answers a wrong workspace and a wrong target alike, so the target is the problem."""
    readings = [TargetReading(Target(number), one) for number, one in enumerate(descriptions, start=91)]
    assert diagnose_workspace(290, readings).status is status
