"""`probe-gate verify`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probe_gate.cli.main import run_command
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.verdict import Verdict, combine
from probe_gate.files.report_document import render, to_document
from tests.harness import factories as make


def gate(min_score: float = 80.0) -> Verdict:
    target = evaluate(make.make_policy(min_score=make.make_limit(min_score)), make.make_evidence())
    return combine([target], started_at=make.STARTED, judged_at=make.NOW)


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., Path]:
    """Writes a report whose document was changed by a function."""

    def write(verdict: Verdict, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Path:
        path = tmp_path / "report.json"
        document = to_document(verdict)
        change(document)
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.mark.parametrize(("min_score", "said"), [(80.0, "passed, exit code 0"), (90.0, "failed, exit code 1")])
def test_a_verdict_that_follows_is_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], min_score: float, said: str
) -> None:
    """A failed one too; and it is said that this is consistency only."""
    (tmp_path / "report.json").write_text(render(gate(min_score)))
    assert run_command(["verify", str(tmp_path / "report.json")], {}) == 0
    out = capsys.readouterr().out
    assert f"the verdict follows from its evidence: {said} (1 target, judged 2026-11-24 12:00 UTC" in out
    assert "not who wrote it" in out


def test_a_directory_stands_for_its_report(tmp_path: Path) -> None:
    """The report directory can be named."""
    (tmp_path / "report.json").write_text(render(gate()))
    assert run_command(["verify", str(tmp_path)], {}) == 0


def test_a_verdict_that_does_not_follow_is_7(report: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """With the check that differs."""

    def forge(document: dict[str, Any]) -> None:
        for check in document["targets"][0]["checks"]:
            check["outcome"] = "passed" if check["outcome"] == "failed" else check["outcome"]

    assert run_command(["verify", str(report(gate(90.0), forge))], {}) == 7
    out = capsys.readouterr().out
    assert "the verdict does not follow from its evidence" in out
    assert "Support bot (target 42): overall-score: the report says passed, the evidence gives failed" in out
    assert "Do not trust it" in out


def test_values_for_readers_are_compared_too(report: Callable[..., Path]) -> None:
    """A target's exit code in the file cannot be changed alone."""
    path = report(gate(90.0), lambda document: document["targets"][0].update(exitCode=0))
    assert run_command(["verify", str(path)], {}) == 7


def test_sentences_count_for_the_same_version_only(report: Callable[..., Path]) -> None:
    """Another version may have said it in other words."""

    def reword(document: dict[str, Any]) -> None:
        document["targets"][0]["reason"] = "All is well."

    def reword_elsewhere(document: dict[str, Any]) -> None:
        reword(document)
        document["writtenBy"] = "probe-gate 99.0.0"

    assert run_command(["verify", str(report(gate(), reword))], {}) == 7
    assert run_command(["verify", str(report(gate(), reword_elsewhere))], {}) == 0


def test_what_cannot_be_read_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is missing, and one that is no report."""
    assert run_command(["verify", str(tmp_path / "absent.json")], {}) == 2
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "report.json").write_text("<html>")
    assert run_command(["verify", str(tmp_path)], {}) == 2
    assert "cannot be read as a report" in capsys.readouterr().err


def test_without_a_report_it_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The argument is required."""
    assert run_command(["verify"], {}) == 2
    assert "REPORT" in capsys.readouterr().err


def test_json_for_programs(report: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """One object on standard output, with each difference."""
    path = report(gate(90.0), lambda document: document.update(exitCode=0))
    assert run_command(["verify", str(path), "--output", "json"], {}) == 7
    found = json.loads(capsys.readouterr().out)
    assert (found["follows"], found["outcome"], found["judgedAt"]) == (False, "failed", "2026-11-24T12:00:00Z")
    assert found["differences"] == [{"where": "the gate", "what": "exit code", "said": "0", "follows": "1"}]


def test_hostile_text_is_inert(report: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A forged report cannot write commands into the log, whatever it says."""

    def poison(document: dict[str, Any]) -> None:
        document["writtenBy"] = "\n::error::x\x1b[31m"
        document["targets"][0]["checks"][0]["id"] = "\n::error::y"
        document["targets"][0]["target"]["name"] = "\r\n::error::z"

    assert run_command(["verify", str(report(gate(), poison))], {}) == 7
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert not any(line.lstrip().startswith("::") for line in out.splitlines())


def test_many_differences_are_cut(report: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A report that is wrong throughout does not fill the log."""

    def invent(document: dict[str, Any]) -> None:
        first = document["targets"][0]["checks"][0]
        document["targets"][0]["checks"] += [{**first, "id": f"made-up-{number}"} for number in range(500)]

    assert run_command(["verify", str(report(gate(), invent))], {}) == 7
    out = capsys.readouterr().out
    assert "and 450 more" in out
