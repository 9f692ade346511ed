from __future__ import annotations

from pathlib import Path

from hypothesis import given

from probe_gate.ci import azure
from probe_gate.ci.outputs import Outputs, outputs_of
from tests.harness.factories import hostile_text, make_failed_target, make_verdict


def test_summary_and_variables() -> None:
    """The summary is uploaded by its path, and later steps get output variables."""
    outputs = outputs_of(make_verdict(make_failed_target()), Path("/w/r"), has_junit=True)
    lines = list(azure.commands(outputs, Path("/w/r/summary.md")))
    assert lines[0] == "##vso[task.uploadsummary]/w/r/summary.md"
    assert "##vso[task.setvariable variable=outcome;isOutput=true]failed" in lines
    assert "##vso[task.setvariable variable=exitCode;isOutput=true]1" in lines


def test_without_a_summary_none_is_uploaded() -> None:
    """A summary that was not asked for is not announced."""
    outputs = outputs_of(make_verdict(), Path("/w/r"), has_junit=True)
    assert not any("uploadsummary" in line for line in azure.commands(outputs, None))


@given(hostile_text())
def test_a_command_is_one_line_with_one_command(text: str) -> None:
    """No value can begin a command of its own: a command counts at the beginning of what is left of a line."""
    outputs = Outputs(text, text, text, text, text, text, text, (text, text))
    for line in azure.commands(outputs, Path("/w") / "s.md"):
        assert "\n" not in line
        assert "\r" not in line
        assert line.startswith("##vso[task.")


def test_a_secret_is_masked_in_one_line() -> None:
    """The agent gets the secret escaped."""
    assert azure.mask("a%b\nc") == "##vso[task.setsecret]a%AZP25b%0Ac"
