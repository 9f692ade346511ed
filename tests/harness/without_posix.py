"""Run the command as on a system that is not POSIX: `python -m tests.harness.without_posix run ...`.

Functions that Windows lacks are removed after the standard library, which needs them here, has been imported. Of those
that only Windows has, the gate uses one.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from types import ModuleType
from typing import Any

LOADED = (asyncio, multiprocessing, shutil, socket, ssl, subprocess, tempfile)
FUNCTIONS = ("geteuid", "getuid", "getegid", "getgid", "chown", "fchown", "lchown", "fchmod", "pread", "pwrite")
FLAGS = ("O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_NONBLOCK", "O_SYNC")
MODULES = ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog")
SIGNALS = ("SIGHUP", "SIGQUIT", "sigwait", "pthread_sigmask", "pthread_kill")


class _Msvcrt(ModuleType):
    """Windows' locks of files."""

    LK_NBLCK = 2

    @staticmethod
    def locking(descriptor: int, mode: int, size: int) -> None:
        assert (mode, size) == (2, 1)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None


def remove_posix() -> None:
    """Remove the functions that Windows lacks, and refuse to open directories."""
    for name in (*FUNCTIONS, *FLAGS):
        if hasattr(os, name):
            delattr(os, name)
    for name in SIGNALS:
        if hasattr(signal, name):
            delattr(signal, name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.modules["msvcrt"] = _Msvcrt("msvcrt")
    really_open, really_replace = os.open, os.replace

    def open_file(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            raise NotImplementedError("dir_fd")
        if os.path.isdir(path):  # noqa: PTH112 - as the caller has it
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return really_open(path, flags, mode)

    def replace(source: Any, target: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None) -> None:
        if src_dir_fd is not None or dst_dir_fd is not None:
            raise NotImplementedError("dir_fd")
        with os.scandir("/proc/self/fd") as entries:
            opened = [os.path.realpath(entry.path) for entry in entries]
        if os.path.realpath(source) in opened:
            raise PermissionError(errno.EACCES, "The process cannot access the file because it is open", source)
        really_replace(source, target)

    vars(os).update(open=open_file, replace=replace)
    os.supports_dir_fd.clear()


def main() -> None:
    """Run the command of this process's arguments."""
    remove_posix()
    from probe_gate.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
