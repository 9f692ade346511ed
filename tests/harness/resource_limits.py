"""A machine that has few threads or file descriptors left."""

from __future__ import annotations

import gc
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def allow_descriptors(count: int) -> Iterator[None]:
    """Let this process open so many more files. What other threads close meanwhile adds to it, unless it is none.

    What is garbage is collected before, so that no file is closed by chance inside the block.
    """
    gc.collect()
    gc.disable()
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(count + 1)]
    for descriptor in opened:
        os.close(descriptor)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(opened) if count else 1, hard))
    try:
        yield
    finally:
        gc.enable()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def allow_threads(count: int, monkeypatch: pytest.MonkeyPatch, *, named: str = "") -> None:
    """Allow only so many more threads, counting those whose names begin with `named`."""
    left = [count]
    start = threading.Thread.start

    def start_or_fail(thread: threading.Thread) -> None:
        if thread.name.startswith(named):
            if not left[0]:
                raise RuntimeError("can't start new thread")
            left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_fail)
