"""`probe-gate cleanup`: cancel the run that a killed gate left active, and delete the target created for its run.

Runs in the cleanup step of a CI system. The gate records what it starts in the state of the GitHub step, elsewhere in a
file of the report directory. A gate that finishes removes its entries, so there is nothing to do.

The change under test may have supplied that file in order to cancel another gate's run. Therefore nothing is done by ID
alone: a run is cancelled by its run tag, a target is deleted only if its name begins with the recorded run tag, and each
run tag must belong to this job.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.state_file import (
    STATE_FILE,
    CreatedTarget,
    StartedRun,
    has_state,
    read_created_file,
    read_created_state,
    read_state,
    read_state_file,
)
from probe_gate.errors import Outcome, exit_code_for
from probe_gate.options import BY_NAME
from probe_gate.settings import flags_from, read_job_key, read_output_settings
from probe_gate.use_cases.run_tag import belongs_to, owner_code, parse_run_tag

if TYPE_CHECKING:
    from probe_gate.ci.state_file import CombinedState, StateFile

FORWARDED = ("api-key-file", "api-url", "workspace-id", "verbose")
"""The options that are passed on to `runs cancel` and `target delete`."""

MAX_REPORTED = 10
"""Entries of other jobs that are reported one by one; the change under test can supply any number of them."""
IDENTIFICATION_HINT = (
    "Give this step the same CI variables as the gate. On an unknown CI system, give both the same --job-key, unique to "
    "the job."
)


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from probe_gate.cli.main import run_command

    if arguments.target_url:
        # as a variable, so that the flags for the targets to clean up outrank the target in it
        environ = {**environ, BY_NAME["target-url"].env[0]: arguments.target_url}
    return clean_up(arguments, environ, lambda words: run_command(words, environ))


def clean_up(arguments: argparse.Namespace, environ: Mapping[str, str], run: Callable[[list[str]], int]) -> int:
    """Cancel each run and delete each target that was left behind. Return 0, or the exit code of the first failure."""
    flags = [
        f"{BY_NAME[name].flag}={value}"
        for name in FORWARDED
        if (value := getattr(arguments, name.replace("-", "_"), None))
    ]
    runs, made_targets, codes = _find_own(arguments, environ)
    for left in runs:
        _print_err(f"A gate was killed before it could cancel its run {left.tag} on target {left.target_id}.")
        which = [f"--tag={left.tag}", "--if-exists", f"--target-id={left.target_id}"]
        codes.append(run(["runs", "cancel", *which, *flags]))
    for made in made_targets:
        _print_err(f"A gate was killed before it could delete target {made.target_id}, created for its run.")
        target = [f"--target-id={made.target_id}", f"--tag={made.tag}"]
        codes.append(run(["target", "delete", "--yes", *target, *flags]))
    if not codes:
        _print_err("Nothing to clean up.")
    return next((code for code in codes if code != 0), 0)


def _find_own(
    arguments: argparse.Namespace, environ: Mapping[str, str]
) -> tuple[list[StartedRun], list[CreatedTarget], list[int]]:
    """Return the runs and targets that this job recorded, and an exit code if some entries cannot be attributed."""
    given = flags_from(arguments, "cleanup")
    job = detect_ci(environ, read_job_key("cleanup", given, environ))
    if has_state(job):
        return list(read_state(job)), list(read_created_state(job)), []
    report, _ = read_output_settings("cleanup", given, environ)
    path = report.directory / STATE_FILE
    owner = owner_code(job.owner_identity())
    runs, made = read_state_file(path), read_created_file(path)
    left_alone: list[str] = []
    unknown: list[str] = []
    notes: list[StartedRun | CreatedTarget] = [*runs, *made]
    for note in notes:
        if _has_owner(note.tag) and owner:
            if not belongs_to(note.tag, owner, job.attempt):
                left_alone.append(f"Warning: {path} names {_what(note)}, which this job did not start: left alone.")
        else:
            unknown.append(
                f"{path} names {_what(note)}, but not whether it belongs to this job: left alone. "
                f"{IDENTIFICATION_HINT} To do it by hand: {_command_for(note)}"
            )
    for line in (*left_alone[:MAX_REPORTED], *unknown[:MAX_REPORTED]):
        _print_err(line)
    return (
        [note for note in runs if belongs_to(note.tag, owner, job.attempt)],
        [note for note in made if belongs_to(note.tag, owner, job.attempt)],
        [exit_code_for(Outcome.CONFIG_ERROR)] if unknown else [],
    )


def _has_owner(tag: str) -> bool:
    found = parse_run_tag(tag)
    return found is not None and bool(found.owner)


def _what(note: StartedRun | CreatedTarget) -> str:
    if isinstance(note, StartedRun):
        return f"run {note.tag} on target {note.target_id}"
    return f"target {note.target_id}, created for run {note.tag}"


def _command_for(note: StartedRun | CreatedTarget) -> str:
    command = "runs cancel" if isinstance(note, StartedRun) else "target delete"
    return f"probe-gate {command} --tag {note.tag} --target-id {note.target_id}"


def _print_err(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def warn_of_unfinished_runs(state: CombinedState | StateFile, write: Callable[[str], None]) -> None:
    """Report runs of earlier gates that may still be active. Nothing is done about them: the file is not trusted."""
    for run in state.unfinished[:MAX_REPORTED]:
        write(
            f"Warning: according to the report directory, a gate of another job was killed before it could cancel its run "
            f"{run.tag} on target {run.target_id}. If that gate was yours and the run is still active: probe-gate runs "
            f"cancel --tag {run.tag} --target-id {run.target_id}"
        )
