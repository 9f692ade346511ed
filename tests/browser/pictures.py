"""Makes the pictures of docs/images, in the same browser that the tests use:

eval "$(scripts/setup-browser .tools)" && .venv/bin/python -m tests.browser.pictures
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

from probe_gate.reports.console import render_console
from probe_gate.reports.context import ReportContext
from probe_gate.reports.html import render_html
from tests.browser.viewing import Browser
from tests.harness import samples

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_COLORS = {"31": "#e06c75", "32": "#98c379", "33": "#e5c07b", "2": "#8b929c"}
_CODE = re.compile(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m")


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


def main() -> None:
    verdict = samples.showcase()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with Browser(os.environ["PROBE_GATE_BROWSER"]) as browser:
        for scheme in ("light", "dark"):
            page = browser.chromium.new_page(
                color_scheme=scheme, viewport={"width": 860, "height": 1500}, device_scale_factor=1.5
            )
            page.set_content(render_html(verdict))
            page.screenshot(path=IMAGES / f"report-{scheme}.png")
            page.close()
        page = browser.chromium.new_page(viewport={"width": 900, "height": 600}, device_scale_factor=1.5)
        page.set_content(terminal_page(render_console(verdict, ReportContext(width=80, color=True))))
        page.locator("body").screenshot(path=IMAGES / "console.png")
        page.close()


if __name__ == "__main__":
    main()
