"""A CI job: what the gate knows of it, and how it is read from the environment.

All of it is text that somebody outside can choose (a branch name above all), so it is cleaned and cut here.
Where a system gives every attempt of a job a number that grows, that number is `attempt`; the jobs of a system
without one (Jenkins, CircleCI) never continue an earlier attempt's run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probe_gate.domain.text import plain_line
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


MAX_LENGTH = 200
"""Characters of any one text."""
MAX_LINK_LENGTH = 2_000


def text_of(env: Mapping[str, str], name: str, max_length: int = MAX_LENGTH) -> str:
    """Return the variable's text; empty when it is not set."""
    return plain_line(env.get(name, ""), max_length)


def first_of(env: Mapping[str, str], *names: str) -> str:
    """Return the first of the variables that is not empty."""
    return next((text for text in (text_of(env, name) for name in names) if text), "")


def joined(separator: str, env: Mapping[str, str], *names: str) -> str:
    """Those of the variables that are not empty, in a row."""
    return plain_line(separator.join(text for text in (text_of(env, name) for name in names) if text), MAX_LENGTH)


def number_of(text: str) -> int | None:
    """Return the number that a text of digits is; None for any other, and for one that no system would count to."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


FORKS_GET_NO_SECRETS = "Pull requests from forks are given no secrets."


def make_job(
    system: str,
    *,
    repository: str,
    pipeline: str,
    job: str,
    commit: str,
    branch: str,
    attempt: int | None,
    link: str,
    title: str,
    workspace: str,
    head_commit: str = "",
    pull_request: str = "",
    is_fork: bool | None = None,
    why_no_secrets: str = "",
    leaves_unset_names: bool = False,
    owner: str | None = None,
    step: str = "",
    workflow: str = "",
    workflow_file: str = "",
    runner_files: RunnerFiles = NO_RUNNER_FILES,
    comment_api: CommentApiAddress = NO_COMMENT_API,
    saved_state: tuple[tuple[str, str], ...] = (),
) -> CiJob:
    is_known = bool(repository and pipeline and job and commit)
    owner = job if owner is None else owner
    shown_commit = head_commit or commit
    place = " ".join(part for part in (branch, f"({shown_commit[:8]})" if shown_commit else "") if part)
    return CiJob(
        system=system,
        repository=repository,
        pipeline=pipeline,
        job=job,
        commit=commit,
        head_commit=shown_commit,
        branch=branch,
        attempt=attempt if is_known else None,
        link=link if link.startswith(("https://", "http://")) and " " not in link else "",
        pull_request=pull_request if pull_request.isascii() and pull_request.isdigit() else "",
        is_fork_pull_request=is_fork,
        why_no_secrets=why_no_secrets,
        leaves_unset_names=leaves_unset_names,
        step=step,
        owner=(system, repository, pipeline, owner) if repository and pipeline else (),
        default_run_name=plain_line(", ".join(part for part in (place, title.strip()) if part), MAX_LENGTH),
        workflow=workflow,
        workflow_file=workflow_file,
        # CircleCI writes `~/project`, which only a shell understands
        workspace=Path(workspace) if workspace.startswith("/") else None,
        runner_files=runner_files,
        comment_api=comment_api,
        saved_state=saved_state,
    )


def path_in_repository(path: Path, workspace: Path | None) -> str:
    """Return the path of a file from the root of its repository, which is what annotations and alerts refer to.

    `workspace` is the directory of the checkout. Return the path as it was given where no repository is known or the file is outside of it.
    """
    try:
        file = path.absolute().parent.resolve() / path.name
        root = _root_of(file.parent, None if workspace is None else workspace.resolve())
    except (OSError, RuntimeError, ValueError):
        return path.as_posix()
    return path.as_posix() if root is None else file.relative_to(root).as_posix()


def _root_of(directory: Path, workspace: Path | None) -> Path | None:
    """Return the root of the repository.

    Within the workspace this is the outermost repository, which may have been checked out into a subdirectory: one
    inside of it is a submodule, or was checked out beside the change. Elsewhere it is the nearest one.
    """
    above = [directory, *directory.parents]
    if workspace is not None and workspace in above:
        inside = above[: above.index(workspace) + 1]
        return next((one for one in reversed(inside) if _is_repository(one)), workspace)
    return next((one for one in above if _is_repository(one)), None)


def _is_repository(directory: Path) -> bool:
    return (directory / ".git").exists()
