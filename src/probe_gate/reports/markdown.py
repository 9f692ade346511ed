"""Blocks of Markdown for GitHub and GitLab, and untrusted text in it: shown as it is, and doing nothing.

A backslash takes a sign's meaning in Markdown itself. But both sites also look through the finished page for
mentions, references, addresses and emoji codes, and there a backslash is long gone: those are broken with a
zero-width space behind their first sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

from probe_gate.domain.formatting import format_exact, plural
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.charts import round_top
from probe_gate.reports.target_rows import ScoreRow
from probe_gate.reports.text_width import pad, width_of
from probe_gate.reports.trend import TrendPoint

_GAP = "\u200b"

_MARKUP = re.compile(r"[\\`*_{}\[\]|~$<>&#^]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_REFERENCE = re.compile(r"(?<=[@#!$%~&^\[])(?=[\w\"'`{\[*])|(?<=\bGH-)(?=\d)|(?<=:)(?=(?!\d\d:)[\w+-]+:)")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_MAIL = re.compile(r"(?<=\bmailto)(?=:)|(?<=\bxmpp)(?=:)", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(?:[-+=:](?=[\s=-]|$)|\d+(?=[.)](?:\s|$)))")


def escape(text: str, limit: int = 300) -> str:
    """Return one line of Markdown that shows the text, cut to `limit` characters. Safe in a table's cell too."""
    line = plain_line(text, limit)
    for pattern in (_REFERENCE, _ADDRESS, _MAIL):
        line = pattern.sub(_GAP, line)
    line = _MARKUP.sub(lambda match: _ENTITIES.get(match[0], "\\" + match[0]), line)
    start = _BLOCK_START.match(line)
    if start:
        end = start.end()
        line = f"{line[:end]}\\{line[end:]}" if line[0].isdigit() else f"\\{line}"
    return line


def code(text: str, limit: int = 300) -> str:
    """Return the text as a code span, for what is meant to be copied."""
    line = plain_line(text, limit)
    if not line:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", r"\|")


def code_block(lines: list[str]) -> str:
    """Return lines in fixed width. They must be plain lines already."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def link(text: str, address: str) -> str:
    """Return a link, its text already escaped; just the text when the address is none that a report may link to."""
    target = safe_address(address)
    return f"[{text}](<{target}>)" if target else text


def safe_address(address: str) -> str:
    """Return the http or https address with everything odd in it percent-encoded; empty when it is not one."""
    if len(address) > 2000 or not address.isprintable():
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return ""
    return quote(address, safe="/:?#[]!$&'()*+,;=%~-._").replace("(", "%28").replace(")", "%29")


MAX_TABLE_BYTES = 40_000


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, noun: str, max_bytes: int = MAX_TABLE_BYTES) -> str:
    """Return a table of cells that are escaped already; rows that do not fit are counted below it."""
    lines = [_row(header), "|" + " --- |" * len(header)]
    size = 0
    left_out = 0
    for row in rows:
        line = _row(row)
        size += len(line.encode()) + 1
        if left_out or size > max_bytes:
            left_out += 1
        else:
            lines.append(line)
    if left_out:
        lines += ["", f"… and {plural(left_out, f'more {noun}')}."]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def details(title: str, body: str, *, is_open: bool = False) -> str:
    """Return a folded block; the title is HTML already. The blank lines let Markdown work inside."""
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>\n\n{body}\n\n</details>"


def join_within(blocks: Iterable[str], max_bytes: int) -> tuple[str, bool]:
    """Return the first blocks that fit, joined by blank lines, and whether any did not. No more are made than are needed."""
    kept: list[str] = []
    size = 0
    for block in blocks:
        if not block:
            continue
        size += len(block.encode()) + 2
        if size > max_bytes:
            return "\n\n".join(kept), True
        kept.append(block)
    return "\n\n".join(kept), False


CELLS = 25
"""Four points each."""
MAX_NAME_LENGTH = 32
MAX_ROWS = 40

_SIGNS = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.WAIVED: "~",
    CheckOutcome.ERROR: "?",
    CheckOutcome.INFO: " ",
}


def bar(score: float | None, minimum: float | None) -> str:
    """Return `█████████████░░░░░░│░░░░░`: filled up to the score, with a line at the minimum."""
    filled = 0 if score is None else round(min(max(score, 0), 100) / 100 * CELLS)
    cells = ["█"] * filled + ["░"] * (CELLS - filled)
    if minimum is not None and minimum > 0:
        mark = min(round(minimum / 100 * CELLS), CELLS - 1)
        cells[mark] = "┃"
    return "".join(cells)


def bar_lines(rows: Iterable[ScoreRow]) -> list[str]:
    """Return a line for each score, names and numbers in columns."""
    shown = list(rows)
    kept = shown[:MAX_ROWS]
    columns = max((width_of(plain_line(row.name, MAX_NAME_LENGTH)) for row in kept), default=0)
    score_columns = max((len(_score(row)) for row in kept), default=0)
    minimum_columns = max((len(_minimum(row)) for row in kept), default=0)
    lines = [
        f"{_SIGNS[row.outcome] if row.outcome else '?'} {pad(plain_line(row.name, MAX_NAME_LENGTH), columns)}  "
        f"{bar(row.score, row.minimum)}  {_numbers(row, score_columns, minimum_columns)}".rstrip()
        for row in kept
    ]
    if len(shown) > len(kept):
        lines.append(f"  … and {len(shown) - len(kept)} more")
    return lines


def _score(row: ScoreRow) -> str:
    return "none" if row.score is None else format_exact(row.score, row.minimum)


def _minimum(row: ScoreRow) -> str:
    return "" if row.minimum is None else f"(min {format_exact(row.minimum)})"


def _numbers(row: ScoreRow, score_columns: int, minimum_columns: int) -> str:
    change = "" if row.change is None else format_change(row.change)
    return f"{_score(row).rjust(max(score_columns, 5))} {_minimum(row):<{minimum_columns}}  {change}".rstrip()


def format_change(points: float) -> str:
    """Return `+2`, `−9.5`, `±0`."""
    text = format_exact(abs(points))
    if text == "0":
        return "±0"
    return f"{'+' if points > 0 else '−'}{text}"


_COLORS = "#d9b38c, #b3261e"
"""Bars, then the line: told apart on light and dark ground."""


def trend_diagram(points: Sequence[TrendPoint]) -> str:
    """Return the fenced block. Nothing in it but numbers: no text of others can reach the diagram's language."""
    success = [point.attack_success_rate or 0.0 for point in points]
    errors = [point.error_rate or 0.0 for point in points]
    return "\n".join(
        [
            "```mermaid",
            f'%%{{init: {{"themeVariables": {{"xyChart": {{"plotColorPalette": "{_COLORS}"}}}}}}}}%%',
            "xychart-beta",
            f'    title "Last {len(points)} completed runs, this one on the right"'
            if points[-1].is_this_run and sum(point.is_this_run for point in points) == 1
            else f'    title "Last {len(points)} completed runs"',
            f'    x-axis "run" 1 --> {len(points)}',
            f'    y-axis "percent" 0 --> {round_top(max(*success, *errors))}',
            f"    bar [{', '.join(f'{value:.2f}' for value in errors)}]",
            f"    line [{', '.join(f'{value:.2f}' for value in success)}]",
            "```",
        ]
    )
