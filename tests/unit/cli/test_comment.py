from __future__ import annotations

import pytest

from probe_gate.ci.job import CiJob
from probe_gate.cli.comment import job_key_of, keep_comment
from probe_gate.errors import Outcome
from probe_gate.runtime.signals import StopSignal
from tests.harness.factories import make_verdict


def test_a_cancelled_gate_writes_no_comment() -> None:
    """It has seconds left, and nothing to say about the change."""
    lines: list[str] = []
    verdict = make_verdict(outcome=Outcome.CANCELLED)
    job = CiJob("github", pull_request="7")
    keep_comment(verdict, {}, job, {}, job_key="", stop_signal=StopSignal(), write=lines.append)
    assert lines == []


def test_whatever_goes_wrong_with_a_comment_is_a_warning() -> None:
    """The verdict is out by then, and nothing that happens here may change the exit code."""
    lines: list[str] = []
    job = CiJob("github", repository="acme/bot", pull_request="7")
    environ = {
        "PROBE_GATE_COMMENT_TOKEN": "t",
        "GITHUB_API_URL": "http://[",
        "GITHUB_GRAPHQL_URL": "https://api.example.com/graphql",
    }
    keep_comment(make_verdict(), {}, job, environ, job_key="", stop_signal=StopSignal(), write=lines.append)
    assert lines == ["Warning: No comment was written: unexpected ValueError. This is a bug in probe-gate."]


@pytest.mark.parametrize(
    ("command", "flags", "environ", "key"),
    [
        ("run", {"job-key": "a"}, {"PROBE_GATE_JOB_KEY": "b"}, "a"),
        ("run", {}, {"PROBE_GATE_JOB_KEY": "b"}, "b"),
        ("run", {}, {}, ""),
        ("merge", {}, {"PROBE_GATE_JOB_KEY": "b"}, ""),
    ],
)
def test_the_key_is_found_without_settings(
    command: str, flags: dict[str, str], environ: dict[str, str], key: str
) -> None:
    """A gate whose options were wrong updates the comment that it always had."""
    assert job_key_of(command, flags, environ) == key
