"""The project speaks plain technical English: no name, page or message uses a word that was retired."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("retired_words.txt")
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "action.yml", *(ROOT / "templates").rglob("*.yml")]


class Retired(NamedTuple):
    kind: str
    pattern: str
    instead: str


class Found(NamedTuple):
    kind: str
    name: str
    place: str


def read_list() -> list[Retired]:
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [Retired(*re.split(r"\s{2,}", line, maxsplit=2)) for line in lines]


RETIRED = read_list()


def names_in(path: Path, text: str) -> Iterator[Found]:
    """Yield what a module defines; what it only uses is defined elsewhere."""
    if path.stem != "__init__":
        yield Found("module", path.stem, f"{path}:1")
    for node in ast.walk(ast.parse(text)):
        place = f"{path}:{getattr(node, 'lineno', 1)}"
        if isinstance(node, ast.ClassDef):
            yield Found("class", node.name.lstrip("_"), place)
            for name, line in members_of(node):
                yield Found("member", f"{node.name.lstrip('_')}.{name.lstrip('_')}", f"{path}:{line}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Found("function", node.name.lstrip("_"), place)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            for target in targets:
                if isinstance(target, ast.Name) and target.id.isupper():
                    yield Found("constant", target.id.lstrip("_"), place)


def members_of(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    """Yield fields and properties."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id, item.lineno
        elif isinstance(item, ast.FunctionDef):
            yield item.name, item.lineno


def prose_of(path: Path) -> str:
    """Return the text of a file, without the code in a page."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"`[^`\n]*`", lambda code: " " * len(code[0]), text) if path.suffix == ".md" else text


def lines_with(text: str, phrase: re.Pattern[str]) -> Iterator[int]:
    for match in phrase.finditer(text):
        yield text.count("\n", 0, match.start()) + 1


def pattern_of(phrase: str) -> re.Pattern[str]:
    """Return a pattern that also finds the phrase where a line breaks within it."""
    return re.compile(r"(?<![\w-])" + r"[\s#]+".join(map(re.escape, phrase.split())) + r"(?![\w-])", re.IGNORECASE)


@cache
def names_of_sources() -> tuple[Found, ...]:
    """Return what all modules define; parsed once for all kinds of names."""
    return tuple(
        item for path in SOURCES for item in names_in(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("kind", ["module", "class", "function", "constant", "member"])
def test_no_name_is_a_retired_one(kind: str) -> None:
    retired = [item for item in RETIRED if item.kind == kind]
    assert retired
    found = [
        f"{item.place}: {item.name}, write {word.instead}"
        for item in names_of_sources()
        for word in retired
        if item.kind == kind and fnmatch.fnmatchcase(item.name, word.pattern)
    ]
    assert not found, "\n".join(found)


def test_no_page_and_no_message_has_a_retired_phrase() -> None:
    phrases = [(word, pattern_of(word.pattern)) for word in RETIRED if word.kind == "phrase"]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word.pattern!r}, write {word.instead!r}"
        for path in [*PAGES, *SOURCES]
        for text in [prose_of(path)]
        for word, pattern in phrases
        for line in lines_with(text, pattern)
    ]
    assert not found, "\n".join(found)


def test_a_phrase_is_found_across_lines_and_not_within_words() -> None:
    assert pattern_of("has no use for").search("it has no\n    # use for that")
    assert not pattern_of("mend").search("We recommend amendments.")
