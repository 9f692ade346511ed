"""GitHub Actions: job information, job summary, outputs, annotations and masks.

There are two ways to reach the runner: files named by variables, and commands in the log. Values in files get a random
delimiter; values in commands are escaped.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probe_gate.ci.files import append
from probe_gate.ci.job import (
    FORKS_GET_NO_SECRETS,
    MAX_LENGTH,
    CiJob,
    CommentApiAddress,
    RunnerFiles,
    first_of,
    joined,
    make_job,
    number_of,
    text_of,
)
from probe_gate.ci.outputs import Outputs, checks_with
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict, describe_target_check
from probe_gate.errors import Outcome


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return env.get("GITHUB_ACTIONS") == "true"


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe. The step counts as part of the job.

    A rerun keeps `GITHUB_RUN_ID`; `GITHUB_RUN_ATTEMPT` counts the attempts.
    """
    server, repository, run = (
        text_of(env, "GITHUB_SERVER_URL"),
        text_of(env, "GITHUB_REPOSITORY"),
        text_of(env, "GITHUB_RUN_ID"),
    )
    attempt = text_of(env, "GITHUB_RUN_ATTEMPT")
    event = read_github_event(env)
    is_dependabot = text_of(env, "GITHUB_ACTOR") == "dependabot[bot]"
    is_trusted_event = text_of(env, "GITHUB_EVENT_NAME") == "pull_request_target"
    why = FORKS_GET_NO_SECRETS if event.is_fork and not is_trusted_event else ""
    if is_dependabot and not why:
        why = "Runs that Dependabot starts get Dependabot's secrets, not those of Actions."
    return make_job(
        "github",
        repository=repository,
        pipeline=run,
        job=joined("/", env, "GITHUB_JOB", "GITHUB_ACTION"),
        owner=text_of(env, "GITHUB_JOB"),
        step=text_of(env, "GITHUB_ACTION"),
        commit=text_of(env, "GITHUB_SHA"),
        head_commit=plain_line(event.head_commit, MAX_LENGTH),
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


_MAX_BYTES = 32 * 1024 * 1024
"""GitHub limits an event to 25 MB."""


@dataclass(frozen=True, slots=True)
class GitHubEvent:
    """The pull request of a GitHub event, if it has one."""

    number: str = ""
    is_fork: bool | None = None
    """None: not a pull request, or unknown."""
    head_commit: str = ""
    """The newest commit of its branch; the job itself runs on a merge commit."""


def read_github_event(env: Mapping[str, str]) -> GitHubEvent:
    """Read the file at `GITHUB_EVENT_PATH`. Never raises: what cannot be read is unknown."""
    if not env.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return GitHubEvent()
    try:
        with Path(env.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            event: Any = json.loads(file.read(_MAX_BYTES))
        pull_request = event["pull_request"]
        head, base = pull_request["head"]["repo"], pull_request["base"]["repo"]
        # The repository is null if the fork was deleted since.
        is_fork = head is None or head["full_name"] != base["full_name"]
        return GitHubEvent(str(pull_request["number"])[:20], is_fork, str(pull_request["head"].get("sha", ""))[:64])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return GitHubEvent()


def workflow_file(environ: Mapping[str, str]) -> str:
    """Return the path of the workflow in this repository; empty if it is unknown or in another repository.

    It is part of `GITHUB_WORKFLOW_REF`, such as `owner/name/.github/workflows/ci.yml@refs/heads/main`.
    """
    repository = environ.get("GITHUB_REPOSITORY", "")
    reference = plain_line(environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0], 300)
    path = reference.removeprefix(f"{repository}/")
    if not repository or path == reference or ".." in path.split("/"):
        return ""
    return path


MAX_SUMMARY_BYTES = 1_048_576
"""GitHub drops a larger step summary entirely."""
MAX_ANNOTATIONS = 10
"""Per kind and step; the runner drops the rest."""
MAX_ANNOTATION_LENGTH = 4_096


def write_summary(path: str, summary: str) -> str:
    """Append the summary to the job summary at `path`, cut to the space that is left.

    Returns:
        A warning if there is no space left, else an empty string.

    Raises:
        OSError: The file could not be written.
    """
    if not path:
        return ""
    text = summary.encode("utf-8", "replace") + b"\n"
    taken = Path(path).stat().st_size if Path(path).exists() else 0
    room = MAX_SUMMARY_BYTES - taken - len(b"\n")
    if len(text) > room:
        cut = b"\n\nThe rest was cut: the summary of a step holds 1 MiB. All of it is in summary.md.\n"
        if room <= len(cut):
            return "The job summary of this step is full (1 MiB), so nothing was added to it. See summary.md."
        text = text[: room - len(cut)].rpartition(b"\n")[0] + cut
    append(Path(path), text, follow_links=True)
    return ""


def write_outputs(path: str, outputs: Outputs) -> str:
    """Set the outputs of the step. Return what went wrong; empty if nothing did."""
    values = {
        "outcome": outputs.outcome,
        "exit-code": outputs.exit_code,
        "score": outputs.score,
        "test-run-id": outputs.test_run_id,
        "test-run-url": outputs.test_run_url,
        "report-dir": outputs.report_dir,
        "junit-path": outputs.junit_path,
        "failed-checks": "\n".join(outputs.failed_checks),
    }
    return set_values(path, "GITHUB_OUTPUT", values)


def set_values(path: str, variable: str, values: Mapping[str, str]) -> str:
    """Append names and values to a file of the runner. Return what went wrong; empty if nothing did.

    `variable` is the one that names the file, such as `GITHUB_OUTPUT`.
    """
    if not path:
        return ""
    delimiter = f"probe-gate-{secrets.token_hex(16)}"
    entries = (f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())
    try:
        append(Path(path), "".join(entries).encode("utf-8", "replace"), follow_links=True)
    except OSError as error:
        return f"{variable} could not be written: {error.strerror or error}."
    return ""


def annotation_commands(verdict: Verdict) -> Iterator[str]:
    """Yield the commands that annotate the change with failed checks and those that could not be evaluated.

    A skipped gate yields a warning, since it passes without having tested anything.
    """
    kind = "warning" if verdict.is_green else "error"
    found = checks_with(verdict, CheckOutcome.FAILED) + checks_with(verdict, CheckOutcome.ERROR)
    if not found:
        if not verdict.is_green or verdict.outcome is Outcome.SKIPPED:
            problems = "\n".join(plain_line(problem, 400) for problem in verdict.listed_problems)
            title = "Probe gate: skipped" if verdict.outcome is Outcome.SKIPPED else "Probe gate"
            yield _command(kind, _escape(f"{verdict.reason} {verdict.hint}\n{problems}".strip()), title)
        return
    shown = found if len(found) <= MAX_ANNOTATIONS else found[: MAX_ANNOTATIONS - 1]
    for target, check in shown:
        yield _annotation(kind, target, check)
    if len(found) > len(shown):
        rest = f"{len(found) - len(shown)} more checks failed or could not be judged: see the job summary."
        yield _command(kind, _escape(rest), "Probe gate")


def mask(secret: str) -> str:
    """Return the command that masks a secret in the rest of the log."""
    return f"::add-mask::{_escape(secret)}"


def _annotation(kind: str, target: TargetVerdict, check: Check) -> str:
    place = {}
    if check.origin is not None and check.origin.file and _is_in_repository(Path(check.origin.file)):
        place = {"file": check.origin.file, "line": str(check.origin.line or 1)}
    title = describe_target_check(target.target, check)
    text = f"{plain_line(check.message, 1_500)} {plain_line(check.hint, 1_500)}".strip()
    return _command(kind, _escape(text), title, **place)


def _is_in_repository(file: Path) -> bool:
    return not file.is_absolute() and ".." not in file.parts


def _command(kind: str, escaped: str, title: str, **properties: str) -> str:
    parts = [f"{name}={_escape_property(value)}" for name, value in (*properties.items(), ("title", title))]
    return f"::{kind} {','.join(parts)}::{_cut_escaped(escaped, MAX_ANNOTATION_LENGTH)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(plain_line(text, 250)).replace(":", "%3A").replace(",", "%2C")


def _cut_escaped(text: str, max_length: int) -> str:
    if len(text) <= max_length:
        return text
    cut = text[: max_length - 1]
    # do not cut an escape in half
    percent = cut.rfind("%", len(cut) - 2)
    return (cut if percent < 0 else cut[:percent]) + "…"
