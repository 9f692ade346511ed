"""Which progress is shown, by who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import IO, cast

from probe_gate.domain.text import encodable
from probe_gate.use_cases.ports import Clock, Progress, Progressed


class BestEffortStream:
    """Writes to a stream; what cannot be written is lost.

    A log that nobody reads any more is no reason to end a gate, and rich would end the process for it.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        """Return the descriptor. Raise `OSError` if the stream has none, as streams do."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(encodable(text, self.encoding))
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return


class QuietProgress:
    """Says nothing."""

    def report(self, event: Progressed) -> None:
        """Nothing to do."""


class ProgressStyle(Enum):
    """How progress is shown."""

    LIVE = "live"
    """A person watches a terminal."""
    PLAIN = "plain"
    JSON = "json"
    QUIET = "quiet"


@contextmanager
def open_progress(
    style: ProgressStyle,
    stream: IO[str],
    clock: Clock,
    *,
    target_count: int = 1,
    color: bool = False,
) -> Iterator[Progress]:
    """Return the progress of that style, written to the stream until the block is left.

    `target_count` is how many targets are gated. A stream that cannot be written to any more is no reason to end a gate: what it would have shown is lost.
    """
    best_effort = BestEffortStream(stream)

    def write(line: str) -> None:
        best_effort.write(line + "\n")
        best_effort.flush()

    if style is ProgressStyle.QUIET:
        from probe_gate.progress.factory import QuietProgress

        yield QuietProgress()
    elif style is ProgressStyle.JSON:
        from probe_gate.progress.log_lines import JsonProgress

        yield JsonProgress(write, clock)
    elif style is ProgressStyle.LIVE:
        from probe_gate.progress.live import LiveProgress

        with LiveProgress(cast(IO[str], best_effort), clock, color=color, target_count=target_count) as live:
            yield live
    else:
        from probe_gate.progress.log_lines import PlainProgress

        yield PlainProgress(write, clock, target_count=target_count)
