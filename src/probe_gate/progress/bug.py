"""A bug of ours as lines of a log."""

from __future__ import annotations

from probe_gate.domain.plain_text import log_line, plain_line

MOST_LINES = 200
LONGEST_LINE = 500


def bug_lines(bug: BaseException) -> list[str]:
    """The traceback, without the values of variables, each line harmless and bounded; the end is what is kept."""
    import traceback

    text = "".join(traceback.format_exception(bug))
    lines = [_indented(line) for line in text.splitlines()]
    return [log_line(line) for line in lines[-MOST_LINES:]]


def _indented(line: str) -> str:
    bare = line.lstrip(" ")
    return " " * min(len(line) - len(bare), 8) + plain_line(bare, LONGEST_LINE)
