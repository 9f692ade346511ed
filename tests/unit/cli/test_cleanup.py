from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.state_file import STATE_FILE, StateFile
from probe_gate.cli.cleanup import MAX_REPORTED, clean_up
from probe_gate.use_cases.run_tag import make_run_tag, owner_code
from tests.harness.ci_environments import GITHUB, GITLAB, JENKINS

MARK = "pg-3f9a2c1b.2.k4x7q2"
LATER_STEPS = {
    "gitlab": (GITLAB, GITLAB),
    "jenkins": (JENKINS, {**JENKINS, "STAGE_NAME": "Declarative: Post Actions"}),
    "github": (GITHUB, {**GITHUB, "GITHUB_ACTION": "__run_2"}),
    "by its key": ({"PROBE_GATE_JOB_KEY": "nightly 7"}, {"PROBE_GATE_JOB_KEY": "nightly 7"}),
}
"""The variables of the step that gates, and of the one that cleans up."""


def mark_of(environ: dict[str, str], nonce: str = "aaaaaa") -> str:
    """A mark as the gate of a job makes it."""
    job = detect_ci(environ, environ.get("PROBE_GATE_JOB_KEY", ""))
    owner = owner_code(job.owner_identity())
    return make_run_tag(("x",), job.attempt, 42, "all", nonce, owner).text


def _arguments(**values: str | None) -> argparse.Namespace:
    return argparse.Namespace(**values)


class Commands(list[list[str]]):
    """The commands that were run, each with success."""

    def run(self, words: list[str]) -> int:
        self.append(words)
        return 0


def test_cancels_what_the_github_step_left_going(tmp_path: Path) -> None:
    """By the mark, so that a note somebody else wrote can name no other run."""
    environ = {**GITHUB, "STATE_probe_gate_run_42": f"{MARK} 7001", "STATE_probe_gate_run_43": MARK}
    commands = Commands()
    assert clean_up(_arguments(report_dir=str(tmp_path)), environ, commands.run) == 0
    assert commands == [
        ["runs", "cancel", f"--tag={MARK}", "--if-exists", "--target-id=42"],
        ["runs", "cancel", f"--tag={MARK}", "--if-exists", "--target-id=43"],
    ]


@pytest.mark.parametrize("system", LATER_STEPS)
def test_cancels_what_the_report_directory_tells_of(system: str, tmp_path: Path) -> None:
    """Elsewhere the note is a file, and the way to the platform is handed on."""
    gate, later = LATER_STEPS[system]
    tag = mark_of(gate)
    StateFile(tmp_path).note_run(42, tag, 7001)
    commands = Commands()
    arguments = _arguments(report_dir=str(tmp_path), api_url="us", workspace_id="5", api_key_file=None)
    assert clean_up(arguments, later, commands.run) == 0
    assert commands == [
        ["runs", "cancel", f"--tag={tag}", "--if-exists", "--target-id=42", "--api-url=us", "--workspace-id=5"]
    ]


def test_a_run_of_an_earlier_attempt_that_was_taken_up_is_cancelled(tmp_path: Path) -> None:
    """The job has noted it as its own; one of a later attempt it cannot know."""
    earlier, later = ({**GITLAB, "CI_JOB_ID": number} for number in ("88000", "88002"))
    StateFile(tmp_path).note_run(42, mark_of(earlier), 7001)
    commands = Commands()
    assert clean_up(_arguments(report_dir=str(tmp_path)), GITLAB, commands.run) == 0
    assert len(commands) == 1
    StateFile(tmp_path).note_run(42, mark_of(later), 7001)
    assert clean_up(_arguments(report_dir=str(tmp_path)), GITLAB, commands.run) == 0
    assert len(commands) == 1


def test_deletes_a_target_that_was_made_for_the_run_only_by_its_mark(tmp_path: Path) -> None:
    """After the run is cancelled. A note that was brought along cannot name another target."""
    tag = mark_of(GITLAB)
    journal = StateFile(tmp_path)
    journal.note_target(501, tag, is_there=True)
    journal.note_run(501, tag, 7001)
    commands = Commands()
    clean_up(_arguments(report_dir=str(tmp_path), api_url="us"), GITLAB, commands.run)
    assert commands == [
        ["runs", "cancel", f"--tag={tag}", "--if-exists", "--target-id=501", "--api-url=us"],
        ["target", "delete", "--yes", "--target-id=501", f"--tag={tag}", "--api-url=us"],
    ]


OTHERS = {
    "another pipeline": {**GITLAB, "CI_PIPELINE_ID": "701"},
    "another job": {**GITLAB, "CI_JOB_NAME": "probe-gate: [us, 42]"},
    "another repository": {**GITLAB, "CI_PROJECT_PATH": "acme/other"},
    "another system": GITHUB,
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_another_job_started_is_left_alone(other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change brings a note along that names its run or its target: nothing is asked of the platform."""
    tag = mark_of(OTHERS[other])
    journal = StateFile(tmp_path)
    journal.note_run(42, tag, 7001)
    journal.note_target(501, tag, is_there=True)
    assert clean_up(_arguments(report_dir=str(tmp_path)), GITLAB, lambda _: pytest.fail("asked")) == 0
    said = capsys.readouterr().err
    assert f"names run {tag} on target 42, which this job did not start: left alone." in said
    assert f"names target 501, created for run {tag}, which this job did not start: left alone." in said


def test_a_file_beside_the_state_of_a_github_step_is_not_read(tmp_path: Path) -> None:
    """The state is out of reach of the change, so nothing else is needed."""
    StateFile(tmp_path).note_run(42, mark_of(GITHUB), 7001)
    environ = {**GITHUB, "STATE_probe_gate_ended": "true"}
    assert clean_up(_arguments(report_dir=str(tmp_path)), environ, lambda _: pytest.fail("asked")) == 0


@pytest.mark.parametrize(
    ("tag", "environ"),
    [(mark_of(GITLAB), {}), (MARK, GITLAB), (mark_of({"PROBE_GATE_JOB_KEY": "7"}), {}), ("no-mark", GITLAB)],
    ids=["a step without the variables", "a gate without them", "a step without the key", "no mark"],
)
def test_where_nothing_shows_whose_it_is_nothing_is_done(
    tag: str, environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, with what is needed and the command for a person."""
    StateFile(tmp_path).note_run(42, tag, 7001)
    assert clean_up(_arguments(report_dir=str(tmp_path)), environ, lambda _: pytest.fail("asked")) == 2
    said = capsys.readouterr().err
    assert "but not whether it belongs to this job: left alone." in said
    assert "--job-key" in said
    assert f"probe-gate runs cancel --tag {tag} --target-id 42" in said


def test_few_foreign_notes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change can bring any number along."""
    for number in range(50):
        StateFile(tmp_path, lambda _: True).note_run(number, mark_of(OTHERS["another job"]), None)
    assert clean_up(_arguments(report_dir=str(tmp_path)), GITLAB, lambda _: pytest.fail("asked")) == 0
    *reported, last = capsys.readouterr().err.splitlines()
    assert len(reported) == MAX_REPORTED
    assert last == "Nothing to clean up."


def test_the_report_directory_may_come_from_the_environment(tmp_path: Path) -> None:
    """The directory is found as the gate found it."""
    StateFile(tmp_path).note_run(42, mark_of(GITLAB), 7001)
    commands = Commands()
    clean_up(_arguments(), {**GITLAB, "PROBE_GATE_REPORT_DIR": str(tmp_path)}, commands.run)
    assert len(commands) == 1


def test_after_a_gate_that_came_to_its_end_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Nothing is asked of the platform, and the step is green."""
    journal = StateFile(tmp_path)
    journal.note_run(42, mark_of(GITLAB), 7001)
    journal.mark_finished()
    assert not (tmp_path / STATE_FILE).exists()
    for environ in (GITLAB, {**GITHUB, "STATE_probe_gate_run_42": f"{MARK} 7001", "STATE_probe_gate_ended": "true"}):
        assert clean_up(_arguments(report_dir=str(tmp_path)), environ, lambda _: pytest.fail("asked")) == 0


def test_a_run_that_could_not_be_cancelled_turns_the_step_red(tmp_path: Path) -> None:
    """All are tried, and the first that could not be cancelled gives the exit code."""
    environ = {
        **GITHUB,
        "STATE_probe_gate_run_42": MARK,
        "STATE_probe_gate_run_43": MARK,
        "STATE_probe_gate_run_44": MARK,
    }
    codes = iter([0, 4, 3])
    assert clean_up(_arguments(report_dir=str(tmp_path)), environ, lambda _: next(codes)) == 4
    assert next(codes, None) is None
