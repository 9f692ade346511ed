"""What GitHub tells of the event that started a workflow, beyond its variables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MOST_BYTES = 32 * 1024 * 1024
"""GitHub's own bound on an event is 25 MB."""


@dataclass(frozen=True, slots=True)
class GitHubEvent:
    """The pull request of an event, if it has one."""

    number: str = ""
    is_fork: bool | None = None
    """None: not a pull request, or not known."""
    head_commit: str = ""
    """The newest commit of its branch; the job itself runs on a merge of that."""


def read_github_event(env: Mapping[str, str]) -> GitHubEvent:
    """Reads the file at `GITHUB_EVENT_PATH`. Never raises: what cannot be read is not known."""
    if not env.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return GitHubEvent()
    try:
        with Path(env.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            event: Any = json.loads(file.read(_MOST_BYTES))
        pull_request = event["pull_request"]
        head, base = pull_request["head"]["repo"], pull_request["base"]["repo"]
        # The repository of a fork that was deleted since is null: it was a fork all the same.
        is_fork = head is None or head["full_name"] != base["full_name"]
        return GitHubEvent(str(pull_request["number"])[:20], is_fork, str(pull_request["head"].get("sha", ""))[:64])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return GitHubEvent()
