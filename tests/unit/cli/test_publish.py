from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from probe_gate.ci.files import write_atomically
from probe_gate.ci.job import CiJob, CommentApiAddress, RunnerFiles
from probe_gate.cli import publish as publish_module
from probe_gate.cli.publish import keep_comment, publish
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.context import ReportContext
from probe_gate.runtime.signals import StopSignal
from tests.harness.factories import make_early_verdict, make_verdict
from tests.harness.gate_context import OUTPUT, make_context
from tests.unit.ci.test_github import read_values


@pytest.fixture
def signal(monkeypatch: pytest.MonkeyPatch) -> StopSignal:
    """The signals of the process; none has arrived."""
    stop_signal = StopSignal()
    monkeypatch.setattr(publish_module, "STOP_SIGNAL", stop_signal)
    return stop_signal


@pytest.fixture
def count_renderings(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the JSON report has been rendered."""
    from probe_gate.reports import report_json

    calls: list[Verdict] = []
    render = report_json.render_json

    def count(verdict: Verdict, context: ReportContext) -> str:
        calls.append(verdict)
        return render(verdict, context)

    monkeypatch.setattr(report_json, "render_json", count)
    return lambda: len(calls)


def parse_report(directory: Path) -> dict[str, object]:
    report: dict[str, object] = json.loads((directory / "report.json").read_text())
    return report


@pytest.mark.usefixtures("signal")
def test_each_report_is_rendered_once(tmp_path: Path, count_renderings: Callable[[], int]) -> None:
    """Also when the result is printed for a program: that is the same text."""
    context = make_context(tmp_path, "json")
    assert publish(make_verdict(), replace(context, output=replace(OUTPUT, format="json"))) == 0
    assert count_renderings() == 1


def test_a_signal_while_the_reports_are_written_cancels_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: StopSignal
) -> None:
    """The reports, the exit code and the log then say the same."""

    def write_and_signal(directory: Path, name: str, text: str) -> Path:
        signal.signal_number = 15
        return write_atomically(directory, name, text)

    monkeypatch.setattr(publish_module, "write_atomically", write_and_signal)
    lines: list[str] = []
    assert publish(make_verdict(), replace(make_context(tmp_path, "json", "junit"), log=lines.append)) == 143
    assert parse_report(tmp_path)["outcome"] == "cancelled"
    assert "The verdict before that was passed." in str(parse_report(tmp_path)["reason"])
    assert lines[-1] == "Exit code 143 (cancelled)"


@pytest.mark.usefixtures("signal")
def test_a_gate_that_passed_and_could_not_write_a_report_exits_70(tmp_path: Path) -> None:
    """The reports that could be written say so."""
    (tmp_path / "junit.xml").mkdir()
    assert publish(make_verdict(), make_context(tmp_path, "json", "junit")) == 70
    assert parse_report(tmp_path)["exitCode"] == 70
    assert "junit.xml could not be written" in str(parse_report(tmp_path)["notes"])


@pytest.mark.usefixtures("signal")
@pytest.mark.parametrize("missing", ["summary", "output"])
def test_what_the_ci_system_did_not_get_is_in_the_reports(tmp_path: Path, missing: str) -> None:
    """All of them, and the outputs as far as they can be written, state the exit code; nothing is left to be signed."""
    files = {name: str(tmp_path / name) for name in ("summary", "output")}
    job = CiJob("github", runner_files=RunnerFiles(**{**files, missing: str(tmp_path)}))
    assert publish(make_verdict(), make_context(tmp_path, "json", "summary", "attestation", job=job)) == 70
    report = parse_report(tmp_path)
    assert (report["exitCode"], report["outcome"]) == (70, "passed")
    assert "could not be written: Is a directory." in str(report["notes"])
    assert not (tmp_path / "test-result.json").exists()
    if missing == "summary":
        assert read_values((tmp_path / "output").read_text())["exit-code"] == "70"


@pytest.mark.usefixtures("signal")
def test_a_report_that_cannot_be_replaced_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be taken for this gate's, whose verdict is another one."""
    (tmp_path / "report.json").write_text('{"outcome": "passed"}')

    def fail(_directory: Path, _name: str, _text: str) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publish_module, "write_atomically", fail)
    assert publish(make_verdict(outcome=Outcome.FAILED, exit_code=1), make_context(tmp_path, "json")) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("signal")
def test_a_report_that_does_not_fit_into_memory_is_no_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to do about it."""

    def fail(_directory: Path, _name: str, _text: str) -> Path:
        raise MemoryError

    monkeypatch.setattr(publish_module, "write_atomically", fail)
    lines: list[str] = []
    assert publish(make_verdict(), replace(make_context(tmp_path, "json"), log=lines.append)) == 70
    assert "Warning: The json report could not be generated (MemoryError). This machine is out of memory." in lines


@pytest.mark.usefixtures("signal")
def test_without_a_directory_the_outputs_tell_why(tmp_path: Path) -> None:
    """Later steps, and the page of the job, learn of a gate that could not write reports."""
    job = CiJob("github", runner_files=RunnerFiles(output=str(tmp_path / "output")))
    lines: list[str] = []
    verdict = make_early_verdict()
    assert publish(verdict, replace(make_context(None, "json", job=job), log=lines.append)) == verdict.exit_code
    values = read_values((tmp_path / "output").read_text())
    assert (values["outcome"], values["exit-code"]) == (verdict.outcome.value, str(verdict.exit_code))
    assert (values["report-dir"], values["junit-path"]) == ("", "")
    assert any(line.startswith("::error ") for line in lines)


@pytest.mark.usefixtures("signal")
def test_a_gate_that_failed_keeps_its_exit_code_without_a_report(tmp_path: Path) -> None:
    """A broken policy is not hidden behind a full disk."""
    (tmp_path / "junit.xml").mkdir()
    verdict = replace(make_verdict(), outcome=Outcome.FAILED, exit_code=1)
    assert publish(verdict, make_context(tmp_path, "json", "junit")) == 1


@pytest.mark.usefixtures("signal")
def test_a_cancelled_gate_writes_no_comment() -> None:
    """It has seconds left, and nothing to say about the change."""
    lines: list[str] = []
    verdict = make_verdict(outcome=Outcome.CANCELLED)
    context = make_context(None, job=CiJob("github", pull_request="7"), comment_token="t")
    keep_comment(verdict, replace(context, log=lines.append))
    assert lines == []


@pytest.mark.usefixtures("signal")
def test_whatever_goes_wrong_with_a_comment_is_a_warning() -> None:
    """The verdict is out by then, and nothing that happens here may change the exit code."""
    lines: list[str] = []
    address = CommentApiAddress("http://[", "https://api.example.com/graphql")
    job = CiJob("github", repository="acme/bot", pull_request="7", comment_api=address)
    keep_comment(make_verdict(), replace(make_context(None, job=job, comment_token="t"), log=lines.append))
    assert lines == ["Warning: No comment was written: unexpected ValueError. This is a bug in probe-gate."]
