"""report.html in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from probe_gate.domain.verdict import Verdict
from probe_gate.reports.html import render_html
from probe_gate.sandbox.scenarios import SCENARIOS
from probe_gate.sandbox.server import SandboxServer
from tests.browser.viewing import DARK_NARROW, LIGHT_NARROW, LIGHT_WIDE, WAYS, Seen, Viewer
from tests.harness import factories as make
from tests.harness import samples
from tests.harness.waiting import MAX_WAIT_SECONDS

JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
GITLAB_PAGES = "default-src 'self'; script-src 'none'; style-src 'unsafe-inline'"
QUICK = {
    "PROBE_GATE_POLL_INTERVAL": "0.1s..0.3s",
    "PROBE_GATE_SETTLE": "0.1s",
    "PROBE_GATE_TIMEOUT": "6s",
    "PROBE_GATE_REPORTS": "html",
    "PROBE_GATE_MIN_CATEGORY_SCORE": "*=70",
    "PROBE_GATE_MAX_ATTACK_SUCCESS_RATE": "15",
}

EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}-{way[1]}")


def hostile() -> Verdict:
    text = " ".join(("<img src=//evil.example/x onerror=alert(1)>", *make.NASTY_TEXTS, "日本語ボット" * 30, "x" * 500))
    return samples.with_text(text)


SCENES = {
    "no target": make.make_early_verdict,
    "one target": samples.failing,
    "one that passed": lambda: samples.judge(samples.evidence()),
    "one that ended": lambda: samples.judge(samples.ended_evidence()),
    "ten targets": lambda: samples.fleet(10),
    "hundred targets": lambda: samples.fleet(100),
    "hostile text": hostile,
}


@cache
def page_of(scene: str) -> str:
    return render_html(SCENES[scene]())


def assert_fine(seen: Seen) -> None:
    assert seen.requests == []
    assert seen.complaints == []
    assert seen.barriers == []
    assert seen.overflowing == []


@EACH_WAY
@pytest.mark.parametrize("scene", SCENES)
def test_every_page_works_in_every_way(viewer: Viewer, scene: str, way: tuple[str, int]) -> None:
    """No request, no complaint, no barrier, nothing that overflows; folded and unfolded."""
    assert_fine(viewer.look(page_of(scene), way, name=scene.replace(" ", "-")))


def test_the_viewer_sees_what_is_wrong(viewer: Viewer) -> None:
    """A page that has everything that the others must not have."""
    bad = (
        "<!doctype html><html lang=en><title>x</title><body><script>console.error('said')</script>"
        "<img src='missing.png' alt='x'><p style='color:#ddd;background:#fff'>pale</p>"
        "<div style='width:3000px'>wide</div></body></html>"
    )
    seen = viewer.look(bad, LIGHT_WIDE)
    assert any(url.endswith("missing.png") for url in seen.requests)
    assert "said" in seen.complaints
    assert any(barrier.startswith("color-contrast") for barrier in seen.barriers)
    assert any("wide" in one for one in seen.overflowing)


@pytest.fixture(scope="module")
def gate_page(tmp_path_factory: pytest.TempPathFactory) -> object:
    """The page of a gate, run as a process against a scenario of the sandbox."""
    made: dict[str, str] = {}

    def run(scenario: str) -> str:
        if scenario not in made:
            made[scenario] = run_gate(scenario, tmp_path_factory.mktemp("gate"))
        return made[scenario]

    return run


def run_gate(scenario: str, directory: Path) -> str:
    with SandboxServer(scenario, speed=300) as sandbox:
        environment = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "PYTHONPATH")}
        done = subprocess.run(
            [sys.executable, "-m", "probe_gate", "run"],
            env={**environment, **QUICK, **sandbox.environment, "PROBE_GATE_REPORT_DIR": str(directory)},
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=MAX_WAIT_SECONDS,
            check=False,
        )
    assert done.returncode not in (2, 70), done.stderr
    return (directory / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_of_the_sandbox_has_a_page_that_works(viewer: Viewer, scenario: str, gate_page: object) -> None:
    """As a gate really ends there, wide and narrow, light and dark."""
    assert callable(gate_page)
    html = gate_page(scenario)
    for way in (LIGHT_WIDE, DARK_NARROW):
        assert_fine(viewer.look(html, way, name=f"scenario-{scenario}"))


def test_can_be_read_where_no_style_is_allowed(viewer: Viewer) -> None:
    """Jenkins serves artifacts so: the whole story is there, in order, and nothing but the style is missed."""
    seen = viewer.look_through(page_of("one target"), JENKINS)
    assert seen.requests == []
    assert all("style" in complaint.lower() for complaint in seen.complaints)
    places = [seen.text.index(word) for word in ("Failed", "Overall score", "Since", "What to do", "Trend")]
    assert places == sorted(places)


def test_keeps_its_style_under_a_policy_that_allows_it(viewer: Viewer) -> None:
    """No complaint at all."""
    seen = viewer.look_through(page_of("one target"), GITLAB_PAGES)
    assert (seen.requests, seen.complaints) == ([], [])


def test_prints_on_two_pages(viewer: Viewer) -> None:
    """One target, with three failed checks, on A4."""
    assert viewer.count_printed_pages(page_of("one target")) <= 2


def test_reads_in_the_order_in_which_it_is_needed(viewer: Viewer) -> None:
    """On a telephone too: where to look, what failed, by how much, since when, what to do."""
    text = viewer.look(page_of("one target"), LIGHT_NARROW).text
    words = ("Failed", "Test run 7001", "at least 80\n", "6 points below", "it was 82 before", "Open the run")
    places = [text.index(word) for word in words]
    assert places == sorted(places)
