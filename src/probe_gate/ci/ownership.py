"""Ownership of the files that the gate writes.

A container action runs as root in a workspace of the runner's user. The next checkout on that runner could not remove
files of root. Therefore files and directories created as root are given to the owner of the directory that they are in,
through open descriptors of new files only and never through a link.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

ROOT = 0


def user_id() -> int | None:
    """Return the effective user of this process, or None on Windows."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def give_to_directory_owner(descriptor: int, directory: Path) -> None:
    """Give a new file or directory to the owner of the directory that it is in.

    If that is a directory of root below the working directory, an earlier step may have created it, and the owner of the
    nearest directory above counts. Does nothing if this process is not root or may not change owners. Never raises.
    """
    if user_id() != ROOT:
        return
    with suppress(OSError):
        owner = _owner_of(directory)
        if owner is not None:
            os.fchown(descriptor, *owner)


def _owner_of(directory: Path) -> tuple[int, int] | None:
    """Return user and group of the nearest directory not owned by root, up to the working directory; else None."""
    here = Path.cwd()
    directory = directory.resolve()
    above = [directory, *directory.parents]
    within = above[: above.index(here) + 1] if here in above else above[:1]
    for place in within:
        found = place.stat()
        if found.st_uid != ROOT:
            return found.st_uid, found.st_gid
    return None


def make_directories(path: Path) -> None:
    """Create a directory and its missing parents.

    Raises:
        OSError: A directory could not be created.
        ValueError: The path contains a null byte.
    """
    missing: list[Path] = []
    for place in (path, *path.parents):
        if place.is_dir():
            break
        missing.append(place)
    for place in reversed(missing):
        try:
            place.mkdir()
        except FileExistsError:
            if not place.is_dir():
                raise
        else:
            with suppress(OSError):
                _give_directory(place)


def _give_directory(path: Path) -> None:
    if user_id() != ROOT:
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        give_to_directory_owner(descriptor, path.parent)
    finally:
        os.close(descriptor)
