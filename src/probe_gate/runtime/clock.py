"""The system clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from probe_gate.runtime.cancellation import Cancellation


class SystemClock:
    """Implements `ports.Clock` on a running event loop."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._cancellation.is_pending:
            left = until - time.monotonic()
            if left <= 0:
                return
            await self._cancellation.wait(None, left)
        raise self._cancellation.deliver()
