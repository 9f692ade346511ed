"""junit.xml is read by what people read it with, and is what Jenkins and GitLab want of it."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
from junitparser import JUnitXml

from probe_gate.ci.files import write_atomically
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.junit import render_junit
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.conftest import variables
from tests.ci_systems.containers import run
from tests.harness.factories import NASTY_TEXTS, make_failed_check, make_failed_target, make_verdict

Serve = Callable[..., SandboxServer]

ENDINGS = [
    ("passing", {}, 0),
    ("failing", {}, 1),
    ("category-low", {"PROBE_GATE_MIN_CATEGORY_SCORE": "*=80"}, 1),
    ("run-failed", {}, 5),
    ("null-category", {"PROBE_GATE_MIN_CATEGORY_SCORE": "Safety=80"}, 7),
    ("never-ends", {"PROBE_GATE_TIMEOUT": "2s"}, 6),
    ("passing", {"SPLX_API_KEY": "another-key"}, 3),
    ("passing", {"PROBE_GATE_MIN_SCORE": "880"}, 2),
    ("passing", {"SPLX_TARGET_ID": "41,42"}, 0),
]


@pytest.fixture(params=ENDINGS, ids=lambda ending: f"{ending[0]} {' '.join(ending[1].values())}")
def junit(request: pytest.FixtureRequest, sandbox: Serve, tmp_path: Path) -> Path:
    """The JUnit file of one ending of the gate."""
    scenario, changes, code = request.param
    env = {**variables(sandbox(scenario)), **changes}
    done = run([sys.executable, "-m", "probe_gate", "run", "--report-dir", tmp_path / "report"], env=env, cwd=tmp_path)
    assert done.code == code, done.out
    return tmp_path / "report" / "junit.xml"


@pytest.fixture
def hostile_junit(tmp_path: Path) -> Path:
    """The JUnit file of a verdict whose every name and message once broke some reader."""
    checks = tuple(
        make_failed_check(id=f"category-score:{number}{text}", message=text or "none", outcome=outcome)
        for number, text in enumerate(NASTY_TEXTS)
        for outcome in (CheckOutcome.FAILED, CheckOutcome.ERROR, CheckOutcome.WAIVED)
    )
    targets = [
        make_failed_target(id=number, name=text, checks=checks) for number, text in enumerate(NASTY_TEXTS[:8], 1)
    ]
    write_atomically(tmp_path, "junit.xml", render_junit(make_verdict(*targets)))
    return tmp_path / "junit.xml"


def test_every_reader_reads_it(junit: Path, tmp_path: Path) -> None:
    """junitparser, junit2html and xunit-viewer take it as it is."""
    _assert_read(junit, tmp_path)


def test_every_reader_reads_hostile_text(hostile_junit: Path, tmp_path: Path) -> None:
    """Also what a platform or a policy file could make up."""
    _assert_read(hostile_junit, tmp_path)
    _assert_wanted(hostile_junit)


def _assert_read(junit: Path, tmp_path: Path) -> None:
    names = [case.get("name") for case in _root(junit).iter("testcase")]
    assert sum(1 for suite in JUnitXml.fromfile(str(junit)) for _ in suite) == len(names)
    page = tmp_path / "junit2html.html"
    done = run(["junit2html", junit, page])
    assert done.code == 0, done.out
    # It begins each case with an anchor of its own.
    assert page.read_text().count('class="testcase') >= 1 or all(name in page.read_text() for name in names if name)
    page = tmp_path / "xunit-viewer.html"
    done = run(["xunit-viewer", "--results", junit, "--output", page])
    assert page.stat().st_size > 0, done.out
    assert "error" not in done.out.lower(), done.out


def _root(junit: Path) -> ElementTree.Element:
    return ElementTree.fromstring(junit.read_bytes())  # noqa: S314 - our own file


def test_it_is_what_jenkins_and_gitlab_want(junit: Path) -> None:
    """Plain XML 1.0 with a test case, unique names, the message in the body too, and a type that is a constant word."""
    _assert_wanted(junit)


def _assert_wanted(junit: Path) -> None:
    text = junit.read_bytes().decode("utf-8")
    assert re.search(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text) is None
    root = _root(junit)
    cases = list(root.iter("testcase"))
    assert cases
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names)
    assert all(classname and name for classname, name in names)
    for case in cases:
        assert {child.tag for child in case} <= {
            "failure",
            "error",
            "skipped",
            "system-out",
            "system-err",
            "properties",
        }
        for kind in ("failure", "error", "skipped"):
            for element in case.iter(kind):
                message = element.get("message") or ""
                assert message
                assert element.text is not None
                assert message.split("…")[0].strip()[:40] in element.text
                assert re.fullmatch(r"([A-Z][a-z]+)+", element.get("type") or "CamelCase")
    for suite in root.iter("testsuite"):
        assert int(suite.get("tests") or -1) == len(list(suite.iter("testcase")))
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(kind) or 0) == len(list(suite.iter(tag)))
