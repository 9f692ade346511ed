from __future__ import annotations

from pathlib import Path

import pytest

from probe_gate.ci.job import CiJob, RunnerFiles
from probe_gate.ci.publish import log_section, mask_lines, publish
from probe_gate.errors import Outcome
from tests.harness.factories import make_early_verdict, make_failed_target, make_verdict
from tests.unit.ci.test_github import read_values

VERDICT = make_verdict(make_failed_target())
REPORTS = {"summary": "# Failed", "junit": "<testsuites/>"}


def test_github_gets_summary_outputs_and_annotations(tmp_path: Path) -> None:
    """Everything that GitHub shows is brought there, with paths that hold outside of the container."""
    files = RunnerFiles(str(tmp_path / "summary"), str(tmp_path / "output"))
    job = CiJob("github", workspace=tmp_path, runner_files=files)
    lines: list[str] = []
    assert publish(job, VERDICT, REPORTS, tmp_path / "report", lines.append) == ()
    assert (tmp_path / "summary").read_text() == "# Failed\n"
    assert read_values((tmp_path / "output").read_text())["report-dir"] == "report"
    assert len(lines) == 1


def test_gitlab_gets_files(tmp_path: Path) -> None:
    """GitLab takes variables and links from files of the report directory; the log gets nothing."""
    lines: list[str] = []
    assert publish(CiJob("gitlab", workspace=Path("/builds")), VERDICT, REPORTS, tmp_path, lines.append) == ()
    assert "GATE_OUTCOME=failed" in (tmp_path / "gate.env").read_text()
    assert "test-runs/7001" in (tmp_path / "annotations.json").read_text()
    assert lines == []


def test_a_file_that_cannot_be_written_is_a_problem_not_an_error(tmp_path: Path) -> None:
    """What could not be published is said; nothing is raised."""
    (tmp_path / "gate.env").mkdir()
    (problem,) = publish(CiJob("gitlab"), VERDICT, REPORTS, tmp_path, print)
    assert "gate.env" in problem


def test_variables_state_the_exit_code_of_a_gate_that_could_not_write_its_links(tmp_path: Path) -> None:
    """It is 70, since it passed otherwise."""
    (tmp_path / "annotations.json").mkdir()
    (problem,) = publish(CiJob("gitlab"), make_verdict(), REPORTS, tmp_path, print)
    assert "annotations.json" in problem
    assert "GATE_EXIT_CODE=70" in (tmp_path / "gate.env").read_text()


@pytest.mark.parametrize(
    ("system", "command"),
    [
        ("github", "::warning title=Probe gate%3A skipped::There is no API key. Nothing was tested. Add it."),
        ("azure", "##vso[task.logissue type=warning]The probe gate was skipped. There is no API key."),
    ],
)
def test_a_skipped_gate_is_a_warning(system: str, command: str, tmp_path: Path) -> None:
    """It is green and has tested nothing, which the page of the job must show."""
    verdict = make_early_verdict(
        outcome=Outcome.SKIPPED,
        exit_code=0,
        reason="There is no API key. Nothing was tested.",
        hint="Add it.",
        problems=(),
    )
    lines: list[str] = []
    publish(CiJob(system), verdict, {}, tmp_path, lines.append)
    assert [line for line in lines if line.startswith(command)]


@pytest.mark.parametrize("taken", [1_048_570, 1_048_576, 1_100_000])
def test_a_full_job_summary_is_a_warning_only(tmp_path: Path, taken: int) -> None:
    """Other steps filled the summary, which is no reason to fail a gate that passed."""
    summary = tmp_path / "summary"
    summary.write_bytes(b"x" * taken)
    lines: list[str] = []
    job = CiJob("github", runner_files=RunnerFiles(str(summary)))
    assert publish(job, VERDICT, REPORTS, tmp_path, lines.append) == ()
    assert lines[0] == (
        "Warning: The job summary of this step is full (1 MiB), so nothing was added to it. See summary.md."
    )
    assert summary.stat().st_size == taken


def test_a_job_summary_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    """Unlike a full one, it points at something wrong with the runner."""
    job = CiJob("github", runner_files=RunnerFiles(str(tmp_path)))
    (problem,) = publish(job, VERDICT, REPORTS, tmp_path, print)
    assert problem == "The job summary could not be written: Is a directory."


def test_azure_gets_commands(tmp_path: Path) -> None:
    """Azure takes everything from the log."""
    lines: list[str] = []
    assert publish(CiJob("azure"), VERDICT, REPORTS, tmp_path, lines.append) == ()
    assert f"##vso[task.uploadsummary]{tmp_path}/summary.md" in lines


@pytest.mark.parametrize("system", ["jenkins", "bitbucket", "circleci", "buildkite", "generic"])
def test_elsewhere_files_and_exit_code_are_all(tmp_path: Path, system: str) -> None:
    """Other systems read the report files themselves."""
    lines: list[str] = []
    assert publish(CiJob(system), VERDICT, REPORTS, tmp_path, lines.append) == ()
    assert lines == []
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_masked_where_that_can_be_done() -> None:
    """Also a key that did not come from the system's own secrets is hidden in the log."""
    assert mask_lines(CiJob("github"), "k-123") == ("::add-mask::k-123",)
    assert mask_lines(CiJob("azure"), "k-123") == ("##vso[task.setsecret]k-123",)
    assert mask_lines(CiJob("gitlab"), "k-123") == ()
    assert mask_lines(CiJob("github"), "") == ()


@pytest.mark.parametrize(("system", "count"), [("gitlab", 2), ("github", 0), ("generic", 0)])
def test_the_log_of_the_run_is_a_section_where_there_are_sections(system: str, count: int) -> None:
    """On GitLab the section is closed, also when what is in it fails; elsewhere nothing is added."""
    lines: list[str] = []
    with (
        pytest.raises(ZeroDivisionError),
        log_section(CiJob(system), "Test run", lines.append, lambda: 1_700_000_000.5),
    ):
        _ = 1 / 0
    assert len(lines) == count
    if count:
        assert "section_start:1700000000:test_run" in lines[0]
        assert "section_end:1700000000:test_run" in lines[1]


def test_a_log_for_collectors_has_no_sections() -> None:
    """Lines of JSON stay lines of JSON."""
    lines: list[str] = []
    with log_section(CiJob("gitlab"), "Test run", lines.append, lambda: 1.0, wanted=False):
        pass
    assert lines == []
