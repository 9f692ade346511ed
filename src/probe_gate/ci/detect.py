"""Detection of the CI system and its job from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from probe_gate.ci import azure, bitbucket, buildkite, circleci, github, gitlab, jenkins
from probe_gate.ci.job import CiJob

SYSTEMS = (
    (github.is_current, github.read_job),
    (gitlab.is_current, gitlab.read_job),
    (azure.is_current, azure.read_job),
    (bitbucket.is_current, bitbucket.read_job),
    (circleci.is_current, circleci.read_job),
    (buildkite.is_current, buildkite.read_job),
    (jenkins.is_current, jenkins.read_job),
)


def detect_ci(environ: Mapping[str, str], key: str = "") -> CiJob:
    """Return the CI job that these variables describe, with the system `generic` if none is recognized.

    `key` is the value of `--job-key`.
    """
    read_job = next((read_job for is_current, read_job in SYSTEMS if is_current(environ)), None)
    return replace(CiJob(system="generic") if read_job is None else read_job(environ), key=key)
