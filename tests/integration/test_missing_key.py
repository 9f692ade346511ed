"""A gate without an API key, as a process: who is skipped, who is not, and what a user reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness.ci_environments import AZURE, CIRCLECI, GITHUB, GITLAB, JENKINS
from tests.harness.processes import Ended, environment, run_here

PLACE = {"SPLX_API_URL": "http://127.0.0.1:9", "SPLX_WORKSPACE_ID": "7", "SPLX_TARGET_ID": "42"}
"""Nobody listens there: nothing may be sent."""
EVENT = "event.json"


def gate(tmp_path: Path, variables: dict[str, str], *arguments: str) -> Ended:
    """Run a gate that skips forks, with all reports."""
    env = environment(tmp_path, PLACE, {"PROBE_GATE_REPORTS": "all"}, variables)
    return run_here(tmp_path, "run", *(arguments or ("--on-missing-key", "skip-forks")), env=env)


def github(tmp_path: Path, head: str, event: str = "pull_request") -> dict[str, str]:
    """The variables of a pull request's job, with its event."""
    repositories = {"head": {"repo": {"full_name": head}, "sha": "b" * 40}, "base": {"repo": {"full_name": "acme/bot"}}}
    (tmp_path / EVENT).write_text(json.dumps({"pull_request": {"number": 7, **repositories}}))
    return {**GITHUB, "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(tmp_path / EVENT)}


FORKS: dict[str, dict[str, str]] = {
    "github": {},
    "gitlab": {
        **GITLAB,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_PROJECT_ID": "1",
        "CI_PROJECT_ID": "9",
    },
    "azure": {**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "True", "SPLX_API_KEY": "$(SPLX_API_KEY)"},
    "circleci": {**CIRCLECI, "CIRCLE_PR_REPONAME": "bot"},
    "jenkins": {**JENKINS, "CHANGE_ID": "7", "CHANGE_FORK": "stranger"},
}
WARNINGS = {
    "github": "::warning title=Probe gate%3A skipped::This pull request is from a fork, so there is no API key.",
    "azure": "##vso[task.logissue type=warning]The probe gate was skipped. This pull request is from a fork,",
}


@pytest.mark.parametrize("system", FORKS)
def test_a_pull_request_from_a_fork_is_skipped_with_a_warning(system: str, tmp_path: Path) -> None:
    """Exit 0 under its own name, a warning where the CI system shows it, and no word of a pass in any report."""
    variables = github(tmp_path, "stranger/bot") if system == "github" else FORKS[system]
    ended = gate(tmp_path, variables)
    assert (ended.code, ended.outcome) == (0, "skipped"), ended.output
    assert (
        "Warning: the gate was skipped. This pull request is from a fork, so there is no API key. Nothing was tested."
    ) in ended.output
    assert WARNINGS.get(system, "Warning:") in ended.output
    for name in ("junit.xml", "summary.md", "report.json"):
        text = (ended.report_dir / name).read_text()
        assert "Nothing was tested." in text
        assert "passed" not in text.lower(), name
    assert "passed" not in ended.output.lower()
    assert ended.shape == (0, 0, 1)


FORGOTTEN: dict[str, tuple[dict[str, str], str]] = {
    "github, a branch of the repository": ({}, "Create a key in the platform's account settings"),
    "github, pull_request_target": ({}, "Create a key in the platform's account settings"),
    "gitlab, a branch that is not protected": (
        {**GITLAB, "CI_COMMIT_REF_PROTECTED": "false"},
        "This branch is not protected, so its jobs do not get protected variables.",
    ),
    "gitlab, a fork's pipeline in the project itself": (
        {**FORKS["gitlab"], "CI_PROJECT_ID": "1"},
        "Create a key in the platform's account settings",
    ),
    "azure, a branch of the repository": (
        {**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "False", "SPLX_API_KEY": "$(SPLX_API_KEY)"},
        "SPLX_API_KEY only contains the name of a variable that is not set",
    ),
    "no CI system": ({}, "Create a key in the platform's account settings"),
}


@pytest.mark.parametrize("case", FORGOTTEN)
def test_a_forgotten_secret_is_no_pass(case: str, tmp_path: Path) -> None:
    """Exit 2, although forks are skipped: the CI system does not say that this is one that is given no secrets."""
    variables, says = FORGOTTEN[case]
    if case == "github, a branch of the repository":
        variables = github(tmp_path, "acme/bot")
    elif case == "github, pull_request_target":
        variables = github(tmp_path, "stranger/bot", "pull_request_target")
    ended = gate(tmp_path, variables)
    assert (ended.code, ended.outcome) == (2, "config-error"), ended.output
    assert "probe-gate: There is no API key" in ended.output
    assert "  - " not in ended.output, "said twice"
    assert ended.output.splitlines()[-1] == "Exit code 2 (config-error)"
    assert says in ended.output


def test_a_fork_is_no_pass_unless_that_was_asked_for(tmp_path: Path) -> None:
    """The message names the option that skips forks only."""
    ended = gate(tmp_path, github(tmp_path, "stranger/bot"), "--on-missing-key", "fail")
    assert ended.code == 2
    assert "To skip pull requests from forks, set --on-missing-key skip-forks." in ended.output


def test_skip_skips_wherever_there_is_no_key(tmp_path: Path) -> None:
    """With the same warning."""
    ended = gate(tmp_path, {}, "--on-missing-key", "skip")
    assert (ended.code, ended.outcome) == (0, "skipped"), ended.output
    assert "Warning: the gate was skipped. There is no API key. Nothing was tested." in ended.output
