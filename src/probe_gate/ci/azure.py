"""Azure Pipelines: job information, and logging commands for summary, output variables and masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from probe_gate.ci.job import (
    FORKS_GET_NO_SECRETS,
    CiJob,
    first_of,
    joined,
    make_job,
    number_of,
    text_of,
)
from probe_gate.ci.outputs import Outputs, join_with_commas


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return env.get("TF_BUILD", "").lower() == "true"


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe.

    Stage and job attempts are counted separately. They are combined into one number that only grows.
    """
    stage, job = number_of(text_of(env, "SYSTEM_STAGEATTEMPT")), number_of(text_of(env, "SYSTEM_JOBATTEMPT"))
    collection, project = text_of(env, "SYSTEM_COLLECTIONURI"), text_of(env, "SYSTEM_TEAMPROJECT")
    build = text_of(env, "BUILD_BUILDID")
    fork = text_of(env, "SYSTEM_PULLREQUEST_ISFORK").lower()
    is_fork = fork == "true" if fork else None
    return make_job(
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
        why_no_secrets=FORKS_GET_NO_SECRETS if is_fork else "",
        leaves_unset_names=True,
        title=joined(" ", env, "BUILD_DEFINITIONNAME", "BUILD_BUILDNUMBER"),
        workspace=env.get("SYSTEM_DEFAULTWORKINGDIRECTORY", ""),
    )


def commands(outputs: Outputs, summary: Path | None) -> Iterator[str]:
    """Yield the commands that show the summary on the build's page and set the step's output variables."""
    if summary is not None:
        yield f"##vso[task.uploadsummary]{_escape(str(summary))}"
    values = {
        "outcome": outputs.outcome,
        "exitCode": outputs.exit_code,
        "score": outputs.score,
        "testRunId": outputs.test_run_id,
        "testRunUrl": outputs.test_run_url,
        "reportDir": outputs.report_dir,
        "junitPath": outputs.junit_path,
        "failedChecks": join_with_commas(outputs.failed_checks),
    }
    for name, value in values.items():
        yield f"##vso[task.setvariable variable={name};isOutput=true]{_escape(value)}"


def warning(text: str) -> str:
    """Return the command that shows a warning on the build's page."""
    return f"##vso[task.logissue type=warning]{_escape(text)}"


def mask(secret: str) -> str:
    """Return the command that masks a secret in the rest of the log."""
    return f"##vso[task.setsecret]{_escape(secret)}"


def _escape(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")
