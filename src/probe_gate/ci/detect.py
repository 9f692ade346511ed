"""Which CI system this is, and which job of it: read from the environment, once.

All of it is text that somebody outside can choose (a branch name above all): it is cleaned and cut here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from probe_gate.ci import systems
from probe_gate.ci.job import CiJob

_READERS: tuple[tuple[Callable[[Mapping[str, str]], bool], Callable[[Mapping[str, str]], CiJob]], ...] = (
    (lambda env: env.get("GITHUB_ACTIONS") == "true", systems.read_github),
    (lambda env: env.get("GITLAB_CI") == "true", systems.read_gitlab),
    (lambda env: env.get("TF_BUILD", "").lower() == "true", systems.read_azure),
    (lambda env: bool(env.get("BITBUCKET_BUILD_NUMBER")), systems.read_bitbucket),
    (lambda env: env.get("CIRCLECI") == "true", systems.read_circleci),
    (lambda env: env.get("BUILDKITE") == "true", systems.read_buildkite),
    (lambda env: bool(env.get("JENKINS_URL") or (env.get("BUILD_TAG") and env.get("JOB_NAME"))), systems.read_jenkins),
)


def detect_ci(environ: Mapping[str, str], key: str = "") -> CiJob:
    """Return the CI job that these variables tell of; a system that is not known, and none at all, is `generic`.

    `key` is what the user gave with `--job-key`.
    """
    read = next((read for is_it, read in _READERS if is_it(environ)), None)
    return replace(CiJob(system="generic") if read is None else read(environ), key=key)
