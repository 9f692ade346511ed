"""CircleCI: job information. The report directory is its only output."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.ci.job import (
    FORKS_GET_NO_SECRETS,
    MAX_LINK_LENGTH,
    CiJob,
    first_of,
    joined,
    make_job,
    text_of,
)


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return env.get("CIRCLECI") == "true"


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe.

    A rerun workflow gets a new ID in the same pipeline, without a reference to the earlier one, so attempts are unknown.
    `CIRCLE_PR_REPONAME` is set only for pull requests from forks.
    """
    is_fork = True if text_of(env, "CIRCLE_PR_REPONAME") else None
    return make_job(
        "circleci",
        repository=joined("/", env, "CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"),
        pipeline=first_of(env, "CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"),
        job=joined("/", env, "CIRCLE_JOB", "CIRCLE_NODE_INDEX"),
        commit=text_of(env, "CIRCLE_SHA1"),
        branch=first_of(env, "CIRCLE_BRANCH", "CIRCLE_TAG"),
        attempt=None,
        link=text_of(env, "CIRCLE_BUILD_URL", MAX_LINK_LENGTH),
        pull_request=text_of(env, "CIRCLE_PR_NUMBER") or text_of(env, "CIRCLE_PULL_REQUEST").rpartition("/")[2],
        is_fork=is_fork,
        why_no_secrets=FORKS_GET_NO_SECRETS if is_fork else "",
        title=joined(" ", env, "CIRCLE_JOB", "CIRCLE_BUILD_NUM"),
        workspace=env.get("CIRCLE_WORKING_DIRECTORY", ""),
    )
