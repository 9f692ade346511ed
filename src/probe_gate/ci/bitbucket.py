"""Bitbucket Pipelines: job information. The report directory is its only output."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.ci.job import (
    CiJob,
    first_of,
    joined,
    make_job,
    number_of,
    text_of,
)


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return bool(env.get("BITBUCKET_BUILD_NUMBER"))


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe.

    A step that is run again stays in its pipeline; `BITBUCKET_STEP_RUN_NUMBER` counts the attempts.
    """
    repository, build = text_of(env, "BITBUCKET_REPO_FULL_NAME"), text_of(env, "BITBUCKET_BUILD_NUMBER")
    return make_job(
        "bitbucket",
        repository=repository,
        pipeline=text_of(env, "BITBUCKET_PIPELINE_UUID"),
        job=joined("/", env, "BITBUCKET_STEP_UUID", "BITBUCKET_PARALLEL_STEP"),
        commit=text_of(env, "BITBUCKET_COMMIT"),
        branch=first_of(env, "BITBUCKET_BRANCH", "BITBUCKET_TAG"),
        attempt=number_of(text_of(env, "BITBUCKET_STEP_RUN_NUMBER")),
        link=f"https://bitbucket.org/{repository}/pipelines/results/{build}" if repository else "",
        pull_request=text_of(env, "BITBUCKET_PR_ID"),
        title=f"pipeline {build}",
        workspace=env.get("BITBUCKET_CLONE_DIR", ""),
    )
