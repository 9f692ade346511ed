"""Looks at a page as a reader does: in light and dark, wide and narrow, with a screen reader, on paper."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LIGHT_WIDE = ("light", 1280)
DARK_WIDE = ("dark", 1280)
LIGHT_NARROW = ("light", 360)
DARK_NARROW = ("dark", 360)
MOST_FOR_AXE = 150_000
"""Characters: a page of many targets is the same page many times over, and axe would take minutes."""
WAYS = (LIGHT_WIDE, DARK_WIDE, LIGHT_NARROW, DARK_NARROW)

_OVERFLOWING = """() => {
  const found = [];
  const width = document.documentElement.clientWidth;
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || element.closest('svg') && element.tagName !== 'svg') continue;
    const outside = box.right > width + 1 || box.left < -1;
    const spills = element.tagName !== 'svg' && element.scrollWidth > element.clientWidth + 1
      && getComputedStyle(element).display !== 'inline';
    if (outside || spills) found.push(element.tagName + '.' + element.getAttribute('class') + ': '
      + element.textContent.trim().slice(0, 60));
  }
  return found;
}"""


class Browser:
    """Chromium without a window."""

    def __init__(self, executable: str) -> None:
        self._executable = executable

    def __enter__(self) -> Self:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self.chromium: Any = self._playwright.chromium.launch(
            executable_path=self._executable, args=["--no-sandbox", "--disable-gpu"]
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.chromium.close()
        self._playwright.stop()


@dataclass
class Seen:
    """What there was to see of a page."""

    text: str
    requests: list[str] = field(default_factory=list)
    """What the page asked for beside itself."""
    complaints: list[str] = field(default_factory=list)
    """What the browser said on its console."""
    barriers: list[str] = field(default_factory=list)
    """What keeps people with a disability out, serious or worse, by axe."""
    overflowing: list[str] = field(default_factory=list)
    """What does not fit into its box."""


class Viewer:
    """Opens pages and keeps pictures of them."""

    def __init__(self, browser: Browser, directory: Path, pictures: Path) -> None:
        self._browser = browser
        self._file = directory / "report.html"
        self._pictures = pictures

    def look(self, html: str, way: tuple[str, int], *, name: str = "") -> Seen:
        """The page as a file, as someone opens it from their downloads; then with all that is folded opened."""
        self._file.write_text(html, encoding="utf-8")
        scheme, width = way
        page = self._browser.chromium.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        try:
            seen = Seen("")
            address = self._file.as_uri()
            page.on("request", lambda request: seen.requests.append(request.url))
            page.on("console", lambda message: seen.complaints.append(message.text))
            page.on("pageerror", lambda error: seen.complaints.append(str(error)))
            page.goto(address)
            seen.requests = [url for url in seen.requests if url != address]
            seen.text = page.inner_text("body")
            seen.overflowing = page.evaluate(_OVERFLOWING)
            if name:
                self._pictures.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=self._pictures / f"{name}-{scheme}-{width}.png", full_page=True)
            page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
            seen.overflowing += page.evaluate(_OVERFLOWING)
            if len(html) < MOST_FOR_AXE:
                seen.barriers = _find_barriers(page)
            return seen
        finally:
            page.close()

    def look_through(self, html: str, policy: str) -> Seen:
        """The page as a CI system serves it, with a content security policy of its own."""
        page = self._browser.chromium.new_page()
        try:
            seen = Seen("")
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
            page.route("**/*", lambda route: route.fulfill(body=html, headers=headers))
            page.on("console", lambda message: seen.complaints.append(message.text))
            page.on("request", lambda request: seen.requests.append(request.url))
            page.goto("http://ci.test/report.html")
            seen.requests = [url for url in seen.requests if url != "http://ci.test/report.html"]
            seen.text = page.inner_text("body")
            return seen
        finally:
            page.close()

    def count_printed_pages(self, html: str) -> int:
        """How many sheets of A4 the page takes."""
        self._file.write_text(html, encoding="utf-8")
        page = self._browser.chromium.new_page()
        try:
            page.goto(self._file.as_uri())
            pdf = page.pdf(prefer_css_page_size=True)
            return len(re.findall(rb"/Type\s*/Page\b", pdf))
        finally:
            page.close()


def _find_barriers(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['html'][:100]} {node.get('failureSummary', '')[:300]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
