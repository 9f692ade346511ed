"""Reading files of a limited size."""

from __future__ import annotations

import errno
import os
import select
import stat
from collections.abc import Callable
from pathlib import Path

ReadFile = Callable[[Path, int], bytes]
"""Reads a file of at most that many bytes. Raises `OSError`, or `ValueError` if it is larger."""

MAX_SILENCE_SECONDS = 60.0
"""How long nothing may be written to a pipe. A link in the checkout may lead to one that nobody writes to."""


def read_small_file(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file or pipe, such as `<(git show main:.probe-gate.yml)`.

    Raises:
        OSError: It cannot be read.
        ValueError: It has more than `max_bytes`.
    """
    if path.is_symlink() and not path.exists():
        raise OSError(f"{path} is a broken link")
    if _may_block(path):
        data = _read_pipe(path, max_bytes + 1)
    else:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes // 1024} KiB")
    return data


def _may_block(path: Path) -> bool:
    mode = path.stat().st_mode
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode) and hasattr(os, "O_NONBLOCK")


def _read_pipe(path: Path, max_bytes: int) -> bytes:
    """Return what is written to a pipe until it is closed, or its first `max_bytes`.

    Raises:
        TimeoutError: Nothing is written to it for too long.
    """
    data = bytearray()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while len(data) < max_bytes:
            if not select.select([descriptor], [], [], MAX_SILENCE_SECONDS)[0]:
                raise TimeoutError(errno.ETIMEDOUT, f"nothing was written to it for {MAX_SILENCE_SECONDS:g} s")
            try:
                chunk = os.read(descriptor, max_bytes - len(data))
            except BlockingIOError:
                continue
            if not chunk:
                break
            data += chunk
    finally:
        os.close(descriptor)
    return bytes(data)


def describe_read_error(error: OSError) -> str:
    """Return the reason of a read error as text, without path and error number."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or str(error)).lower()
