"""Which progress is shown, by who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import IO, cast

from probe_gate.ports import Clock, Progress
from probe_gate.progress.lossy_stream import LossyStream


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
    """The progress of that style, written to the stream until the block is left.

    `target_count` is how many targets are gated. A stream that cannot be written to any more is no reason to end a gate: what it would have shown is lost.
    """

    lossy = LossyStream(stream)

    def write(line: str) -> None:
        lossy.write(line + "\n")
        lossy.flush()

    if style is ProgressStyle.QUIET:
        from probe_gate.progress.quiet import QuietProgress

        yield QuietProgress()
    elif style is ProgressStyle.JSON:
        from probe_gate.progress.json_lines import JsonProgress

        yield JsonProgress(write, clock)
    elif style is ProgressStyle.LIVE:
        from probe_gate.progress.live import LiveProgress

        with LiveProgress(cast(IO[str], lossy), clock, color=color, target_count=target_count) as live:
            yield live
    else:
        from probe_gate.progress.plain import PlainProgress

        yield PlainProgress(write, clock, target_count=target_count)
