"""Which file of the repository describes the job that is running."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.domain.text import plain_line


def workflow_file(environ: Mapping[str, str]) -> str:
    """The path of the GitHub workflow within its repository; empty when it is not known, or of another repository.

    `GITHUB_WORKFLOW_REF` is `owner/name/.github/workflows/ci.yml@refs/heads/main`.
    """
    repository = environ.get("GITHUB_REPOSITORY", "")
    reference = plain_line(environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0], 300)
    path = reference.removeprefix(f"{repository}/")
    if not repository or path == reference or ".." in path.split("/"):
        return ""
    return path
