"""A stream that may fail without anyone hearing of it."""

from __future__ import annotations

from contextlib import suppress
from typing import IO

from probe_gate.domain.plain_text import encodable


class LossyStream:
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
        """Raises `OSError` when the stream has none, as streams do."""
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
