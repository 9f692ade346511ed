"""What a file of the checkout is called in its repository."""

from __future__ import annotations

from pathlib import Path


def path_in_repository(path: Path, workspace: Path | None) -> str:
    """Return the path of a file from the root of its repository, which is what annotations and alerts refer to.

    `workspace` is the directory of the checkout. Return the path as it was given where no repository is known or the file is outside of it.
    """
    try:
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
