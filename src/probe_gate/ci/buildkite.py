"""Buildkite: job information. The report directory is its only output."""

from __future__ import annotations

import re
from collections.abc import Mapping

from probe_gate.ci.job import (
    FORKS_GET_NO_SECRETS,
    MAX_LINK_LENGTH,
    CiJob,
    joined,
    make_job,
    number_of,
    text_of,
)


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return env.get("BUILDKITE") == "true"


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe.

    A retried job keeps its step ID. Parallel jobs and matrix legs of a step differ in number or label.
    """
    url, job_id = text_of(env, "BUILDKITE_BUILD_URL", MAX_LINK_LENGTH), text_of(env, "BUILDKITE_JOB_ID")
    pull_request = text_of(env, "BUILDKITE_PULL_REQUEST")
    retries = number_of(text_of(env, "BUILDKITE_RETRY_COUNT"))
    source, own = _path_of(env, "BUILDKITE_PULL_REQUEST_REPO"), _path_of(env, "BUILDKITE_REPO")
    is_fork = source != own if source and own else None
    return make_job(
        "buildkite",
        repository=joined("/", env, "BUILDKITE_ORGANIZATION_SLUG", "BUILDKITE_PIPELINE_SLUG"),
        pipeline=text_of(env, "BUILDKITE_BUILD_ID"),
        job=joined("/", env, "BUILDKITE_STEP_ID", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_LABEL"),
        commit=text_of(env, "BUILDKITE_COMMIT"),
        branch=text_of(env, "BUILDKITE_BRANCH"),
        attempt=None if retries is None else retries + 1,
        link=f"{url}#{job_id}" if url and job_id else url,
        pull_request="" if pull_request == "false" else pull_request,
        is_fork=is_fork,
        why_no_secrets=FORKS_GET_NO_SECRETS if is_fork else "",
        title=joined(" #", env, "BUILDKITE_PIPELINE_SLUG", "BUILDKITE_BUILD_NUMBER"),
        workspace=env.get("BUILDKITE_BUILD_CHECKOUT_PATH", ""),
    )


def _path_of(env: Mapping[str, str], name: str) -> str:
    """Return owner and name from a repository's address, in SSH or URL form, in lower case; empty if unknown."""
    found = re.fullmatch(r"(?:\w+://)?[^/:]+[:/](?:[0-9]+/)?(.+?)(?:\.git)?/?", text_of(env, name, MAX_LINK_LENGTH))
    return found[1].lower() if found else ""
