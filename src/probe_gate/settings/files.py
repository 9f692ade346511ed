"""Reading files of a limited size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ReadFile = Callable[[Path, int], bytes]
"""Reads a file of at most that many bytes. Raises `OSError`, or `ValueError` if it is larger."""


def read_small_file(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file or pipe, such as `<(git show main:.probe-gate.yml)`.

    Raises:
        OSError: It cannot be read.
        ValueError: It has more than `max_bytes`.
    """
    if path.is_symlink() and not path.exists():
        raise OSError(f"{path} is a broken link")
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes // 1024} KiB")
    return data


def describe_read_error(error: OSError) -> str:
    """Return the reason of a read error as text, without path and error number."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or str(error)).lower()
