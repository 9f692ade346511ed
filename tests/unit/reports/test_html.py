"""`report.html` as text; how it looks and works in a browser is tested in `tests/browser`."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from jinja2 import Environment

from probe_gate import home
from probe_gate.domain.evidence import Target
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import Outcome
from probe_gate.reports import html
from probe_gate.reports.html import render_html
from tests.harness import factories as make
from tests.harness import samples
from tests.harness.profiles import examples

VOID = {"meta", "br", "link", "path", "line", "rect"}
ADDRESSES = ("href", "src", "action", "formaction", "srcset", "data", "poster", "xlink:href", "style", "ping")


class Page(HTMLParser):
    """Reads a page strictly: every tag closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.events: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ADDRESSES:
                self.addresses.append((name, value or ""))
            if name.startswith("on"):
                self.events.append(name)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)


def page_of(verdict: Verdict) -> Page:
    return Page(render_html(verdict))


def test_the_verdict_comes_first_then_what_failed_and_what_to_do() -> None:
    """The order in which someone reads who was woken up."""
    text = page_of(samples.failing()).text
    landmarks = [
        "Failed",
        "The policy is broken: overall-score is 74",
        "What needs attention",
        "6 points below the minimum.",
        "new: it was 82 before this run",
        "Open the run on the platform",
        "Scores",
        "This run",
        "Trend",
        "All checks",
        "Evidence",
    ]
    places = [text.index(landmark) for landmark in landmarks]
    assert places == sorted(places)


def test_nothing_is_loaded_and_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No script, no frame, no picture from elsewhere; links lead to the run, the job and the docs, and nowhere else."""
    monkeypatch.setattr(home, "OWNER", "acme")
    page = page_of(samples.fleet(4))
    assert not {"script", "iframe", "img", "link", "object", "embed", "form", "base", "video", "audio"} & set(page.tags)
    assert page.events == []
    assert {name for name, _ in page.addresses} <= {"href"}
    hosts = {address.split("/")[2] for _, address in page.addresses if not address.startswith("#")}
    assert hosts == {"probe.example.com", "ci.example.com", "github.com"}


def test_its_own_policy_allows_its_style_and_nothing_else() -> None:
    """The digest in the page is that of its style."""
    text = render_html(samples.failing())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_every_chart_has_a_title_and_its_numbers_as_text() -> None:
    """Who cannot see a chart hears what it shows."""
    text = render_html(samples.failing())
    charts = re.findall(r"<svg([^>]*)>\s*(<title>)?", text)
    assert all(title or 'aria-hidden="true"' in attributes for attributes, title in charts)
    page = Page(text)
    assert "Overall score 74 of 100: medium risk; the minimum is 80." in page.text
    assert "7001 (this run) 2026-11-24 11:52 9.1 % 1 %" in page.text
    assert "90 passed 9 failed: the attack succeeded 1 in error" in page.text


def test_what_follows_from_one_error_is_said_once() -> None:
    """A run that failed on the platform is one problem, not nine."""
    text = page_of(samples.judge(samples.ended_evidence())).text
    assert text.count("Open the run on the platform to see why") == 1
    assert "Not judged because of that: scores-fresh , test-cases , error-rate" in text


def test_explains_a_kind_of_check_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three categories failed: the sentences, the link and what to do stand there once."""
    monkeypatch.setattr(home, "OWNER", "acme")
    checks = tuple(make.make_failed_check(id=f"category-score:{name}") for name in "ABC")
    text = render_html(make.make_verdict(make.make_failed_target(checks=checks)))
    assert text.count("The platform scores each kind of risk") == 1
    assert text.count("docs/checks.md#category-score") == 1
    assert text.count("What to do") == 1


def test_ten_targets_are_below_300_kilobytes() -> None:
    """So that every artifact viewer opens it."""
    assert len(render_html(samples.fleet(10)).encode()) < 300_000


def test_many_targets_begin_with_a_table() -> None:
    """Worst first; the ones in trouble lie open, or the worst of them when they are many."""
    text = render_html(samples.fleet(6))
    assert re.findall(r'<a href="#target-(\d+)">', text) == ["100", "103", "102", "105", "101", "104"]
    assert re.findall(r'id="target-(\d+)" open', text) == ["100"]
    assert re.findall(r'id="target-(\d+)" open', render_html(samples.fleet(3))) == ["100", "102"]


def test_wrong_options_are_listed() -> None:
    """A gate that never reached a target has a page too."""
    text = page_of(make.make_early_verdict()).text
    assert "--min-score: 880 is above 100." in text
    assert "Correct them and run again." in text


def test_a_softened_outcome_says_so() -> None:
    """It reads differently from a red build."""
    policy = make.make_policy(soft_fail=frozenset({Outcome.FAILED}))
    assert "Failed (does not fail the build)" in page_of(samples.judge(samples.weak_evidence(), policy=policy)).text


@pytest.mark.parametrize("text", make.NASTY_TEXTS)
def test_hostile_text_is_shown_and_does_nothing(text: str) -> None:
    """The page has the same tags as with harmless text, and no address but web pages'."""
    page, harmless = page_of(samples.with_text(text)), page_of(samples.with_text("harmless"))
    assert set(page.tags) <= set(harmless.tags) | {"a"}
    assert page.events == []
    assert all(address.startswith(("#", "https://")) for _, address in page.addresses)
    assert {name for name, _ in page.addresses} <= {"href"}


@given(make.verdicts(make.hostile_text()))
@settings(max_examples=examples(40))
def test_any_verdict_gives_a_page(verdict: Verdict) -> None:
    """Total: whatever the verdict holds, the page is well-formed and can be encoded."""
    text = render_html(verdict)
    text.encode("utf-8")
    page = Page(text)
    assert "script" not in page.tags
    assert all(address.startswith(("#", "https://", "http://")) for _, address in page.addresses)


def test_endless_names_and_crowds_stay_bounded() -> None:
    """A thousand targets with names of a million characters: the worst 200 are shown, the rest is counted."""
    verdict = samples.fleet(3)
    name = "\U0001f9ea" * 1_000_000
    targets = tuple(
        replace(target, target=Target(index * 3 + offset, name), reason=name)
        for index in range(100)
        for offset, target in enumerate(verdict.targets)
    )
    text = render_html(replace(verdict, targets=targets, reason=name))
    assert len(text.encode()) < 10_000_000
    assert "100 more targets are in report.json." in text


@pytest.fixture
def bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory in which compiled templates are kept."""
    monkeypatch.setattr(html, "__file__", str(tmp_path / "html.py"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "html.py").touch()
    (tmp_path / "__pycache__").mkdir()
    html._environment.cache_clear()
    yield tmp_path / "__pycache__"
    html._environment.cache_clear()


def test_templates_are_compiled_once_for_all_gates(bytecode: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As modules are."""
    html.compile_templates()
    assert len(list(bytecode.iterdir())) == len(list(html.TEMPLATES.glob("*.j2")))
    html._environment.cache_clear()
    monkeypatch.setattr(Environment, "compile", None)
    assert "<h1>" in render_html(samples.failing())


def test_no_bytecode_is_kept_where_python_keeps_none(bytecode: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own option, or because nothing can be written there."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    html.compile_templates()
    assert list(bytecode.iterdir()) == []
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    html._environment.cache_clear()
    bytecode.rmdir()
    html.compile_templates()
    assert not bytecode.exists()


def test_a_change_of_the_module_compiles_the_templates_again(bytecode: Path) -> None:
    """What it sets for all templates is compiled into each."""
    html.compile_templates()
    before = {path.name: path.read_bytes() for path in bytecode.iterdir()}
    (bytecode.parent / "html.py").write_text("changed")
    html._environment.cache_clear()
    html.compile_templates()
    assert all(path.read_bytes() != before[path.name] for path in bytecode.iterdir())
