"""Abandon requests at a point that a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from probe_gate.http.connection import RequestContext
from probe_gate.http.errors import TransportError
from probe_gate.http.session import HttpSession
from probe_gate.use_cases.ports import AbandonedError
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until

Result = TypeVar("Result")


class AbandoningWorkers:
    """Implements `ports.Workers`: every call is abandoned as soon as a condition holds."""

    def __init__(self, condition: Callable[[], object]) -> None:
        self._condition = condition
        self._threads: list[threading.Thread] = []

    async def run(
        self, call: Callable[[], Result], *, cancel: Callable[[], object] | None = None, **_options: Any
    ) -> Result:
        self._threads.append(leave_behind(call))
        wait_until(self._condition, "the call has come far enough to be abandoned")
        if cancel is not None:
            cancel()
        raise AbandonedError

    def join(self) -> None:
        """Wait for the abandoned calls to end."""
        for thread in self._threads:
            thread.join(MAX_WAIT_SECONDS)
            assert not thread.is_alive()


def leave_behind(call: Callable[[], object]) -> threading.Thread:
    """Start a call in a thread and ignore its transport errors."""

    def work() -> None:
        with suppress(TransportError):
            call()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def abandon(session: HttpSession, condition: Callable[[], object], method: str = "GET") -> TransportError:
    """Send a request, abandon it as soon as the condition holds, and return its error."""
    context, deadline = RequestContext(), session._monotonic() + MAX_WAIT_SECONDS
    leave_behind(lambda: session.request(method, "/x", deadline=deadline, context=context))
    wait_until(condition, "the request has come far enough to be abandoned")
    context.cancel()
    return session.abandoned(context)
