"""A CI job, as far as the gate needs to know it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from probe_gate.domain.verdict import JobIdentity

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
"""Not a name such as HEAD, which says nothing."""


@dataclass(frozen=True, slots=True)
class RunnerFiles:
    """The files that GitHub's runner reads after a step, by their paths; empty where there is none."""

    summary: str = ""
    output: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class CommentApiAddress:
    """Where the comments on the pull or merge request are; empty where the system does not say."""

    api_url: str = ""
    graphql_url: str = ""
    """GitHub only."""
    project_id: str = ""
    """GitLab only: the project that the merge request goes to."""


NO_RUNNER_FILES = RunnerFiles()
NO_COMMENT_API = CommentApiAddress()


@dataclass(frozen=True, slots=True)
class CiJob:
    """One attempt of one job of a CI system, with everything that its environment says.

    Texts are cleaned and short; empty when not known.
    """

    system: str
    """`github`, `gitlab`, `jenkins`, `azure`, `bitbucket`, `circleci`, `buildkite` or `generic`."""
    repository: str = ""
    pipeline: str = ""
    """What stays the same when a job of it is retried."""
    job: str = ""
    """The name of the job and of what tells it apart within the pipeline, as far as the system says."""
    commit: str = ""
    """What the job runs on."""
    head_commit: str = ""
    """The commit that a person would look for: on GitHub a pull request's job runs on a merge made for it."""
    branch: str = ""
    attempt: int | None = None
    """From 1, grows with each attempt of the same job. None: the system does not say, so no run is ever taken up."""
    link: str = ""
    """The job's page, an http or https address."""
    pull_request: str = ""
    """The number of the pull or merge request."""
    is_fork_pull_request: bool | None = None
    """None: not known."""
    why_no_secrets: str = ""
    """One sentence on why this job is given no secrets; empty when there is no known reason."""
    leaves_unset_names: bool = False
    """Whether an environment variable made from one that is not set holds that one's name: Azure's `$(NAME)`."""
    default_run_name: str = ""
    """Branch, commit and pipeline in words, for the name of a test run."""

    owner: tuple[str, ...] = ()
    """What all steps and attempts of this job share and no other job has. Empty if the system does not say enough."""

    step: str = ""
    """What tells gates of one job apart, where the system says it."""

    key: str = ""
    """What the user gave with `--job-key`, which distinguishes jobs of one name."""
    workflow: str = ""
    """The name of the GitHub workflow, as GitHub gives it."""
    workflow_file: str = ""
    """The path of the GitHub workflow in this repository; empty when it is of another one."""
    workspace: Path | None = None
    """The absolute directory that the repository is checked out into."""
    runner_files: RunnerFiles = NO_RUNNER_FILES
    comment_api: CommentApiAddress = NO_COMMENT_API
    saved_state: tuple[tuple[str, str], ...] = ()
    """In the post step of a GitHub action: names and values of what its main step saved."""

    def identity(self) -> JobIdentity | None:
        """Return what a report says of the job; None if the system does not say which pipeline this is."""
        if not self.owner:
            return None
        system, repository, pipeline, job = self.owner
        commit = self.commit if _COMMIT.fullmatch(self.commit) else ""
        return JobIdentity(system, repository, pipeline, commit, job, self.step, self.key, self.attempt)

    def owner_identity(self) -> tuple[str, ...]:
        """Return what tells this job's runs from another job's, for its clean-up step.

        Where the CI system is not known, the job key is all there is: a text that the pipeline gives to both steps.
        """
        return self.owner or ((self.system, self.key) if self.key else ())

    @property
    def is_fork_without_secrets(self) -> bool:
        """Whether the CI system says that this is a pull request from a fork, which is given no secrets."""
        return bool(self.is_fork_pull_request and self.why_no_secrets)

    def job_identity(self) -> tuple[str, ...]:
        """What all attempts of this job share and no other job has, as far as the system says.

        Empty when the system does not say enough: such a job never takes up a run.
        """
        if self.attempt is None:
            return ()
        return (self.system, self.repository, self.pipeline, self.job, self.commit)
