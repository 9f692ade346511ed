"""Foreign text in GitHub's and GitLab's Markdown: shown as it is, and doing nothing.

A backslash takes a sign's meaning in Markdown itself. But both sites also look through the finished page for
mentions, references, addresses and emoji codes, and there a backslash is long gone: those are broken with a
zero-width space behind their first sign.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from probe_gate.domain.plain_text import plain_line

_GAP = "\u200b"

_MARKUP = re.compile(r"[\\`*_{}\[\]|~$<>&#^]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_REFERENCE = re.compile(r"(?<=[@#!$%~&^\[])(?=[\w\"'`{\[*])|(?<=\bGH-)(?=\d)|(?<=:)(?=(?!\d\d:)[\w+-]+:)")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_MAIL = re.compile(r"(?<=\bmailto)(?=:)|(?<=\bxmpp)(?=:)", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(?:[-+=:](?=[\s=-]|$)|\d+(?=[.)](?:\s|$)))")


def escape(text: str, limit: int = 300) -> str:
    """One line of Markdown that shows the text, cut to `limit` characters. Safe in a table's cell too."""
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
    """The text as a code span, for what is meant to be copied."""
    line = plain_line(text, limit)
    if not line:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", r"\|")


def code_block(lines: list[str]) -> str:
    """Lines in fixed width. They must be plain lines already."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def link(text: str, address: str) -> str:
    """A link, its text already escaped; just the text when the address is none that a report may link to."""
    target = safe_address(address)
    return f"[{text}](<{target}>)" if target else text


def safe_address(address: str) -> str:
    """The http or https address with everything odd in it percent-encoded; empty when it is not one."""
    if len(address) > 2000 or not address.isprintable():
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return ""
    return quote(address, safe="/:?#[]!$&'()*+,;=%~-._").replace("(", "%28").replace(")", "%29")
