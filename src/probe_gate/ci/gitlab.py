"""GitLab: job information, variables for later jobs, links on the job's page and log sections."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from probe_gate.ci.job import (
    MAX_LINK_LENGTH,
    CiJob,
    CommentApiAddress,
    first_of,
    make_job,
    number_of,
    text_of,
)
from probe_gate.ci.outputs import Outputs, join_with_commas
from probe_gate.domain.text import plain_line


def is_current(env: Mapping[str, str]) -> bool:
    """Return whether this is a job of the system."""
    return env.get("GITLAB_CI") == "true"


def read_job(env: Mapping[str, str]) -> CiJob:
    """Return the job that these variables describe.

    A retry is a new job with a higher ID, which serves as the attempt. Matrix values are part of the job's name.
    """
    source, target = text_of(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), text_of(env, "CI_MERGE_REQUEST_PROJECT_ID")
    is_fork = source != target if source and target else None
    return make_job(
        "gitlab",
        repository=text_of(env, "CI_PROJECT_PATH"),
        pipeline=text_of(env, "CI_PIPELINE_ID"),
        job=text_of(env, "CI_JOB_NAME"),
        commit=text_of(env, "CI_COMMIT_SHA"),
        branch=first_of(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"),
        attempt=number_of(text_of(env, "CI_JOB_ID")),
        link=text_of(env, "CI_JOB_URL", MAX_LINK_LENGTH),
        pull_request=text_of(env, "CI_MERGE_REQUEST_IID"),
        is_fork=is_fork,
        why_no_secrets=_why_no_secrets(env, is_fork=bool(is_fork)),
        title=f"pipeline {text_of(env, 'CI_PIPELINE_IID') or text_of(env, 'CI_PIPELINE_ID')}",
        workspace=env.get("CI_PROJECT_DIR", ""),
        comment_api=CommentApiAddress(
            env.get("CI_API_V4_URL", ""),
            project_id=env.get("CI_MERGE_REQUEST_PROJECT_ID") or env.get("CI_PROJECT_ID", ""),
        ),
    )


def _why_no_secrets(env: Mapping[str, str], *, is_fork: bool) -> str:
    # A member may run the pipeline of a fork in this project; then it gets the variables.
    if is_fork and env.get("CI_PROJECT_ID", "") != env.get("CI_MERGE_REQUEST_PROJECT_ID", ""):
        return "Merge requests from forks do not get the variables of this project."
    if env.get("CI_COMMIT_REF_PROTECTED") == "false":
        return "This branch is not protected, so its jobs do not get protected variables."
    return ""


DOTENV_FILE = "gate.env"
ANNOTATIONS_FILE = "annotations.json"
MAX_DOTENV_BYTES = 5 * 1024
"""GitLab rejects a larger dotenv report and fails the job."""

_NOT_FOR_DOTENV = re.compile(r"[^A-Za-z0-9_.,:/@%+=~?&#-]+")
_NOT_FOR_SECTIONS = re.compile(r"[^a-z0-9_]+")


def render_dotenv(outputs: Outputs) -> str:
    """Return the verdict as variables for later jobs.

    The names begin with `GATE_`, because `PROBE_GATE_` variables are options: a later gate in the pipeline would take
    this gate's run as its `--test-run-id`. Characters that a dotenv report must not have become `_`.
    """
    lines = [
        f"GATE_OUTCOME={outputs.outcome}",
        f"GATE_EXIT_CODE={outputs.exit_code}",
        f"GATE_SCORE={outputs.score}",
        f"GATE_TEST_RUN_ID={_dotenv_value(outputs.test_run_id, 1_000)}",
        f"GATE_TEST_RUN_URL={_dotenv_value(outputs.test_run_url, 500)}",
        f"GATE_REPORT_DIR={_dotenv_value(outputs.report_dir, 500)}",
        f"GATE_JUNIT_PATH={_dotenv_value(outputs.junit_path, 500)}",
        f"GATE_FAILED_CHECKS={_dotenv_value(join_with_commas(outputs.failed_checks), 2_000)}",
    ]
    return "\n".join(lines) + "\n"


def render_annotations(links: Mapping[str, str]) -> str:
    """Return the annotations report: links for the job's page, given by label."""
    entries = [{"external_link": {"label": plain_line(label, 200), "url": url}} for label, url in links.items()]
    return json.dumps({"Probe": entries}, indent=2) + "\n"


def section_start(name: str, header: str, unix_seconds: int, *, is_collapsed: bool = True) -> str:
    """Return the line that opens a section of the log, with its header."""
    collapsed = "[collapsed=true]" if is_collapsed else ""
    return f"\x1b[0Ksection_start:{unix_seconds}:{_section_name(name)}{collapsed}\r\x1b[0K{plain_line(header, 200)}"


def section_end(name: str, unix_seconds: int) -> str:
    """Return the line that closes a section of the log."""
    return f"\x1b[0Ksection_end:{unix_seconds}:{_section_name(name)}\r\x1b[0K"


def _section_name(name: str) -> str:
    return _NOT_FOR_SECTIONS.sub("_", name.lower())


def _dotenv_value(text: str, max_length: int) -> str:
    """Return text for a dotenv value; longer text is cut at a comma, so that no item of a list is incomplete."""
    fit = _NOT_FOR_DOTENV.sub("_", text)
    return fit if len(fit) <= max_length else fit[:max_length].rpartition(",")[0]
