"""Which progress is shown, and a stream that may fail."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from probe_gate.progress.factory import BestEffortStream, ProgressStyle, QuietProgress, open_progress
from tests.unit.progress.helpers import SetClock, polled


@pytest.mark.parametrize(
    ("style", "begins"),
    [
        (ProgressStyle.PLAIN, "12:00:00Z  Test run 7001 is RUNNING"),
        (ProgressStyle.JSON, '{"time": "2026-11-24T12:00:00.000+00:00"'),
        (ProgressStyle.QUIET, ""),
    ],
)
def test_each_style_writes_as_its_reader_needs_it(style: ProgressStyle, begins: str) -> None:
    """To the stream that it is given."""
    stream = io.StringIO()
    with open_progress(style, stream, SetClock()) as progress:
        progress.report(polled(48))
    assert stream.getvalue().startswith(begins)
    assert bool(stream.getvalue()) == bool(begins)


@pytest.mark.parametrize("style", ProgressStyle)
def test_a_closed_stream_ends_no_gate(style: ProgressStyle) -> None:
    """A log that nobody reads any more is no reason to leave a run behind."""

    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with open_progress(style, Broken(), SetClock()) as progress:
        progress.report(polled(48))


def test_rich_is_imported_only_when_a_person_watches() -> None:
    """It costs more than the rest of the start."""
    code = """
import io, sys
from probe_gate.progress.factory import ProgressStyle, open_progress
class Clock:
    def monotonic(self): return 0.0
for style in (ProgressStyle.PLAIN, ProgressStyle.JSON, ProgressStyle.QUIET):
    with open_progress(style, io.StringIO(), Clock()): pass
print("rich" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


class Broken(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_a_reader_that_has_gone_is_not_missed() -> None:
    """Nothing is raised."""
    stream = BestEffortStream(Broken())
    assert stream.write("x") == 1
    stream.flush()


def test_a_closed_stream_is_no_terminal() -> None:
    """Whatever it was before."""
    closed = io.StringIO()
    closed.close()
    stream = BestEffortStream(closed)
    assert not stream.isatty()
    stream.write("x")
    with pytest.raises(OSError, match="fileno"):
        BestEffortStream(io.StringIO()).fileno()


def test_what_the_encoding_lacks_is_replaced() -> None:
    """A log in ASCII says in letters what a sign says, and still shows the rest of the line."""
    raw = io.BytesIO()
    stream = BestEffortStream(io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    stream.write("✗ Bot 日: failed · 7 of 9")
    assert raw.getvalue() == b"FAIL Bot ?: failed - 7 of 9"
    assert stream.encoding == "ascii"


def test_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing at all."""
    QuietProgress().report(polled(1))
    assert capsys.readouterr() == ("", "")
