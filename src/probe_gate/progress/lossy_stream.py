"""A stream that may fail without anyone hearing of it."""

from __future__ import annotations

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
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            self._write_what_can_be(text)
        except (OSError, ValueError):
            pass
        return len(text)

    def _write_what_can_be(self, text: str) -> None:
        try:
            self._stream.write(encodable(text, self.encoding))
        except (OSError, ValueError):
            return

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return
