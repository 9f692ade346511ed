"""The CI job that the gate runs in, as the environment describes it.

All of it is text that outsiders can choose, branch names above all, so it is sanitized and shortened here. Where a
system numbers the attempts of a job in ascending order, that number is `attempt`. Jobs of systems that do not (Jenkins,
CircleCI) never reuse an earlier attempt's run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import JobIdentity

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
"""A hash, not a name such as HEAD."""


@dataclass(frozen=True, slots=True)
class RunnerFiles:
    """Paths of the files that GitHub's runner reads after a step; empty where there is none."""

    summary: str = ""
    output: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class CommentApiAddress:
    """The API for comments on the pull or merge request; empty where the system does not provide it."""

    api_url: str = ""
    graphql_url: str = ""
    """GitHub only."""
    project_id: str = ""
    """GitLab only: the target project of the merge request."""


NO_RUNNER_FILES = RunnerFiles()
NO_COMMENT_API = CommentApiAddress()


@dataclass(frozen=True, slots=True)
class CiJob:
    """One attempt of a job of a CI system.

    Texts are sanitized and short; empty if unknown.
    """

    system: str
    """`github`, `gitlab`, `jenkins`, `azure`, `bitbucket`, `circleci`, `buildkite` or `generic`."""
    repository: str = ""
    pipeline: str = ""
    """An ID that stays the same when a job is retried."""
    job: str = ""
    """The name of the job, with what distinguishes it within the pipeline as far as the system says."""
    commit: str = ""
    """The commit that the job runs on."""
    head_commit: str = ""
    """The commit of the branch: on GitHub, a pull request's job runs on a merge commit instead."""
    branch: str = ""
    attempt: int | None = None
    """From 1, ascending with each attempt of the job. None: unknown, so no earlier run is reused."""
    link: str = ""
    """The HTTP or HTTPS address of the job's page."""
    pull_request: str = ""
    """The number of the pull or merge request."""
    is_fork_pull_request: bool | None = None
    """None: unknown."""
    why_no_secrets: str = ""
    """A sentence on why this job gets no secrets; empty if there is no known reason."""
    leaves_unset_names: bool = False
    """Whether the system leaves references to unset variables in place, as Azure does with `$(NAME)`."""
    default_run_name: str = ""
    """Branch, commit and pipeline as text, for the name of a test run."""

    owner: tuple[str, ...] = ()
    """Identifies the job across its steps and attempts; empty if the system does not say enough."""

    step: str = ""
    """Distinguishes gates of one job, where the system says it."""

    key: str = ""
    """The value of `--job-key`, which distinguishes jobs of the same name."""
    workflow: str = ""
    """The name of the GitHub workflow, as GitHub gives it."""
    workflow_file: str = ""
    """The path of the GitHub workflow in this repository; empty if it is in another one."""
    workspace: Path | None = None
    """The absolute path of the checkout; None if unknown."""
    runner_files: RunnerFiles = NO_RUNNER_FILES
    comment_api: CommentApiAddress = NO_COMMENT_API
    saved_state: tuple[tuple[str, str], ...] = ()
    """In the post step of a GitHub action: names and values that its main step saved."""

    def identity(self) -> JobIdentity | None:
        """Return the job's identity for reports; None if the pipeline is unknown."""
        if not self.owner:
            return None
        system, repository, pipeline, job = self.owner
        commit = self.commit if _COMMIT.fullmatch(self.commit) else ""
        return JobIdentity(system, repository, pipeline, commit, job, self.step, self.key, self.attempt)

    def owner_identity(self) -> tuple[str, ...]:
        """Return what identifies this job's runs for its cleanup step; empty if unknown.

        On an unknown CI system this is the job key, which the pipeline gives to both steps.
        """
        return self.owner or ((self.system, self.key) if self.key else ())

    @property
    def is_fork_without_secrets(self) -> bool:
        """Whether this is known to be a pull request from a fork that gets no secrets."""
        return bool(self.is_fork_pull_request and self.why_no_secrets)

    def job_identity(self) -> tuple[str, ...]:
        """Return what identifies this job across its attempts.

        Empty if the system does not say enough; such a job never reuses a run.
        """
        if self.attempt is None:
            return ()
        return (self.system, self.repository, self.pipeline, self.job, self.commit)


MAX_LENGTH = 200
"""In characters, of any text."""
MAX_LINK_LENGTH = 2_000


def text_of(env: Mapping[str, str], name: str, max_length: int = MAX_LENGTH) -> str:
    """Return the variable as one sanitized line; empty if it is not set."""
    return plain_line(env.get(name, ""), max_length)


def first_of(env: Mapping[str, str], *names: str) -> str:
    """Return the first of the variables that is not empty."""
    return next((text for text in (text_of(env, name) for name in names) if text), "")


def joined(separator: str, env: Mapping[str, str], *names: str) -> str:
    """Return the variables that are not empty, joined by the separator."""
    return plain_line(separator.join(text for text in (text_of(env, name) for name in names) if text), MAX_LENGTH)


def number_of(text: str) -> int | None:
    """Return the number in a text of up to 18 ASCII digits; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


FORKS_GET_NO_SECRETS = "Pull requests from forks get no secrets."


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
        # CircleCI uses `~/project`, which only a shell expands
        workspace=Path(workspace) if workspace.startswith("/") else None,
        runner_files=runner_files,
        comment_api=comment_api,
        saved_state=saved_state,
    )


def path_in_repository(path: Path, workspace: Path | None) -> str:
    """Return the path of a file from the root of its repository, as annotations and alerts need it.

    Args:
        path: The path of the file.
        workspace: The directory of the checkout; None if unknown.

    Returns:
        The path as given if no repository is known or the file is outside of it.
    """
    try:
        file = path.absolute().parent.resolve() / path.name
        root = _root_of(file.parent, None if workspace is None else workspace.resolve())
    except (OSError, RuntimeError, ValueError):
        return path.as_posix()
    return path.as_posix() if root is None else file.relative_to(root).as_posix()


def _root_of(directory: Path, workspace: Path | None) -> Path | None:
    """Return the root of the repository.

    Within the workspace this is the outermost repository, which may be in a subdirectory; a repository inside of it is a
    submodule or an additional checkout. Elsewhere it is the nearest one. None if there is none.
    """
    above = [directory, *directory.parents]
    if workspace is not None and workspace in above:
        inside = above[: above.index(workspace) + 1]
        return next((one for one in reversed(inside) if _is_repository(one)), workspace)
    return next((one for one in above if _is_repository(one)), None)


def _is_repository(directory: Path) -> bool:
    return (directory / ".git").exists()
