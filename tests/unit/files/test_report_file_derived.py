"""What a report says twice."""

from __future__ import annotations

from typing import Any

import pytest

from probe_gate.errors import Outcome
from probe_gate.files.report_document import to_document
from probe_gate.files.report_file import find_derived_differences
from tests.harness import factories as make


def test_a_report_agrees_with_itself() -> None:
    """What was written has no difference."""
    verdict = make.make_verdict(make.make_failed_target(), make.make_target_verdict(id=7))
    assert find_derived_differences(to_document(verdict), verdict) == []


@pytest.mark.parametrize(
    ("key", "value"), [("softened", True), ("exitCode", 0), ("exitCode", True), ("softened", None)]
)
def test_a_target_made_green_for_its_readers_is_found(key: str, value: Any) -> None:
    """A program that reads only these keys must not be told something else."""
    verdict = make.make_verdict(make.make_failed_target())
    document = to_document(verdict)
    document["targets"][0][key] = value
    (difference,) = find_derived_differences(document, verdict)
    assert (difference.where, difference.what, difference.said) == ("Support bot (target 42)", key, str(value))


def test_a_softened_target_may_exit_0() -> None:
    """When its policy says so."""
    policy = make.make_policy(soft_fail=frozenset({Outcome.FAILED}))
    verdict = make.make_verdict(make.make_failed_target(policy=policy))
    document = to_document(verdict)
    assert document["targets"][0]["exitCode"] == 0
    assert find_derived_differences(document, verdict) == []
