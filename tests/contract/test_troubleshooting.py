"""docs/troubleshooting.md against the exit codes and the messages of the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from probe_gate.errors import EXIT_CODES, Outcome
from tests.contract.ci_files import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)


def texts_of_program() -> Iterator[str]:
    """Yield each string of the program, with a blank in place of every value that is filled in."""
    for path in sorted((ROOT / "src" / "probe_gate").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)


TEXTS = "\n".join(texts_of_program())


@pytest.mark.parametrize("message", MESSAGES)
def test_a_quoted_message_is_one_of_the_program(message: str) -> None:
    """A reader who searches the page for what the log says finds it."""
    for part in message.split("…"):
        assert part.strip() in TEXTS


def test_there_is_a_section_for_every_outcome() -> None:
    """Each exit code but 0 has a heading with its outcome."""
    headings = "\n".join(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    for outcome, code in EXIT_CODES.items():
        if code:
            assert outcome.value in headings
            assert outcome is Outcome.CANCELLED or f"Exit code {code}: {outcome.value}" in headings


def test_the_page_quotes_messages() -> None:
    """The search for messages finds those that are plainly there."""
    assert len(MESSAGES) >= 30
