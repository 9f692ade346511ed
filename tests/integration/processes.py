"""The command as a process, the way a pipeline starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped

COMMAND = (sys.executable, "-m", "probe_gate")
QUICK = {
    "PROBE_GATE_POLL_INTERVAL": "0.1s..0.2s",
    "PROBE_GATE_SETTLE": "0.1s",
    "PROBE_GATE_TIMEOUT": "20s",
    "PROBE_GATE_REPORTS": "junit,json",
}
"""For runs of a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended, and what it left."""

    code: int
    output: str
    """Standard output and standard error."""
    report_dir: Path

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
        """The checks whose JUnit test case has such a result."""
        return {
            str(case.name) for suite in self.junit for case in suite if any(isinstance(r, kind) for r in case.result)
        }

    @property
    def shape(self) -> tuple[int, int, int]:
        """Test cases of the JUnit file that failed, were in error, were skipped."""
        return len(self.ids(Failure)), len(self.ids(Error)), len(self.ids(Skipped))


def environment(tmp_path: Path, *layers: dict[str, str]) -> dict[str, str]:
    """A clean environment: nothing of the CI system that runs these tests."""
    found = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"}
    for layer in (QUICK, *layers):
        found.update(layer)
    return found


def run(tmp_path: Path, *arguments: str, env: dict[str, str], seconds: float = 60.0) -> Ended:
    """Runs the command to its end in an empty directory."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=seconds, check=False
    )
    return Ended(done.returncode, done.stdout + done.stderr, tmp_path / "probe-gate-report")
