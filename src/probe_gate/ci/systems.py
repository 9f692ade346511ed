"""The variables of each CI system, read into a `CiJob`.

Where a system gives every attempt of a job a number that grows, that number is `attempt`; a system
without one (Jenkins, CircleCI) has `attempt` None, and its jobs never take up an earlier one's run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from probe_gate.ci.event import read_github_event
from probe_gate.ci.job import NO_COMMENT_API, NO_RUNNER_FILES, CiJob, CommentApiAddress, RunnerFiles
from probe_gate.ci.variables import LONGEST, LONGEST_LINK, first_of, joined, number_of, text_of
from probe_gate.ci.workflow import workflow_file
from probe_gate.domain.text import plain_line

_FORK = "Pull requests from forks are given no secrets."


def read_github(env: Mapping[str, str]) -> CiJob:
    """`GITHUB_RUN_ID` stays when jobs are run again, and `GITHUB_RUN_ATTEMPT` counts; the step is part of the job."""
    server, repository, run = (
        text_of(env, "GITHUB_SERVER_URL"),
        text_of(env, "GITHUB_REPOSITORY"),
        text_of(env, "GITHUB_RUN_ID"),
    )
    attempt = text_of(env, "GITHUB_RUN_ATTEMPT")
    event = read_github_event(env)
    is_dependabot = text_of(env, "GITHUB_ACTOR") == "dependabot[bot]"
    is_trusted_event = text_of(env, "GITHUB_EVENT_NAME") == "pull_request_target"
    why = _FORK if event.is_fork and not is_trusted_event else ""
    if is_dependabot and not why:
        why = "Runs that Dependabot starts are given Dependabot's secrets only, not those of Actions."
    return _job(
        "github",
        repository=repository,
        pipeline=run,
        job=joined("/", env, "GITHUB_JOB", "GITHUB_ACTION"),
        owner=text_of(env, "GITHUB_JOB"),
        step=text_of(env, "GITHUB_ACTION"),
        commit=text_of(env, "GITHUB_SHA"),
        head_commit=plain_line(event.head_commit, LONGEST),
        branch=first_of(env, "GITHUB_HEAD_REF", "GITHUB_REF_NAME"),
        attempt=number_of(attempt),
        link=f"{server}/{repository}/actions/runs/{run}/attempts/{attempt or 1}"
        if server and repository and run
        else "",
        pull_request=event.number,
        is_fork=event.is_fork,
        why_no_secrets=why,
        title=joined(" #", env, "GITHUB_WORKFLOW", "GITHUB_RUN_NUMBER"),
        workspace=env.get("GITHUB_WORKSPACE", ""),
        workflow=env.get("GITHUB_WORKFLOW", ""),
        workflow_file=workflow_file(env),
        runner_files=RunnerFiles(
            env.get("GITHUB_STEP_SUMMARY", ""), env.get("GITHUB_OUTPUT", ""), env.get("GITHUB_STATE", "")
        ),
        comment_api=CommentApiAddress(env.get("GITHUB_API_URL", ""), env.get("GITHUB_GRAPHQL_URL", "")),
        saved_state=tuple(
            (name.removeprefix("STATE_"), value) for name, value in env.items() if name.startswith("STATE_")
        ),
    )


def read_gitlab(env: Mapping[str, str]) -> CiJob:
    """GitLab counts no attempts, but every retry is a new job with a higher id. Matrix values are in the job's name."""
    source, target = text_of(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), text_of(env, "CI_MERGE_REQUEST_PROJECT_ID")
    is_fork = source != target if source and target else None
    return _job(
        "gitlab",
        repository=text_of(env, "CI_PROJECT_PATH"),
        pipeline=text_of(env, "CI_PIPELINE_ID"),
        job=text_of(env, "CI_JOB_NAME"),
        commit=text_of(env, "CI_COMMIT_SHA"),
        branch=first_of(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"),
        attempt=number_of(text_of(env, "CI_JOB_ID")),
        link=text_of(env, "CI_JOB_URL", LONGEST_LINK),
        pull_request=text_of(env, "CI_MERGE_REQUEST_IID"),
        is_fork=is_fork,
        why_no_secrets=_gitlab_secrets(env, is_fork=bool(is_fork)),
        title=f"pipeline {text_of(env, 'CI_PIPELINE_IID') or text_of(env, 'CI_PIPELINE_ID')}",
        workspace=env.get("CI_PROJECT_DIR", ""),
        comment_api=CommentApiAddress(
            env.get("CI_API_V4_URL", ""),
            project_id=env.get("CI_MERGE_REQUEST_PROJECT_ID") or env.get("CI_PROJECT_ID", ""),
        ),
    )


def read_azure(env: Mapping[str, str]) -> CiJob:
    """A stage and a job are counted apart; the stage's number weighs more, so that the sum only grows."""
    stage, job = number_of(text_of(env, "SYSTEM_STAGEATTEMPT")), number_of(text_of(env, "SYSTEM_JOBATTEMPT"))
    collection, project = text_of(env, "SYSTEM_COLLECTIONURI"), text_of(env, "SYSTEM_TEAMPROJECT")
    build = text_of(env, "BUILD_BUILDID")
    fork = text_of(env, "SYSTEM_PULLREQUEST_ISFORK").lower()
    is_fork = fork == "true" if fork else None
    return _job(
        "azure",
        repository=text_of(env, "BUILD_REPOSITORY_NAME"),
        pipeline=build,
        job=joined("/", env, "SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "SYSTEM_JOBNAME", "AGENT_JOBNAME"),
        commit=text_of(env, "BUILD_SOURCEVERSION"),
        branch=first_of(env, "SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME").removeprefix("refs/heads/"),
        attempt=None if job is None else (stage or 1) * 10_000 + job,
        link=f"{collection}{project}/_build/results?buildId={build}" if collection and project and build else "",
        pull_request=first_of(env, "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"),
        is_fork=is_fork,
        why_no_secrets=_FORK if is_fork else "",
        leaves_unset_names=True,
        title=joined(" ", env, "BUILD_DEFINITIONNAME", "BUILD_BUILDNUMBER"),
        workspace=env.get("SYSTEM_DEFAULTWORKINGDIRECTORY", ""),
    )


def read_bitbucket(env: Mapping[str, str]) -> CiJob:
    """A step that is run again keeps its pipeline, and `BITBUCKET_STEP_RUN_NUMBER` counts."""
    repository, build = text_of(env, "BITBUCKET_REPO_FULL_NAME"), text_of(env, "BITBUCKET_BUILD_NUMBER")
    return _job(
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


def read_circleci(env: Mapping[str, str]) -> CiJob:
    """CircleCI runs a workflow again under a new id, in the same pipeline, and says nothing of the earlier one.

    Forks alone set the pull request's repository.
    """
    is_fork = True if text_of(env, "CIRCLE_PR_REPONAME") else None
    return _job(
        "circleci",
        repository=joined("/", env, "CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"),
        pipeline=first_of(env, "CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"),
        job=joined("/", env, "CIRCLE_JOB", "CIRCLE_NODE_INDEX"),
        commit=text_of(env, "CIRCLE_SHA1"),
        branch=first_of(env, "CIRCLE_BRANCH", "CIRCLE_TAG"),
        attempt=None,
        link=text_of(env, "CIRCLE_BUILD_URL", LONGEST_LINK),
        pull_request=text_of(env, "CIRCLE_PR_NUMBER") or text_of(env, "CIRCLE_PULL_REQUEST").rpartition("/")[2],
        is_fork=is_fork,
        why_no_secrets=_FORK if is_fork else "",
        title=joined(" ", env, "CIRCLE_JOB", "CIRCLE_BUILD_NUM"),
        workspace=env.get("CIRCLE_WORKING_DIRECTORY", ""),
    )


def read_buildkite(env: Mapping[str, str]) -> CiJob:
    """A retried job keeps its step; parallel jobs and matrix legs of a step differ in number or label."""
    url, job_id = text_of(env, "BUILDKITE_BUILD_URL", LONGEST_LINK), text_of(env, "BUILDKITE_JOB_ID")
    pull_request = text_of(env, "BUILDKITE_PULL_REQUEST")
    retries = number_of(text_of(env, "BUILDKITE_RETRY_COUNT"))
    source, own = _path_of(env, "BUILDKITE_PULL_REQUEST_REPO"), _path_of(env, "BUILDKITE_REPO")
    is_fork = source != own if source and own else None
    return _job(
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
        why_no_secrets=_FORK if is_fork else "",
        title=joined(" #", env, "BUILDKITE_PIPELINE_SLUG", "BUILDKITE_BUILD_NUMBER"),
        workspace=env.get("BUILDKITE_BUILD_CHECKOUT_PATH", ""),
    )


def read_jenkins(env: Mapping[str, str]) -> CiJob:
    """A build that is run again is a new build. `CHANGE_FORK` is set for change requests from forks alone."""
    change = text_of(env, "CHANGE_ID")
    is_fork = bool(text_of(env, "CHANGE_FORK")) if change else None
    return _job(
        "jenkins",
        repository=text_of(env, "JOB_NAME"),
        pipeline=text_of(env, "BUILD_NUMBER"),
        job=text_of(env, "STAGE_NAME"),
        # post actions of the whole pipeline are a stage of their own
        owner="",
        step=text_of(env, "STAGE_NAME"),
        commit=text_of(env, "GIT_COMMIT"),
        branch=first_of(env, "CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        attempt=None,
        link=text_of(env, "BUILD_URL", LONGEST_LINK),
        pull_request=change,
        is_fork=is_fork,
        why_no_secrets="Change requests from forks may be given no credentials." if is_fork else "",
        title=joined(" #", env, "JOB_NAME", "BUILD_NUMBER"),
        workspace=env.get("WORKSPACE", ""),
    )


def _job(
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
        default_run_name=plain_line(", ".join(part for part in (place, title.strip()) if part), LONGEST),
        workflow=workflow,
        workflow_file=workflow_file,
        # CircleCI writes `~/project`, which only a shell understands
        workspace=Path(workspace) if workspace.startswith("/") else None,
        runner_files=runner_files,
        comment_api=comment_api,
        saved_state=saved_state,
    )


def _gitlab_secrets(env: Mapping[str, str], *, is_fork: bool) -> str:
    # A member may run the pipeline of a fork in this project, which then gives it its variables.
    if is_fork and env.get("CI_PROJECT_ID", "") != env.get("CI_MERGE_REQUEST_PROJECT_ID", ""):
        return "Merge requests from forks are given no variables of this project."
    if env.get("CI_COMMIT_REF_PROTECTED") == "false":
        return "This branch is not protected, so variables marked as protected are not given to its jobs."
    return ""


def _path_of(env: Mapping[str, str], name: str) -> str:
    """Owner and name in the address of a repository, however it is written."""
    found = re.fullmatch(r"(?:\w+://)?[^/:]+[:/](?:[0-9]+/)?(.+?)(?:\.git)?/?", text_of(env, name, LONGEST_LINK))
    return found[1].lower() if found else ""
