"""The file that a limit set by flag is shown at."""

from __future__ import annotations

import pytest

from probe_gate.ci.github import workflow_file


@pytest.mark.parametrize(
    ("repository", "reference", "path"),
    [
        ("acme/bot", "acme/bot/.github/workflows/ci.yml@refs/heads/main", ".github/workflows/ci.yml"),
        ("acme/bot", "acme/shared/.github/workflows/ci.yml@main", ""),
        ("acme/bot", "acme/bot/../../etc/passwd@main", ""),
        ("acme/bot", "", ""),
        ("", "acme/bot/.github/workflows/ci.yml@main", ""),
    ],
)
def test_the_workflow_is_named_when_it_is_of_this_repository(repository: str, reference: str, path: str) -> None:
    """A workflow of another repository is not in the change that is shown."""
    assert workflow_file({"GITHUB_REPOSITORY": repository, "GITHUB_WORKFLOW_REF": reference}) == path
