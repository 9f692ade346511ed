"""Forty platforms that the API description allows, each with a gate as a process, over HTTP.

Every healthy run follows an earlier one that scored badly, and every bad run one that scored well, so that a verdict on
somebody else's score is the wrong one. Where nothing can prove whose scores they are, the gate says so: exit code 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.readings import KEYS, parse_reading
from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Counts, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.ci_environments import GITHUB
from tests.harness.processes import Ended, environment, run, start
from tests.harness.waiting import wait_until

SPEED = 50.0
GOOD, BAD = 92, 41
HEALTHY, BROKEN, UNPROVEN = 0, 1, 7
COUNTS = Counts(passed=190, failed=30)
PARTS, AT_ONCE = 4, 5
TIMES = {"PROBE_GATE_TIMEOUT": "60s", "PROBE_GATE_SCORES_TIMEOUT": "30s", "PROBE_GATE_REPORTS": "json"}
NEVER_PROVEN = {"PROBE_GATE_SCORES_TIMEOUT": "4s"}
"""Where nothing will prove the scores, there is no need to wait for it."""
SECURITY = "--probe-ids 1,2,3,4,5,6,7 --min-score 0 --min-category-score Security=80"
"""All probes of one category, and a limit for that category alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """A platform, a run on it, and what its gate has to exit with."""

    code: int
    reading: str = ""
    flags: str = ""
    counts: Counts = COUNTS
    origin: str = "triggered"
    """`given`: the run had ended before the gate began. `reused`: an earlier attempt of the job had started it."""
    score: int | None = None
    """None: good where the run is healthy, else bad."""

    @property
    def own_score(self) -> int:
        return self.score if self.score is not None else GOOD if self.code == HEALTHY else BAD

    @property
    def scenario(self) -> Scenario:
        other_score = BAD if self.own_score == GOOD else GOOD
        scenario = Scenario(
            pending_seconds=1.0,
            run_seconds=200.0 if self.origin == "reused" else 10.0,
            history=3,
            counts=self.counts,
            categories=dict.fromkeys(PASSING_CATEGORIES, self.own_score),
            earlier_categories=dict.fromkeys(PASSING_CATEGORIES, other_score),
        )
        return scenario.with_reading(self.reading)


CASES: dict[str, Case] = {
    # dates, of targets that ran yesterday, 20 minutes ago or never
    "run dated by its start, scores by its end": Case(HEALTHY, "precision=7/ms"),
    "run dated by its end, copied": Case(BROKEN, "executed=end,scores=run,precision=7/ms,zone=local/local-05:00,earlier=20m"),
    "copied at another precision": Case(HEALTHY, "executed=end,scores=run,precision=ms/s,earlier=never,no-scores=null"),
    "by the request and the first probe": Case(BROKEN, "executed=request,scores=first-probe,precision=s/7,zone=+02:00/Z"),
    "late scores, their row written 2 s before": Case(
        HEALTHY, "executed=request-then-end,scores=last-probe,precision=us/ms,skew=90s,lag=60s,earlier=20m"
    ),
    "a run without a date": Case(HEALTHY, "executed=never,scores=start,earlier=20m"),
    "the first run, without a date": Case(BROKEN, "executed=never,scores=request,earlier=never,no-scores=422"),
    "whole minutes, without a zone": Case(HEALTHY, "executed=end,precision=min,zone=none/Z,stuck=QUEUED"),
    "whole days, the second run of the day": Case(BROKEN, "precision=day/date,earlier=20m"),
    "a date without a time, the first run": Case(HEALTHY, "precision=date/day,earlier=never,no-scores=204"),
    # scores
    "the date before the numbers": Case(BROKEN, "executed=end,lag=60s,date-lead=30s"),
    "numbers in steps, dated by the last update and the computation": Case(
        BROKEN, "executed=update,scores=computation,precision=s-rounded/s,lag=45s,steps=3,earlier=20m"
    ),
    "scores probe by probe": Case(BROKEN, "appear=per-probe,lag=5s,latest=end"),
    "planned test cases": Case(HEALTHY, "units=planned,counts=no-passed-count,earlier=20m", counts=Counts(190, 30, 5)),
    "messages": Case(BROKEN, "units=messages"),
    "messages, a run 20 minutes ago": Case(HEALTHY, "units=messages,executed=end,scores=run,earlier=20m"),
    "messages, the first run": Case(BROKEN, "units=messages,earlier=never,no-scores=empty-object"),
    "fewer attacks than test cases, the first run": Case(
        UNPROVEN, "units=conversations,earlier=never,no-scores=zeros-epoch"
    ),
    "fewer attacks than test cases": Case(HEALTHY, "units=conversations"),
    "404 until the scores are there": Case(BROKEN, "no-scores=404,no-scores-after=20s,earlier=20m"),
    "an empty body until the scores are there": Case(HEALTHY, "no-scores=empty-body,no-scores-after=20s,earlier=never"),
    "409 until the scores are there": Case(BROKEN, "no-scores=409,no-scores-after=20s,lag=40s"),
    # runs in the listing
    "zero counts are null": Case(HEALTHY, "counts=null-zero,probes=shared-name", counts=Counts(220, 0)),
    "counts at the end, zeros absent": Case(BROKEN, "counts=absent-zero+at-end,probes=null,earlier=20m"),
    "no count of errors": Case(HEALTHY, "counts=no-error-count,counts-lag=5s", counts=Counts(190, 30, 5)),
    "chosen probes that are not listed": Case(BROKEN, "probes=null,executed=end", SECURITY),
    "recommended probes, half of them configured": Case(HEALTHY, "configured=11", "--probe-ids recommended --min-score 0"),
    "a replica that is behind": Case(BROKEN, "replica=8s,earlier=20m"),
    "another word for success": Case(HEALTHY, "status=SUCCESS,counts=total-without-errors", "--completed-status SUCCESS"),
    # other runs
    "a stuck run and one from the future": Case(BROKEN, "stuck=RUNNING,future=5h,earlier=20m"),
    "somebody's run before": Case(BROKEN, "nightly-before=30s,nightly-score=92,nightly-counts=200/20,lag=10s"),
    "somebody's run meanwhile": Case(UNPROVEN, "nightly-during=2s,nightly-length=5s,nightly-score=92"),
    "somebody's run right after": Case(UNPROVEN, "nightly-after=2s,nightly-length=5s,nightly-score=92"),
    "late scores of a run that had just ended": Case(HEALTHY, "earlier=1s,lag=100s,executed=end"),
    "the same counts as before": Case(BROKEN, "earlier=20m,earlier-counts=same"),
    "all as it was, on the same day": Case(
        UNPROVEN, "precision=day,earlier=2s,earlier-counts=same,earlier-score=92", score=GOOD
    ),
    # runs that this gate did not start
    "given": Case(HEALTHY, "executed=end,scores=run,precision=ms/s", origin="given"),
    "given, in messages": Case(BROKEN, "executed=end,scores=run,units=messages", origin="given"),
    "given, with the counts of another run": Case(UNPROVEN, "earlier=20m,earlier-counts=same", origin="given"),
    "reused": Case(BROKEN, "executed=end,precision=7/us,earlier=20m", origin="reused"),
}  # fmt: skip


def test_the_platforms_cover_the_readings() -> None:
    """Each key is used, and each meaning of the two dates, each precision and each shape of counts."""
    readings = [parse_reading(case.reading) for case in CASES.values()]
    assert {key.name for key in KEYS.values()} <= {
        part.partition("=")[0] for case in CASES.values() for part in case.reading.split(",")
    }
    for name in ("executed", "scores"):
        assert {getattr(reading, name) for reading in readings} == set(KEYS[name].kind.expected.split(" | "))
    both = {precision for reading in readings for precision in reading.precision}
    assert both == {"7", "us", "ms", "s", "s-rounded", "min", "day", "date"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    own = {place: case.scenario for place, case in enumerate(CASES.values(), 1)}
    with SandboxServer(speed=SPEED, targets=len(CASES), scenarios=own) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_the_verdict_is_true_on_every_platform(part: int, sandbox: SandboxServer, tmp_path: Path) -> None:
    """A healthy run passes, a bad one fails, and what cannot be proven is neither."""
    chosen = list(CASES.items())[part::PARTS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda item: _gate(item[0], sandbox, tmp_path), chosen))
    wrong = {
        name: f"{gate.code}, not {case.code}, with {case.reading}\n{gate.output}"
        for (name, case), gate in zip(chosen, ended, strict=True)
        if gate.code != case.code
    }
    assert not wrong, "\n\n".join(f"{name}: {text}" for name, text in wrong.items())


def _gate(name: str, sandbox: SandboxServer, tmp_path: Path) -> Ended:
    case, target_id = CASES[name], list(CASES).index(name) + 1
    directory = tmp_path / str(target_id)
    directory.mkdir()
    times = TIMES | (NEVER_PROVEN if case.code == UNPROVEN else {})
    env = environment(directory, sandbox.environment, times, {"SPLX_TARGET_ID": str(target_id)})
    flags = case.flags.split()
    if case.origin == "given":
        run_id = sandbox.platform.engine.trigger(target_id, None, "by hand")
        wait_until(lambda: all(run.id != run_id for run in sandbox.active_runs), "the run has ended")
        flags += ["--test-run-id", str(run_id)]
    if case.origin == "reused":
        _kill_first_attempt(sandbox, target_id, directory, {**env, **GITHUB, "GITHUB_RUN_ATTEMPT": "1"})
        env |= {**GITHUB, "GITHUB_RUN_ATTEMPT": "2"}
    return run(directory, "run", *flags, env=env)


def _kill_first_attempt(sandbox: SandboxServer, target_id: int, directory: Path, env: dict[str, str]) -> None:
    """Run a gate until its run is active, and kill it."""
    gate = start(directory, "run", env=env)
    wait_until(lambda: any(run.target_id == target_id for run in sandbox.active_runs), "a run is active")
    gate.kill()


def test_the_demo_takes_readings(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong one ends it before anything starts."""
    assert run_command(["demo", "--reading", "exectued=end"], {}) == 2
    assert "Did you mean 'executed'?" in capsys.readouterr().err
