"""Terminal output of commands: lines, JSON, tables and errors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probe_gate.domain.text import encodable, log_json, log_line, plain_line
from probe_gate.errors import (
    ConfigError,
    GateError,
    PlatformError,
    explain_exhaustion,
    list_below,
)
from probe_gate.reports.text_width import pad, width_of
from probe_gate.settings import Settings

GAP = "  "
MIN_TERMINAL_COLUMNS = 40
MAX_CELL_LENGTH = 300
"""In characters. Texts from the platform may have any length."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    """Whether its cells are right-aligned, as for numbers."""
    may_fold: bool = False
    """Whether its cells may be wrapped if the table is wider than the terminal."""


def terminal_width(stream_name: str = "stdout") -> int | None:
    """Return the width of the terminal in columns; None if the stream, `stdout` or `stderr`, is a file or a pipe."""
    try:
        return max(os.get_terminal_size(getattr(sys, stream_name).fileno()).columns, MIN_TERMINAL_COLUMNS)
    except (AttributeError, OSError, ValueError):
        return None


def render_table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None, *, max_length: int = MAX_CELL_LENGTH
) -> list[str]:
    """Return the lines of the table, header first.

    With a `width` no line is wider: cells are wrapped. Only cells longer than `max_length` are cut.
    """
    cells = [[plain_line(cell, max_length) for cell in row] for row in rows]
    if width is not None:
        return _fold_table(columns, cells, width)
    lines = [[column.title for column in columns], *cells]
    widths = [max(width_of(line[index]) for line in lines) for index in range(len(columns))]
    return [
        GAP.join(
            pad(cell, size, right=column.right) for cell, size, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    ]


def _fold_table(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[str]:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0))
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.may_fold,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*map(Text, row))
    output = StringIO()
    Console(file=output, width=width, color_system=None).print(table)
    return [line.rstrip() for line in output.getvalue().splitlines()]


def line_writer(stream_name: str) -> Callable[[str], None]:
    """Return a function that writes lines to `stdout` or `stderr` unbuffered and ignores a closed stream."""

    def write(line: str) -> None:
        stream = getattr(sys, stream_name)
        try:
            print(encodable(line, getattr(stream, "encoding", None) or "utf-8"), file=stream, flush=True)
        except (OSError, ValueError):
            return

    return write


def echo(line: str = "") -> None:
    """Print a line of the command's result."""
    line_writer("stdout")(log_line(line))


def echo_err(line: str) -> None:
    """Print a line that is not part of the result to standard error."""
    line_writer("stderr")(log_line(line))


def print_json(value: object) -> None:
    """Print the command's result as JSON."""
    line_writer("stdout")(log_json(json.dumps(value, indent=2, ensure_ascii=True)))


def is_json(settings: Settings) -> bool:
    return settings.output.format == "json"


def print_error(error: GateError) -> None:
    """Print an error, its problems and its hint to standard error."""
    from probe_gate.domain.text import log_line

    lines = [f"probe-gate: {error.message}"]
    problems = error.problems if isinstance(error, ConfigError) else ()
    lines += [f"  - {problem}" for problem in list_below(error.message, problems)]
    if error.hint:
        lines.append(f"  {error.hint}" if len(lines) == 1 else error.hint)
    # a message may quote a file of the change under test
    _print_err("\n".join(log_line(line) for line in "\n".join(lines).split("\n")))


def print_bug(bug: BaseException, *, verbose: bool) -> None:
    """Report an internal error, or a resource that this machine has run out of; with a traceback if `verbose`."""
    if verbose:
        import traceback

        # the message of an exception may contain a secret: only the stack is printed
        frames = "".join(traceback.format_tb(bug.__traceback__))
        _print_err(f"{frames}{type(bug).__name__}")
    exhausted = explain_exhaustion(bug)
    if exhausted is not None:
        print_error(PlatformError(*exhausted))
        return
    _print_err(
        f"probe-gate: internal error ({type(bug).__name__}). This is a bug in probe-gate.\n"
        "  Please report it with the output of the same command and --verbose."
    )


def _print_err(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        return
