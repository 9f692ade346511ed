from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from probe_gate.ci.journal import FileJournal
from probe_gate.cli.post import cancel_left_behind

MARK = "pg-3f9a2c1b.2.k4x7q"


def _arguments(**values: str | None) -> argparse.Namespace:
    return argparse.Namespace(**values)


class Commands(list[list[str]]):
    """The commands that were run, each with success."""

    def run(self, words: list[str]) -> int:
        self.append(words)
        return 0


def test_cancels_what_the_github_step_left_going(tmp_path: Path) -> None:
    """By the mark, so that a note somebody else wrote can name no other run."""
    environ = {"STATE_probe_gate_run_42": f"{MARK} 7001", "STATE_probe_gate_run_43": MARK}
    commands = Commands()
    assert cancel_left_behind(_arguments(report_dir=str(tmp_path)), environ, commands.run) == 0
    assert commands == [
        ["runs", "cancel", f"--mark={MARK}", "--if-exists", "--target-id=42"],
        ["runs", "cancel", f"--mark={MARK}", "--if-exists", "--target-id=43"],
    ]


def test_cancels_what_the_report_directory_tells_of(tmp_path: Path) -> None:
    """Elsewhere the note is a file, and the way to the platform is handed on."""
    FileJournal(tmp_path).note_run(42, MARK, 7001)
    commands = Commands()
    arguments = _arguments(report_dir=str(tmp_path), api_url="us", workspace_id="5", api_key_file=None)
    cancel_left_behind(arguments, {}, commands.run)
    assert commands == [
        ["runs", "cancel", f"--mark={MARK}", "--if-exists", "--target-id=42", "--api-url=us", "--workspace-id=5"]
    ]


def test_deletes_a_target_that_was_made_for_the_run_only_by_its_mark(tmp_path: Path) -> None:
    """After the run is cancelled. A note that was brought along cannot name another target."""
    FileJournal(tmp_path).note_target(501, MARK, is_there=True)
    commands = Commands()
    environ = {"STATE_probe_gate_run_502": f"{MARK} 7001", "STATE_probe_gate_target_502": MARK}
    cancel_left_behind(_arguments(report_dir=str(tmp_path), api_url="us"), environ, commands.run)
    assert commands == [
        ["runs", "cancel", f"--mark={MARK}", "--if-exists", "--target-id=502", "--api-url=us"],
        ["target", "delete", "--yes", "--target-id=502", f"--mark={MARK}", "--api-url=us"],
        ["target", "delete", "--yes", "--target-id=501", f"--mark={MARK}", "--api-url=us"],
    ]


def test_the_report_directory_may_come_from_the_environment(tmp_path: Path) -> None:
    """The directory is found as the gate found it."""
    FileJournal(tmp_path).note_run(42, MARK, 7001)
    commands = Commands()
    cancel_left_behind(_arguments(), {"PROBE_GATE_REPORT_DIR": str(tmp_path)}, commands.run)
    assert len(commands) == 1


def test_after_a_gate_that_came_to_its_end_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Nothing is asked of the platform, and the step is green."""
    journal = FileJournal(tmp_path)
    journal.note_run(42, MARK, 7001)
    journal.note_end()
    environ = {"STATE_probe_gate_run_42": f"{MARK} 7001", "STATE_probe_gate_ended": "true"}
    assert cancel_left_behind(_arguments(report_dir=str(tmp_path)), environ, lambda _: pytest.fail("asked")) == 0


def test_a_run_that_could_not_be_cancelled_turns_the_step_red(tmp_path: Path) -> None:
    """All are tried, and the first that could not be cancelled gives the exit code."""
    environ = {"STATE_probe_gate_run_42": MARK, "STATE_probe_gate_run_43": MARK, "STATE_probe_gate_run_44": MARK}
    codes = iter([0, 4, 3])
    assert cancel_left_behind(_arguments(report_dir=str(tmp_path)), environ, lambda _: next(codes)) == 4
    assert next(codes, None) is None
