"""A real browser, for what only a browser can tell of report.html.

`make test-browser` runs these tests; it sets up Chromium, Playwright and axe first. Pictures of every page stay in
`.artifacts/browser`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.viewing import Browser, Viewer

PICTURES = Path(__file__).parents[2] / ".artifacts" / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="run by `make test-browser`, which sets up a browser")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
            if not os.environ.get("PROBE_GATE_BROWSER"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with Browser(os.environ["PROBE_GATE_BROWSER"]) as started:
        yield started


@pytest.fixture
def viewer(browser: Browser, tmp_path: Path) -> Viewer:
    return Viewer(browser, tmp_path, PICTURES)
