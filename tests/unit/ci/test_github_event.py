from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.github import GitHubEvent, read_github_event
from tests.harness.ci_environments import GITHUB


def _environ(tmp_path: Path, event: Any, name: str = "pull_request") -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event))
    return {**GITHUB, "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}


def _pull_request(head: str | None) -> dict[str, Any]:
    repo = None if head is None else {"full_name": head}
    return {
        "pull_request": {
            "number": 7,
            "head": {"repo": repo, "sha": "b" * 40},
            "base": {"repo": {"full_name": "acme/bot"}},
        }
    }


@pytest.mark.parametrize(("head", "is_fork"), [("acme/bot", False), ("stranger/bot", True), (None, True)])
def test_tells_forks_from_the_repository_itself(tmp_path: Path, head: str | None, is_fork: bool) -> None:
    """The head's repository decides; one that was deleted since was a fork."""
    assert read_github_event(_environ(tmp_path, _pull_request(head))) == GitHubEvent("7", is_fork, "b" * 40)


def test_a_fork_without_secrets_is_told_so(tmp_path: Path) -> None:
    """The message for a missing key can name the fork as the reason."""
    job = detect_ci(_environ(tmp_path, _pull_request("stranger/bot")))
    assert job.is_fork_pull_request is True
    assert "forks" in job.why_no_secrets
    assert job.pull_request == "7"
    assert job.commit == GITHUB["GITHUB_SHA"]
    assert job.default_run_name.startswith("main (bbbbbbbb)")


def test_an_event_that_brings_secrets_is_not_blamed_on_the_fork(tmp_path: Path) -> None:
    """`pull_request_target` runs with secrets, so a missing key has another reason there."""
    job = detect_ci(_environ(tmp_path, _pull_request("stranger/bot"), "pull_request_target"))
    assert job.is_fork_pull_request is True
    assert job.why_no_secrets == ""


@pytest.mark.parametrize(
    "event", ["", "{", "[]", "null", '{"pull_request": 1}', '{"pull_request": {"head": []}}', "[" * 99_999]
)
def test_an_event_that_makes_no_sense_is_not_known(tmp_path: Path, event: str) -> None:
    """A file that cannot be read never breaks the gate."""
    assert read_github_event(_environ(tmp_path, event)) == GitHubEvent()


def test_a_push_has_no_pull_request() -> None:
    """Other events are not looked into at all."""
    assert read_github_event({**GITHUB, "GITHUB_EVENT_PATH": "/nowhere"}) == GitHubEvent()
