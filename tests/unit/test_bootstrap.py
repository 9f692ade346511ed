"""The gate put together from values and adapters."""

from __future__ import annotations

import pytest

from probe_gate.bootstrap import comment_on
from probe_gate.ci.job import CiJob
from tests.harness.gate_context import make_context
from tests.harness.virtual_time import VirtualTime

JOB = CiJob("github", repository="acme/bot", pipeline="9001", job="gate/probe", pull_request="7")


@pytest.mark.parametrize(
    ("job", "token", "problem"),
    [
        (CiJob("github"), "t", ""),
        (JOB, "", "PROBE_GATE_COMMENT_TOKEN"),
        (CiJob("jenkins", pull_request="7"), "t", "GitHub and GitLab"),
        (JOB, "t", "GITHUB_API_URL"),
        (JOB, "two\nlines", "GITHUB_API_URL"),
    ],
)
def test_without_a_place_or_a_token_it_says_so_and_goes_on(job: CiJob, token: str, problem: str) -> None:
    """No comment is ever a reason to fail; outside of a pull request there is nothing to say."""
    time = VirtualTime()
    told = time.finish(comment_on(make_context(job=job, comment_token=token), "# Passed", time, time))
    assert problem in told
    assert (told == "") == (problem == "")
