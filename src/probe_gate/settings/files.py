"""Reading small files whole, and nothing that is not small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ReadFile = Callable[[Path, int], bytes]
"""Reads a file of at most so many bytes; raises `OSError` or, when it is larger, `ValueError`."""


def read_small_file(path: Path, max_bytes: int) -> bytes:
    """Return the file's bytes. A pipe will do too, so that `<(git show main:.probe-gate.yml)` can be named.

    Raises `OSError`, and `ValueError` when there are more than `max_bytes`.
    """
    if path.is_symlink() and not path.exists():
        raise OSError(f"{path} is a link to nothing")
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes // 1024} KiB")
    return data


def describe_read_error(error: OSError) -> str:
    """In words, without the path and without the number."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    if isinstance(error, PermissionError):
        return "it may not be read"
    return (error.strerror or str(error)).lower()
