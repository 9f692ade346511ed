"""Run one case and check the rules that hold for every case."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from junitparser import JUnitXml

from probe_gate.files.report_file import load_report
from probe_gate.sandbox.server import SandboxServer
from tests.chaos.cases import NOT_JUDGED, Case
from tests.harness.processes import SCRIPTED, SHIPPED_SETTINGS, Ended, environment, run_here, start
from tests.harness.scripted import RAISED
from tests.harness.shared_clock import SharedClock
from tests.harness.waiting import wait_until
from tests.platform_faults import FaultySandbox

TIMEOUT = "20m"
PROCESS_TIMEOUT = "6s"
PROCESS_SPEED = 20.0
REPORTS = ("junit.xml", "summary.md", "report.json", "results.sarif", "report.html")
ATTESTATION = "test-result.json"
"""The reports that are written only if all targets were evaluated."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a case."""

    case: Case
    code: int
    runs: int
    broken: tuple[str, ...]
    """The violated rules, as text."""
    output: str


def run_case(case: Case, directory: Path, *, as_process: bool) -> Outcome:
    """Run the gate for a case, on the sandbox's clock or as a process."""
    directory.mkdir(parents=True, exist_ok=True)
    clock = SharedClock()
    times = {"speed": PROCESS_SPEED} if as_process else {"clock": clock.time}
    with FaultySandbox(case.scenario, case.faults, seed=case.seed, targets=1, **times) as sandbox:
        env = environment(
            directory,
            {} if as_process else SHIPPED_SETTINGS,
            sandbox.environment,
            {
                "PROBE_GATE_TIMEOUT": PROCESS_TIMEOUT if as_process else TIMEOUT,
                "PROBE_GATE_REPORTS": "all",
                "PROBE_GATE_MAX_ATTACK_SUCCESS_RATE": "20",
                "PROBE_GATE_ON_TIMEOUT": "leave" if case.leave else "cancel",
                "PROBE_GATE_VERBOSE": "true",
            },
        )
        at = {} if case.signal_at is None else {f"call:{case.signal_at}": case.signal_number.name}
        if as_process:
            events = [f"--at={point}={action}" for point, action in at.items()]
            ended = start(directory, "--fast", *events, "--", "run", env=env, command=SCRIPTED).end()
        else:
            ended = run_here(directory, "run", env=env, clock=clock, at=at)
        wait_until(lambda: sandbox.recorder.in_flight == 0, "the sandbox has done all that it was asked to do")
        broken = [*_judge_runs(case, sandbox, ended.output), *_judge_code(case, ended)]
        broken += _judge_reports(directory, sandbox.api_key, ended.output, ended.code)
        return Outcome(case, ended.code, len(sandbox.runs), tuple(broken), ended.output)


def _judge_runs(case: Case, sandbox: SandboxServer, output: str) -> list[str]:
    """Check that there is at most one run, and that a run that is left active is reported."""
    broken = []
    if len(sandbox.runs) > 1:
        broken.append(f"{len(sandbox.runs)} runs were started")
    said = "could not be confirmed as cancelled" in output or "left running" in output
    if sandbox.active_runs and not said:
        broken.append(f"run {sandbox.active_runs[0].id} is still going and nothing says so")
    if said and case.leave is False and "runs cancel" not in output:
        broken.append("a run may be going, and nothing says how to stop it")
    return broken


def _judge_code(case: Case, ended: Ended) -> list[str]:
    """Check that the exit code is correct or means that there is no result; after a signal, that it is the signal's."""
    code = ended.code
    allowed = {128 + case.signal_number} if RAISED in ended.output else {*NOT_JUDGED, case.true_code}
    if code < 0:
        return [f"it died of {signal.Signals(-code).name}"]
    return [] if code in allowed else [f"it exited {code}, and the truth is {case.true_code}"]


def _judge_reports(directory: Path, key: str, output: str, code: int) -> list[str]:
    """Check that every report exists and can be parsed, and that the key appears nowhere."""
    broken: list[str] = []
    reports = directory / "probe-gate-report"
    missing = [f"{name} was not written" for name in REPORTS if not (reports / name).is_file()]
    if missing:
        return missing
    JUnitXml.fromfile(str(reports / "junit.xml"))
    load_report(reports / "report.json")
    json.loads((reports / "results.sarif").read_text())
    texts = {name: (reports / name).read_text(encoding="utf-8") for name in REPORTS} | {"the log": output}
    broken += [f"the key stands in {name}" for name, text in texts.items() if key in text]
    if "Traceback" in output:
        broken.append("a traceback was printed")
    if (reports / ATTESTATION).exists() != (code in (0, 1)):
        broken.append(f"{ATTESTATION} exists, or not, against the exit code {code}")
    leftovers = [
        path.name for path in reports.iterdir() if path.name not in {*REPORTS, ATTESTATION, "unfinished-runs.jsonl"}
    ]
    broken += [f"{name} was left behind" for name in leftovers]
    return broken


def seeds_from_environment(default: int) -> range:
    """Return the cases; `CHAOS_CASES` and `CHAOS_SEED` override the default ones."""
    first = int(os.environ.get("CHAOS_SEED", "1"))
    return range(first, first + int(os.environ.get("CHAOS_CASES", str(default))))
