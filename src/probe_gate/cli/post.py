"""`probe-gate post`: cancels what a gate that was killed left going, and deletes the target that it made for its run.

For a CI system's clean-up step. What the gate noted down tells what there is: in the state of the GitHub step, elsewhere
in a file of the report directory. A gate that came to its end left no note, and there is nothing to do.

That file may have been brought along by a change, so nothing is done by number alone: a run is cancelled by its mark, and
a target is deleted only when its name begins with the noted mark.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from probe_gate.ci.journal import (
    JOURNAL_FILE,
    read_journal_file,
    read_made_file,
    read_made_state,
    read_state,
)
from probe_gate.options import BY_NAME

PASSED_ON = ("api-key-file", "api-url", "workspace-id", "verbose")
"""The options that are handed on to `runs cancel` and `target delete`."""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beside the declared options."""


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from probe_gate.cli.main import run_command

    return cancel_left_behind(arguments, environ, lambda words: run_command(words, environ))


def cancel_left_behind(
    arguments: argparse.Namespace, environ: Mapping[str, str], run: Callable[[list[str]], int]
) -> int:
    """Cancels each run and deletes each target that was left behind. Returns 0, or the exit code of the first failure."""
    flags = [
        f"{BY_NAME[name].flag}={value}"
        for name in PASSED_ON
        if (value := getattr(arguments, name.replace("-", "_"), None))
    ]
    journal = _report_dir(arguments, environ) / JOURNAL_FILE
    runs = (*read_state(environ), *read_journal_file(journal))
    codes = []
    for left in runs:
        sys.stderr.write(f"A gate was ended before it could cancel its run {left.mark} on target {left.target_id}.\n")
        which = [f"--mark={left.mark}", "--if-exists", f"--target-id={left.target_id}"]
        codes.append(run(["runs", "cancel", *which, *flags]))
    for made in (*read_made_state(environ), *read_made_file(journal)):
        sys.stderr.write(f"A gate was ended before it could delete target {made.target_id}, made for its run.\n")
        target = [f"--target-id={made.target_id}", f"--mark={made.mark}"]
        codes.append(run(["target", "delete", "--yes", *target, *flags]))
    return next((code for code in codes if code != 0), 0)


def _report_dir(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Path:
    option = BY_NAME["report-dir"]
    given = (getattr(arguments, "report_dir", None), *(environ.get(name) for name in option.env), option.default)
    return Path(next(value for value in given if value))
