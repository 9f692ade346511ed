"""Which progress is shown, by who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import IO

from probe_gate.ports import Clock, Progress


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
    verbose: bool = False,
) -> Iterator[Progress]:
    """The progress of that style, written to the stream until the block is left.

    `target_count` is how many targets are gated; `verbose` shows where a bug lies. A stream that cannot be written to any more is no reason to end a gate: what it would have shown is lost.
    """

    def write(line: str) -> None:
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):
            return

    if style is ProgressStyle.QUIET:
        from probe_gate.progress.quiet import QuietProgress

        yield QuietProgress()
    elif style is ProgressStyle.JSON:
        from probe_gate.progress.json_lines import JsonProgress

        yield JsonProgress(write, clock, verbose=verbose)
    elif style is ProgressStyle.LIVE:
        from probe_gate.progress.live import LiveProgress

        with LiveProgress(stream, clock, color=color, target_count=target_count, verbose=verbose) as live:
            yield live
    else:
        from probe_gate.progress.plain import PlainProgress

        yield PlainProgress(write, clock, target_count=target_count, verbose=verbose)
