"""The command as a process, the way a pipeline starts it; or quicker, within the process of the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

from junitparser import Error, Failure, JUnitXml, Skipped

from probe_gate.cli.main import run_command
from tests.harness.shared_clock import SharedClock
from tests.harness.waiting import MAX_WAIT_SECONDS

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "probe_gate")
SCRIPTED = (sys.executable, "-m", "tests.harness.scripted")
"""Like `COMMAND`; takes arguments of `tests.harness.scripted`, then `--`, then those of the command."""
WITHOUT_POSIX = (sys.executable, "-m", "tests.harness.without_posix")
"""The same as `COMMAND` on a system that is not POSIX."""
FAST_SETTINGS = {
    "PROBE_GATE_POLL_INTERVAL": "0.1s..0.2s",
    "PROBE_GATE_SETTLE": "0.1s",
    "PROBE_GATE_TIMEOUT": "10m",
    "PROBE_GATE_REPORTS": "junit,json",
}
"""For runs of a fraction of a second. There is time enough for any machine: a test that is about the time sets its own,
and has the clock leap (`tests.harness.scripted`)."""

SHIPPED_SETTINGS = {"PROBE_GATE_POLL_INTERVAL": "", "PROBE_GATE_SETTLE": "", "PROBE_GATE_TIMEOUT": ""}
"""The real timings, for `run_here` with a clock."""
_processes: list[subprocess.Popen[str]] = []


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished process and its output."""

    code: int
    output: str
    """Standard output, followed by standard error if they were captured separately."""
    report_dir: Path
    out: str = ""
    err: str = ""
    """Standard output and standard error, if they were captured separately."""

    @property
    def report(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.report_dir / "report.json").read_text())
        return loaded

    @property
    def outcome(self) -> str:
        return str(self.report["outcome"])

    @property
    def junit(self) -> JUnitXml:
        return JUnitXml.fromfile(str(self.report_dir / "junit.xml"))

    def ids(self, kind: type[Failure] | type[Error] | type[Skipped]) -> set[str]:
        """Return the checks whose JUnit test case has such a result."""
        return {
            str(case.name) for suite in self.junit for case in suite if any(isinstance(r, kind) for r in case.result)
        }

    @property
    def shape(self) -> tuple[int, int, int]:
        """Test cases of the JUnit file that failed, were in error, were skipped."""
        return len(self.ids(Failure)), len(self.ids(Error)), len(self.ids(Skipped))


def environment(tmp_path: Path, *layers: dict[str, str]) -> dict[str, str]:
    """Return an environment without the variables of the CI system that runs the tests."""
    found = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"}
    for layer in (FAST_SETTINGS, *layers):
        found.update(layer)
    return found


def run(tmp_path: Path, *arguments: str, env: dict[str, str], command: Sequence[str] = COMMAND) -> Ended:
    """Run the command to its end in an empty directory."""
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, env=_for(command, env), capture_output=True, text=True,
        timeout=MAX_WAIT_SECONDS, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    return Ended(done.returncode, output, tmp_path / "probe-gate-report", done.stdout, done.stderr)


def run_here(
    tmp_path: Path,
    *arguments: str,
    env: dict[str, str],
    clock: SharedClock | None = None,
    at: dict[str, str] | None = None,
) -> Ended:
    """Run the command as `run` does, but in this process.

    That saves the interpreter's start, half a second of processor time; the start and the end of a process need a real
    one. With the `clock` of its sandbox, a gate waits for minutes in no time, and `at` is what happens at which point,
    such as `{"call:3": "SIGTERM"}` (see `tests.harness.scripted`).
    """
    written = BytesIO(), BytesIO()
    streams = [TextIOWrapper(buffer, "utf-8", write_through=True) for buffer in written]
    with (
        clock.in_use(at or {}) if clock else nullcontext(),
        chdir(tmp_path),
        patch.dict(os.environ, env, clear=True),
        redirect_stdout(streams[0]),
        redirect_stderr(streams[1]),
    ):
        code = run_command(list(arguments), env)
    out, err = (buffer.getvalue().decode("utf-8") for buffer in written)
    return Ended(code, out + err, tmp_path / "probe-gate-report", out, err)


@dataclass(frozen=True, slots=True)
class Started:
    """A running process of the command."""

    process: subprocess.Popen[str]
    directory: Path

    def end(self) -> Ended:
        """Wait for it to end."""
        output, _ = self.process.communicate(timeout=MAX_WAIT_SECONDS)
        return Ended(self.process.returncode, output, self.directory / "probe-gate-report")

    def kill(self) -> None:
        """Kill it, so that it cannot clean up."""
        self.process.kill()
        self.process.communicate(timeout=MAX_WAIT_SECONDS)


def start(directory: Path, *arguments: str, env: dict[str, str], command: Sequence[str] = COMMAND) -> Started:
    """Start the command in a directory, which is created if necessary."""
    directory.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*command, *arguments], cwd=directory, env=_for(command, env), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    _processes.append(process)
    return Started(process, directory)


def kill_started() -> None:
    """Kill all processes that `start` has started and that still run, because a test failed."""
    while _processes:
        process = _processes.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


def _for(command: Sequence[str], env: dict[str, str]) -> dict[str, str]:
    """Return the environment with the project's modules on the path where they are needed."""
    is_ours = command[: len(SCRIPTED)] == SCRIPTED or command == WITHOUT_POSIX
    return {**env, "PYTHONPATH": str(ROOT)} if is_ours else env
