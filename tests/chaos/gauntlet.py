"""Runs one case and holds it to what must be true whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from junitparser import JUnitXml

from probe_gate.report_file.read import read_report_file
from probe_gate.sandbox.server import SandboxServer
from tests.chaos.cases import NOT_JUDGED, SPEED, Case
from tests.integration.processes import environment

HURRIED = (sys.executable, "-m", "tests.chaos.hurried")
MOST_SECONDS_AFTER_SIGNAL = 6.0
GATE_SECONDS = 6.0
REPORTS = ("junit.xml", "summary.md", "report.json", "results.sarif", "report.html")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case."""

    case: Case
    code: int
    runs: int
    broken: tuple[str, ...]
    """The rules that did not hold, in words."""
    output: str


def run_case(case: Case, directory: Path) -> Outcome:
    """Gates one run of the sandbox, with everything that the case brings."""
    directory.mkdir(parents=True, exist_ok=True)
    with SandboxServer(case.scenario, case.faults, speed=SPEED, seed=case.seed, targets=1) as sandbox:
        env = environment(
            directory,
            sandbox.environment,
            {
                "PROBE_GATE_TIMEOUT": f"{GATE_SECONDS}s".replace(".0s", "s"),
                "PROBE_GATE_REPORTS": "all",
                "PROBE_GATE_MAX_ATTACK_SUCCESS_RATE": "20",
                "PROBE_GATE_ON_TIMEOUT": "leave" if case.leave else "cancel",
                "PROBE_GATE_VERBOSE": "true",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
        )
        process = subprocess.Popen(
            [*HURRIED, "run"], cwd=directory, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        signalled = _send_signal(case, sandbox, process)
        output, _ = process.communicate(timeout=60)
        took = time.monotonic() - signalled if signalled is not None else 0.0
        if case.scenario.run_seconds == float("inf"):
            time.sleep(0.1)
        broken = [*_judge_runs(case, sandbox, directory, output), *_judge_code(case, process.returncode, signalled)]
        broken += _judge_reports(directory, sandbox.api_key, output)
        if took > MOST_SECONDS_AFTER_SIGNAL:
            broken.append(f"it took {took:.1f} s to end after the signal")
        return Outcome(case, process.returncode, len(sandbox.runs), tuple(broken), output)


def _send_signal(case: Case, sandbox: SandboxServer, process: subprocess.Popen[str]) -> float | None:
    """When the signal was sent; None when the gate had ended before, or none was to be sent."""
    if case.signal_after is None:
        return None
    while process.poll() is None and not sandbox.requests:
        time.sleep(0.01)
    time.sleep(case.signal_after)
    if process.poll() is not None:
        return None
    process.send_signal(case.signal_number)
    return time.monotonic()


def _judge_runs(case: Case, sandbox: SandboxServer, directory: Path, output: str) -> list[str]:
    """At most one run, and none left going that is not said to be."""
    broken = []
    if len(sandbox.runs) > 1:
        broken.append(f"{len(sandbox.runs)} runs were started")
    said = "not proven cancelled" in output or "left running" in output
    if sandbox.going and not said:
        broken.append(f"run {sandbox.going[0].id} is still going and nothing says so")
    if said and case.leave is False and "runs cancel" not in output:
        broken.append("a run may be going, and nothing says how to stop it")
    return broken


def _judge_code(case: Case, code: int, signalled: float | None) -> list[str]:
    """The exit code is the true one, or an honest "could not judge"."""
    allowed = set(NOT_JUDGED) | {case.true_code}
    if signalled is not None:
        allowed = {128 + case.signal_number}
        # the gate may have been over but for the end of its process
        allowed |= {case.true_code} if case.true_code else set()
    if case.true_code == 0 and signalled is None:
        allowed.add(0)
    if code < 0:
        return [f"it died of {signal.Signals(-code).name}"]
    return [] if code in allowed else [f"it exited {code}, and the truth is {case.true_code}"]


def _judge_reports(directory: Path, key: str, output: str) -> list[str]:
    """Every report is there and can be read, and the key is nowhere."""
    broken: list[str] = []
    reports = directory / "probe-gate-report"
    missing = [f"{name} was not written" for name in REPORTS if not (reports / name).is_file()]
    if missing:
        return missing
    JUnitXml.fromfile(str(reports / "junit.xml"))
    read_report_file(reports / "report.json")
    json.loads((reports / "results.sarif").read_text())
    texts = {name: (reports / name).read_text(encoding="utf-8") for name in REPORTS} | {"the log": output}
    broken += [f"the key stands in {name}" for name, text in texts.items() if key in text]
    if "Traceback" in output:
        broken.append("a traceback was printed")
    leftovers = [path.name for path in reports.iterdir() if path.name not in {*REPORTS, "unfinished-runs.jsonl"}]
    broken += [f"{name} was left behind" for name in leftovers]
    return broken


def seeds_from_environment(default: int) -> range:
    """`CHAOS_CASES` and `CHAOS_SEED` choose other cases than the usual ones."""
    first = int(os.environ.get("CHAOS_SEED", "1"))
    return range(first, first + int(os.environ.get("CHAOS_CASES", str(default))))
