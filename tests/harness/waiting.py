"""Wait for a condition. The only module of the tests that sleeps.

A condition that is already true costs no time, one that never becomes true fails the test. The limit is a watchdog for
what hangs, generous enough for any machine: no test is about it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from subprocess import Popen
from typing import Any, TypeVar

import pytest

Found = TypeVar("Found")

MAX_WAIT_SECONDS = 120.0
PAUSE_SECONDS = 0.01


def wait_until(
    condition: Callable[[], Found],
    what: str | Callable[[], str],
    *,
    process: Popen[Any] | None = None,
    seconds: float = MAX_WAIT_SECONDS,
) -> Found:
    """Return the first true value of `condition`.

    Fail the test, quoting `what`, after `seconds`, or as soon as `process` has ended without making it true.
    """
    end = time.monotonic() + seconds
    while True:
        has_ended = process is not None and process.poll() is not None
        found = condition()
        if found:
            return found
        if has_ended and process is not None:
            pytest.fail(f"the process has ended with {process.returncode}, and not yet: {_text(what)}")
        if time.monotonic() >= end:
            pytest.fail(f"not within {seconds:g} s: {_text(what)}")
        time.sleep(PAUSE_SECONDS)


@contextmanager
def meanwhile(condition: Callable[[], object], action: Callable[[], object]) -> Iterator[None]:
    """Run the block, and in another thread `action` as soon as `condition` is true; wait for both.

    For what the block itself waits for: `with meanwhile(lambda: server.requests, context.cancel): ...`
    """
    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(lambda: (wait_until(condition, "it is time to act"), action()))
        yield
        acted.result(MAX_WAIT_SECONDS)


def _text(what: str | Callable[[], str]) -> str:
    return what if isinstance(what, str) else what()
