"""Makes the pictures of docs/images, in the same browser that the tests use: `make pictures`.

With a directory as argument, it writes there what a reader sees of the README, the reports and the terminal, to be looked
at after a change: `make pictures ARGS=/tmp/pictures`.
"""

from __future__ import annotations

import html
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from probe_gate.reports.comment import render_comment
from probe_gate.reports.console import render_console
from probe_gate.reports.context import ReportContext
from probe_gate.reports.html import render_html
from probe_gate.reports.summary import render_summary
from tests.browser.viewing import WAYS, Browser
from tests.harness import samples
from tests.harness.markdown import by_github

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SCHEMES = ("light", "dark")
_COLORS = {"31": "#e06c75", "32": "#98c379", "33": "#e5c07b", "2": "#8b929c"}
_CODE = re.compile(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m")

_GITHUB = """
:root { color-scheme: light dark; --ink: light-dark(#1f2328, #f0f6fc); --back: light-dark(#fff, #0d1117);
  --line: light-dark(#d1d9e0, #3d444d); --wash: light-dark(#f6f8fa, #151b23); --link: light-dark(#0969da, #4493f8);
  --soft: light-dark(#59636e, #9198a1); }
body { margin: 0; padding: 16px; background: var(--back); color: var(--ink); font: 14px/1.5 "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: break-word; }
.box { border: 1px solid var(--line); border-radius: 6px; padding: 16px; }
a { color: var(--link); } h1, h2 { border-bottom: 1px solid var(--line); padding-bottom: .3em; }
h1, h2, h3 { line-height: 1.25; margin: 24px 0 16px; } h3 { font-size: 1.25em; } .box > :first-child { margin-top: 0; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; margin-bottom: 16px; }
td, th { border: 1px solid var(--line); padding: 6px 13px; } tr:nth-child(2n) { background: var(--wash); }
pre { background: var(--wash); padding: 16px; border-radius: 6px; overflow: auto; line-height: 1.45; font-size: 85%; }
code { background: light-dark(#818b981f, #656c7633); padding: .2em .4em; border-radius: 6px; font-size: 85%; }
pre code { background: none; padding: 0; font-size: 100%; } code, pre { font-family: "Liberation Mono", monospace; }
blockquote { margin: 0 0 16px; padding: 0 1em; color: var(--soft); border-left: .25em solid var(--line); } img { max-width: 100%; }
"""
"""Roughly GitHub's style for Markdown."""


def markdown_page(text: str) -> str:
    """What GitHub shows of Markdown, as a page."""
    return f"<!doctype html><meta charset='utf-8'><style>{_GITHUB}</style><body><div class='box'>{by_github(text)}</div></body>"


def terminal_page(text: str) -> str:
    """What a terminal shows of the text, as a page."""
    escaped = html.escape(text)
    colored = _CODE.sub(lambda match: f'<span style="{_style_of(match[1])}">{match[2]}</span>', escaped)
    return (
        "<body style='margin:0;display:inline-block;background:#1e2227;color:#d7dae0;padding:1.25rem 1.5rem;"
        f"font:14px/1.45 \"Liberation Mono\",monospace'><pre style='margin:0;font:inherit'>{colored}</pre></body>"
    )


def _style_of(codes: str) -> str:
    styles = ["font-weight:bold" if code == "1" else f"color:{_COLORS[code]}" for code in codes.split(";")]
    return ";".join(styles)


@contextmanager
def shown(browser: Browser, content: str, width: int, height: int = 600, **options: Any) -> Iterator[Any]:
    """Show a page of that width."""
    page = browser.chromium.new_page(viewport={"width": width, "height": height}, **options)
    page.set_content(content)
    try:
        yield page
    finally:
        page.close()


def make_pictures(browser: Browser) -> None:
    """Write the pictures that the documentation shows."""
    verdict = samples.showcase()
    for scheme in SCHEMES:
        options: dict[str, Any] = {"color_scheme": scheme, "device_scale_factor": 1.25}
        with shown(browser, render_html(verdict), 860, 980, **options) as page:
            page.screenshot(path=IMAGES / f"report-{scheme}.png")
        with shown(browser, markdown_page(render_comment(verdict)), 760, **options) as page:
            page.locator("body").screenshot(path=IMAGES / f"comment-{scheme}.png")
    console = render_console(verdict, ReportContext(width=80, color=True))
    with shown(browser, terminal_page(console), 900, device_scale_factor=1.25) as page:
        page.locator("body").screenshot(path=IMAGES / "console.png")


def review(browser: Browser, directory: Path) -> None:
    """Write full-page screenshots of all that a reader sees."""
    directory.mkdir(parents=True, exist_ok=True)
    verdicts = {
        "failed": samples.showcase(),
        "waived": samples.judge(samples.waived_evidence(), policy=samples.waiver_policy()),
        "ten": samples.fleet(10, reason="4 of 10 targets failed: Bot 0, Bot 3, Bot 6, Bot 9."),
        "passed": samples.judge(samples.evidence()),
    }
    for name, verdict in verdicts.items():
        for scheme, width in WAYS:
            with shown(browser, render_html(verdict), width, color_scheme=scheme) as page:
                page.screenshot(path=directory / f"page-{name}-{scheme}-{width}.png", full_page=True)
        for what, text in (("comment", render_comment(verdict)), ("summary", render_summary(verdict))):
            with shown(browser, markdown_page(text), 900) as page:
                page.screenshot(path=directory / f"{what}-{name}.png", full_page=True)
        console = render_console(verdict, ReportContext(width=80, color=True))
        with shown(browser, terminal_page(console), 900) as page:
            page.locator("body").screenshot(path=directory / f"console-{name}.png")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("docs/images", IMAGES.as_uri())
    page_file = directory / "readme.html"
    page_file.write_text(markdown_page(readme), encoding="utf-8")
    page = browser.chromium.new_page(viewport={"width": 1012, "height": 900})
    page.goto(page_file.as_uri())
    page.screenshot(path=directory / "readme.png", full_page=True)
    page.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with Browser(os.environ["PROBE_GATE_BROWSER"]) as browser:
        if sys.argv[1:]:
            review(browser, Path(sys.argv[1]))
        else:
            make_pictures(browser)


if __name__ == "__main__":
    main()
