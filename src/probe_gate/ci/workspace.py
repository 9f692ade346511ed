"""Where the checkout of a CI job is, and what a file in it is called in the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from probe_gate.ci.job import CiJob

_VARIABLES = {
    "github": "GITHUB_WORKSPACE",
    "gitlab": "CI_PROJECT_DIR",
    "azure": "SYSTEM_DEFAULTWORKINGDIRECTORY",
    "bitbucket": "BITBUCKET_CLONE_DIR",
    "circleci": "CIRCLE_WORKING_DIRECTORY",
    "buildkite": "BUILDKITE_BUILD_CHECKOUT_PATH",
    "jenkins": "WORKSPACE",
}


def workspace_of(job: CiJob, environ: Mapping[str, str]) -> Path | None:
    """Return the directory that the CI system checks the repository out into, as its variables name it."""
    value = environ.get(_VARIABLES.get(job.system, ""), "")
    return Path(value) if value.startswith("/") else None


def path_in_repository(path: Path, job: CiJob, environ: Mapping[str, str]) -> str:
    """Return the path of a file from the root of its repository, which is what annotations and alerts refer to.

    Return the path as it was given where no repository is known or the file is outside of it.
    """
    try:
        workspace = workspace_of(job, environ)
        file = path.absolute().parent.resolve() / path.name
        root = _root_of(file.parent, None if workspace is None else workspace.resolve())
    except (OSError, RuntimeError, ValueError):
        return str(path)
    return str(path) if root is None else file.relative_to(root).as_posix()


def _root_of(directory: Path, workspace: Path | None) -> Path | None:
    """Return the root of the repository.

    Within the workspace this is the outermost repository, which may have been checked out into a subdirectory: one
    inside of it is a submodule, or was checked out beside the change. Elsewhere it is the nearest one.
    """
    above = [directory, *directory.parents]
    if workspace is not None and workspace in above:
        inside = above[: above.index(workspace) + 1]
        return next((one for one in reversed(inside) if _is_repository(one)), workspace)
    return next((one for one in above if _is_repository(one)), None)


def _is_repository(directory: Path) -> bool:
    return (directory / ".git").exists()
