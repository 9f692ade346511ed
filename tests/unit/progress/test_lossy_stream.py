"""A stream that may fail."""

from __future__ import annotations

import io

import pytest

from probe_gate.progress.lossy_stream import LossyStream


class Broken(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_a_reader_that_has_gone_is_not_missed() -> None:
    """Nothing is raised."""
    stream = LossyStream(Broken())
    assert stream.write("x") == 1
    stream.flush()


def test_a_closed_stream_is_no_terminal() -> None:
    """Whatever it was before."""
    closed = io.StringIO()
    closed.close()
    stream = LossyStream(closed)
    assert not stream.isatty()
    stream.write("x")
    with pytest.raises(OSError, match="fileno"):
        LossyStream(io.StringIO()).fileno()


def test_what_the_encoding_lacks_is_replaced() -> None:
    """A log in ASCII says in letters what a sign says, and still shows the rest of the line."""
    raw = io.BytesIO()
    stream = LossyStream(io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    stream.write("✗ Bot 日: failed · 7 of 9")
    assert raw.getvalue() == b"FAIL Bot ?: failed - 7 of 9"
    assert stream.encoding == "ascii"
