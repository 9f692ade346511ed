"""Foreign text in Markdown, held to two renderers: GitHub's own (cmark-gfm) and markdown-it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from hypothesis import example, given, settings

from probe_gate.domain.plain_text import plain_line
from probe_gate.reports.markdown_text import code, code_block, escape, link, safe_address
from tests.harness.factories import NASTY_TEXTS, hostile_text
from tests.harness.markdown import by_github, by_markdown_it
from tests.harness.profiles import examples

GAP = "\u200b"

HOSTILE = (
    *NASTY_TEXTS,
    "- a",
    "1. x",
    "2) y",
    "# h",
    "> q",
    "===",
    "---",
    "```",
    "~~~",
    "[ref]: http://evil.example",
    "[^1]: foo",
    "$`x`$",
    "www.evil.example me@evil.example mailto:me@evil.example",
    "@everyone #1 GH-12 !5 %3 ~bug &7 $9 owner/repo#4 :tada: [vulnerability:3]",
    "\\|\\",
    "<details><summary>",
)


@pytest.mark.parametrize("render", [by_github, by_markdown_it])
@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_does_nothing(render: Callable[[str], str], text: str) -> None:
    """A paragraph of plain text comes out, without a tag in it, and reads as the text itself."""
    page = render(f"Before {escape(text)} after")
    assert page.startswith("<p>Before ")
    inner = page.strip().removeprefix("<p>").removesuffix("</p>")
    assert not re.search(r"<[a-zA-Z/!]", inner)
    assert unescape(inner).replace(GAP, "") == f"Before {plain_line(text)} after"


@given(hostile_text(80))
@settings(max_examples=examples(200))
@example("|")
def test_text_never_leaves_its_cell(text: str) -> None:
    """A row of a table keeps its number of cells and holds nothing but text."""
    for render in (by_github, by_markdown_it):
        page = render(f"| a | b | c |\n| --- | --- | --- |\n| {escape(text)} | {code(text)} | end |\n")
        cells = re.findall(r"<td>(.*?)</td>", page, re.DOTALL)
        assert len(cells) == 3
        assert cells[2] == "end"
        assert not re.search(r"<(?!/?code>)[a-zA-Z/!]", "".join(cells))


@given(hostile_text(80))
@settings(max_examples=examples(200))
def test_text_starts_no_block(text: str) -> None:
    """At the beginning of a line it is still a paragraph: no list, heading, quote or fence."""
    for render in (by_github, by_markdown_it):
        page = render(escape(text)).strip()
        assert page == "" or re.fullmatch(r"<p>[^<]*</p>", page)


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "#12",
        "GH-12",
        "!7",
        "$3",
        "%4",
        "~bug",
        "&5",
        "org/repo#1",
        ":rocket:",
        ":100:",
        "https://x.y",
        "www.x.y",
    ],
)
def test_what_sites_look_for_in_finished_pages_is_broken(text: str) -> None:
    """A backslash does not stop a mention, a reference, an address or an emoji code: something invisible does."""
    assert GAP in escape(text)


@pytest.mark.parametrize("text", ["3.2 % (4 of 125)", "2026-11-24 06:04:51 UTC", "at least 80", "Business Alignment"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Numbers, dates and names can be copied from the file."""
    assert escape(text) == text


def test_code_can_be_copied() -> None:
    """A command in a code span is the command, backticks included."""
    assert code("runs cancel --tag pg-1") == "`runs cancel --tag pg-1`"
    assert by_github(code("a `b` c")) == "<p><code>a `b` c</code></p>\n"


def test_a_fence_holds_whatever_is_in_it() -> None:
    """Lines with backticks do not end the block."""
    page = by_github(code_block(["```", "@everyone <b>", "````"]))
    assert page.count("<pre") == 1
    assert "<b>" not in page
    assert page.rstrip().endswith("</pre>")


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://probe.example.com/w/1/target/2", "https://probe.example.com/w/1/target/2"),
        ("http://127.0.0.1:8080/w", "http://127.0.0.1:8080/w"),
        ('https://x.example/a b"<>', "https://x.example/a%20b%22%3C%3E"),
        ("javascript:alert(1)", ""),
        ("//x.example", ""),
        ("https://user:secret@x.example", ""),
        ("https://x.example/\n", ""),
        ("https://[", ""),
        ("https://x.example/" + "a" * 3000, ""),
        ("", ""),
    ],
)
def test_only_plain_web_addresses_become_links(address: str, safe: str) -> None:
    """Anything else is shown as text; what is odd in an address is percent-encoded."""
    assert safe_address(address) == safe


@given(hostile_text())
def test_a_link_leads_nowhere_else(text: str) -> None:
    """Whatever the address, the link has at most one target, and it is that of a web page."""
    page = by_github(link("run", f"https://x.example/{text}"))
    targets = re.findall(r'href="([^"]*)"', page)
    assert len(targets) <= 1
    assert all(target.startswith("https://x.example/") for target in targets)
