"""Jenkins: job information. The report directory is its only output."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.ci.job import (
    MAX_LINK_LENGTH,
    CiJob,
    first_of,
    joined,
    make_job,
    text_of,
)


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return bool(env.get("JENKINS_URL") or (env.get("BUILD_TAG") and env.get("JOB_NAME")))


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe.

    Rerunning a build creates a new one, so attempts are unknown. `CHANGE_FORK` is set only for changes from forks.
    """
    change = text_of(env, "CHANGE_ID")
    is_fork = bool(text_of(env, "CHANGE_FORK")) if change else None
    return make_job(
        "jenkins",
        repository=text_of(env, "JOB_NAME"),
        pipeline=text_of(env, "BUILD_NUMBER"),
        job=text_of(env, "STAGE_NAME"),
        # post actions of the whole pipeline run in a stage of their own
        owner="",
        step=text_of(env, "STAGE_NAME"),
        commit=text_of(env, "GIT_COMMIT"),
        branch=first_of(env, "CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        attempt=None,
        link=text_of(env, "BUILD_URL", MAX_LINK_LENGTH),
        pull_request=change,
        is_fork=is_fork,
        why_no_secrets="Change requests from forks may be given no credentials." if is_fork else "",
        title=joined(" #", env, "JOB_NAME", "BUILD_NUMBER"),
        workspace=env.get("WORKSPACE", ""),
    )
