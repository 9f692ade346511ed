"""Reading small files whole, and nothing that is not small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ReadFile = Callable[[Path, int], bytes]
"""Reads a file of at most so many bytes; raises `OSError` or, when it is larger, `ValueError`."""


def read_small_file(path: Path, most_bytes: int) -> bytes:
    """The file's bytes. A pipe will do too, so that `<(git show main:.probe-gate.yml)` can be named.

    Raises `OSError`, and `ValueError` when there are more than `most_bytes`.
    """
    if path.is_symlink() and not path.exists():
        raise OSError(f"{path} is a link to nothing")
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError(f"it is larger than {most_bytes // 1024} KiB")
    return data


def why_unreadable(error: OSError) -> str:
    """In words, without the path and without the number."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    if isinstance(error, PermissionError):
        return "it may not be read"
    return (error.strerror or str(error)).lower()
