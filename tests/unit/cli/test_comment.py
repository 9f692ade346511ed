from __future__ import annotations

import pytest

from probe_gate.ci.job import CiJob
from probe_gate.cli.comment import job_key_of, keep_comment
from probe_gate.driver.stop_word import StopWord
from probe_gate.errors import Outcome
from tests.factories import make_verdict


def test_a_cancelled_gate_writes_no_comment() -> None:
    """It has seconds left, and nothing to say about the change."""
    lines: list[str] = []
    verdict = make_verdict(outcome=Outcome.CANCELLED)
    job = CiJob("github", pull_request="7")
    keep_comment(verdict, {}, job, {}, job_key="", stop_word=StopWord(), write=lines.append)
    assert lines == []


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
