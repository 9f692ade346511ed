"""Links to the project's own pages, which are published or not."""

from __future__ import annotations

import json

import pytest

from probe_gate import home
from probe_gate.reports.html import render_html
from probe_gate.reports.sarif import render_sarif
from probe_gate.reports.summary import render_summary
from tests.harness import samples

PAGE = "https://github.com/acme/probe-gate/blob/main/docs/checks.md"


def test_reports_have_no_link_to_a_project_that_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """No dead link, no empty one, and no placeholder."""
    monkeypatch.setattr(home, "OWNER", "")
    html, summary, sarif = (render(samples.failing()) for render in (render_html, render_summary, render_sarif))
    for text in (html, summary, sarif):
        assert home.PLACEHOLDER not in text
        assert "More about this check" not in text
        assert "github.com" not in text
    assert 'href=""' not in html
    assert '<p class="explain"></p>' not in html
    driver = json.loads(sarif)["runs"][0]["tool"]["driver"]
    assert "informationUri" not in driver
    assert all("helpUri" not in rule for rule in driver["rules"])


def test_reports_lead_to_the_page_about_the_check_once_it_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is read when the report is written."""
    monkeypatch.setattr(home, "OWNER", "acme")
    for render in (render_html, render_summary, render_sarif):
        assert f"{PAGE}#overall-score" in render(samples.failing())
