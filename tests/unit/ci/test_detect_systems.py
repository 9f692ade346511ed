from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.job import MAX_LENGTH
from tests.harness.ci_environments import AZURE, BITBUCKET, BUILDKITE, CIRCLECI, GITHUB, GITLAB, JENKINS, SYSTEMS
from tests.harness.factories import hostile_text


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (GITHUB, {"GITHUB_RUN_ATTEMPT": "3"}),
        (GITLAB, {"CI_JOB_ID": "88002", "CI_JOB_URL": "https://gitlab.example.com/acme/bot/-/jobs/88002"}),
        (AZURE, {"SYSTEM_JOBATTEMPT": "3"}),
        (AZURE, {"SYSTEM_STAGEATTEMPT": "2", "SYSTEM_JOBATTEMPT": "1"}),
        (BITBUCKET, {"BITBUCKET_STEP_RUN_NUMBER": "3"}),
        (BUILDKITE, {"BUILDKITE_RETRY_COUNT": "1", "BUILDKITE_JOB_ID": "another"}),
    ],
)
def test_a_retried_job_is_the_same_job_with_a_higher_attempt(first: dict[str, str], again: dict[str, str]) -> None:
    """A retry keeps the identity, and its attempt is higher, so that it can take up the run left going."""
    one, two = detect_ci(first), detect_ci({**first, **again})
    assert one.job_identity() == two.job_identity() != ()
    assert one.attempt is not None
    assert two.attempt is not None
    assert 0 < one.attempt < two.attempt


@pytest.mark.parametrize(
    ("environ", "other"),
    [
        (GITHUB, {"GITHUB_JOB": "nightly"}),
        (GITHUB, {"GITHUB_ACTION": "probe-2"}),
        (GITHUB, {"GITHUB_RUN_ID": "9002"}),
        (GITHUB, {"GITHUB_SHA": "b" * 40}),
        (GITHUB, {"GITHUB_REPOSITORY": "acme/other"}),
        (GITLAB, {"CI_JOB_NAME": "probe-gate: [us, 42]"}),
        (GITLAB, {"CI_PIPELINE_ID": "701"}),
        (AZURE, {"AGENT_JOBNAME": "gate eu"}),
        (BITBUCKET, {"BITBUCKET_PARALLEL_STEP": "1"}),
        (BUILDKITE, {"BUILDKITE_PARALLEL_JOB": "1"}),
    ],
)
def test_another_job_is_never_taken_for_the_same(environ: dict[str, str], other: dict[str, str]) -> None:
    """Another job, step, pipeline, commit, repository or leg has an identity of its own."""
    assert detect_ci(environ).job_identity() != detect_ci({**environ, **other}).job_identity()


@pytest.mark.parametrize("environ", [JENKINS, CIRCLECI])
def test_where_attempts_are_not_told_apart_no_run_is_taken_up(environ: dict[str, str]) -> None:
    """Without a number that grows there is no telling which attempt is the later one."""
    job = detect_ci(environ)
    assert job.attempt is None
    assert job.job_identity() == ()


@pytest.mark.parametrize("missing", ["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SHA"])
def test_an_incomplete_identity_is_none(missing: str) -> None:
    """When the system does not say which pipeline this is, jobs cannot be told apart."""
    assert detect_ci({**GITHUB, missing: ""}).attempt is None


def test_names_a_run_by_branch_commit_and_pipeline() -> None:
    """The default name tells a person on the platform where the run came from."""
    assert detect_ci(GITHUB).default_run_name == "main (4f2a9c1d), Release #12"
    assert detect_ci(GITLAB).default_run_name == "main (4f2a9c1d), pipeline 70"
    assert detect_ci(JENKINS).default_run_name == "main (4f2a9c1d), acme/bot/main #31"


@pytest.mark.parametrize(
    ("environ", "link"),
    [
        (GITHUB, "https://github.com/acme/bot/actions/runs/9001/attempts/2"),
        (GITLAB, "https://gitlab.example.com/acme/bot/-/jobs/88001"),
        (AZURE, "https://dev.azure.com/acme/bots/_build/results?buildId=505"),
        (BUILDKITE, "https://buildkite.com/acme/bot/builds/55#99999999-2222-3333-4444-555555555555"),
        (JENKINS, "https://jenkins.example.com/job/acme/31/"),
        ({**JENKINS, "BUILD_URL": "javascript:alert(1)"}, ""),
    ],
)
def test_links_to_the_job(environ: dict[str, str], link: str) -> None:
    """The link leads to the job's page, and is a web address or nothing."""
    assert detect_ci(environ).link == link


FORK_ON_GITLAB = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9", "CI_MERGE_REQUEST_PROJECT_ID": "1"}


@pytest.mark.parametrize(
    ("environ", "is_fork"),
    [
        (GITLAB, None),
        ({**GITLAB, **FORK_ON_GITLAB}, True),
        ({**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_ID": "1"}, False),
        ({**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
        ({**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "False"}, False),
        (AZURE, None),
        ({**CIRCLECI, "CIRCLE_PR_REPONAME": "bot"}, True),
        ({**JENKINS, "CHANGE_ID": "7", "CHANGE_FORK": "stranger"}, True),
        ({**JENKINS, "CHANGE_ID": "7"}, False),
        (BUILDKITE, None),
        *(
            ({**BUILDKITE, "BUILDKITE_REPO": own, "BUILDKITE_PULL_REQUEST_REPO": source}, is_fork)
            for own in (
                "git@github.com:acme/bot.git",
                "https://token@github.com/Acme/bot",
                "ssh://git@git.example:7999/acme/bot.git",
            )
            for source, is_fork in (
                ("git://github.com/acme/bot.git", False),
                ("https://github.com/stranger/bot.git", True),
                ("", None),
            )
        ),
    ],
)
def test_knows_pull_requests_from_forks(environ: dict[str, str], is_fork: bool | None) -> None:
    """A pull request from a fork is told from one of the repository itself, and from not knowing."""
    assert detect_ci(environ).is_fork_pull_request is is_fork


def test_says_why_there_are_no_secrets() -> None:
    """Where the system withholds secrets, the reason can be said instead of `the key is missing`."""
    assert "Dependabot" in detect_ci({**GITHUB, "GITHUB_ACTOR": "dependabot[bot]"}).why_no_secrets
    assert "protected" in detect_ci({**GITLAB, "CI_COMMIT_REF_PROTECTED": "false"}).why_no_secrets
    assert detect_ci(GITHUB).why_no_secrets == ""


@pytest.mark.parametrize(
    ("environ", "has_none"),
    [
        (GITLAB, False),
        ({**GITLAB, **FORK_ON_GITLAB, "CI_PROJECT_ID": "9"}, True),
        ({**GITLAB, **FORK_ON_GITLAB, "CI_PROJECT_ID": "1"}, False),
        ({**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
        ({**JENKINS, "CHANGE_ID": "7", "CHANGE_FORK": "stranger"}, True),
        ({**JENKINS, "CHANGE_ID": "7"}, False),
        ({**GITHUB, "GITHUB_ACTOR": "dependabot[bot]"}, False),
        ({}, False),
    ],
)
def test_knows_where_a_fork_is_given_no_secrets(environ: dict[str, str], has_none: bool) -> None:
    """A missing key is expected there only, so it is skipped there only."""
    assert detect_ci(environ).is_fork_without_secrets is has_none


@given(st.sampled_from(sorted(SYSTEMS)), st.data(), hostile_text())
def test_hostile_variables_become_short_visible_lines(system: str, data: st.DataObject, text: str) -> None:
    """Whatever a branch or job is called, what is kept is one short printable line, and detection never raises."""
    environ: Mapping[str, str] = SYSTEMS[system]
    names = data.draw(st.sets(st.sampled_from(sorted(environ)), max_size=6))
    job = detect_ci({**environ, **{name: text * 30 for name in names if "=" not in name}, "GITHUB_HEAD_REF": text * 30})
    for value in (job.repository, job.pipeline, job.job, job.commit, job.branch, job.default_run_name):
        assert len(value) <= MAX_LENGTH
        assert "\n" not in value
        value.encode()
    assert job.link == "" or job.link.startswith(("https://", "http://"))
    assert job.attempt is None or job.attempt >= 0
