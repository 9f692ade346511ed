"""Who owns what the gate writes.

A container action runs as root in a workspace that belongs to the runner's user. What it leaves there as root, the
next checkout on that runner cannot remove. So whatever root creates is given to the owner of the place that it is
created in. That is done through open descriptors of new files only, and never by way of a link.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

ROOT = 0


def user_id() -> int | None:
    """Return the effective user of this process, or None where users have no numbers (Windows)."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def give_to_directory_owner(descriptor: int, directory: Path) -> None:
    """Give a new file or directory to the owner of the directory that it is in.

    A directory of root's within the working directory counts as what the working directory is: an earlier step may
    have created it. Nothing happens where this process is not root, or may not change owners. Raises nothing.
    """
    if user_id() != ROOT:
        return
    with suppress(OSError):
        owner = _owner_of(directory)
        if owner is not None:
            os.fchown(descriptor, *owner)


def _owner_of(directory: Path) -> tuple[int, int] | None:
    """Return user and group of the nearest directory that is not root's, up to the working directory."""
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
    """Create a directory and those above it that do not exist. Raises `OSError`, and `ValueError` for a zero byte."""
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
