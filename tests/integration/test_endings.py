"""A table of endings: what happens on the platform, and the exit code, outcome and JUnit file each gets.

Each row gates a run of the sandbox, over HTTP, on one clock with it; one row for each exit code is a process as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from probe_gate.sandbox.platform import FIRST_TARGET_ID
from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Counts, Scenario, find_scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import SHIPPED_SETTINGS, Ended, environment, run, run_here
from tests.harness.profiles import slow_after
from tests.harness.shared_clock import SharedClock
from tests.platform_faults import FaultySandbox

FAST = Scenario(pending_seconds=2.0, run_seconds=20.0, history=3)


class Ending(NamedTuple):
    """One row."""

    code: int
    outcome: str
    junit: tuple[int, int, int]
    """Test cases failed, in error, skipped."""
    scenario: Scenario = FAST
    flags: str = ""
    faults: tuple[str, ...] = ()
    env: dict[str, str] = {}  # noqa: RUF012 - never changed
    says: str = ""
    """A part of what is printed."""


def fast(**changes: Any) -> Scenario:
    return FAST.replace(**changes)


def meaning(reading: str, **changes: Any) -> Scenario:
    """On a platform whose dates and counts mean something else."""
    return fast(**changes).with_reading(reading)


def named(name: str) -> Scenario:
    return find_scenario(name).replace(pending_seconds=2.0, run_seconds=20.0)


def scored(overall: int, **categories: float | None) -> Scenario:
    return fast(overall=overall, categories=dict(categories) or dict.fromkeys(PASSING_CATEGORIES, overall))


def dropped(security: float) -> Scenario:
    """The score of Security was 92 before."""
    return fast(categories={**PASSING_CATEGORIES, "Security": security})


OK, BROKEN = (0, 0, 0), (1, 0, 0)

ENDINGS: dict[str, Ending] = {
    # status words
    "completed": Ending(0, "passed", OK),
    "finished, in the other vocabulary": Ending(
        0, "passed", OK, fast(statuses=("Pending", "Running", "Finished"), progress_scale=100.0)
    ),
    "completed, in small letters": Ending(0, "passed", OK, fast(statuses=("pending", "running", "completed"))),
    "failed": Ending(5, "run-ended", (0, 5, 0), fast(statuses=("PENDING", "RUNNING", "FAILED"))),
    "error": Ending(5, "run-ended", (0, 5, 0), fast(statuses=("Pending", "Running", "Error"))),
    "aborted": Ending(5, "run-ended", (0, 5, 0), fast(statuses=("RUNNING", "ABORTED"))),
    "cancelled": Ending(5, "run-ended", (0, 5, 0), fast(statuses=("RUNNING", "CANCELLED"))),
    "canceled": Ending(5, "run-ended", (0, 5, 0), fast(statuses=("RUNNING", "Canceled"))),
    "a word nobody knows, on the way": Ending(
        0, "passed", OK, fast(statuses=("QUEUEING", "WARMING UP", "RUNNING", "COMPLETED"))
    ),
    "a word nobody knows, for ever": Ending(
        7,
        "inconclusive",
        (0, 5, 0),
        fast(statuses=("RUNNING", "DONE")),
        "--timeout 10m",
        says="--completed-status DONE",
    ),
    "no word at all, for ever": Ending(
        7, "inconclusive", (0, 5, 0), fast(statuses=(None,)), "--timeout 10m", says="has had no status"
    ),
    "never over": Ending(
        6,
        "timed-out",
        (0, 5, 0),
        fast(run_seconds=math.inf),
        "--timeout 10m",
        says="did not finish within 10 min (--timeout): ",
    ),
    "a failed run with a broken limit": Ending(
        5, "run-ended", (0, 5, 0), fast(statuses=("RUNNING", "FAILED"), overall=10)
    ),
    # counts
    "just as many errors as allowed": Ending(0, "passed", OK, fast(counts=Counts(passed=90, failed=0, errors=10))),
    "one error too many": Ending(
        7, "inconclusive", (0, 1, 0), fast(counts=Counts(passed=89, failed=0, errors=11)), says="too many"
    ),
    "a stricter limit on errors": Ending(
        7, "inconclusive", (0, 1, 0), fast(counts=Counts(passed=98, failed=0, errors=2)), "--max-error-rate 1.9"
    ),
    "test cases that were never executed": Ending(
        7,
        "inconclusive",
        (0, 1, 0),
        fast(counts=Counts(passed=50, failed=0, errors=0, planned=100)),
        says="not executed",
    ),
    "counts over their total": Ending(
        7, "inconclusive", (0, 2, 0), fast(counts=Counts(passed=120, failed=0, errors=0, planned=100)), says="no sense"
    ),
    "nothing planned, nothing run": Ending(
        7, "inconclusive", (0, 4, 0), fast(counts=Counts(passed=0, failed=0, errors=0)), says="proves nothing"
    ),
    "nothing but errors": Ending(
        7, "inconclusive", (0, 3, 0), fast(counts=Counts(passed=0, failed=0, errors=50)), "--max-error-rate 100"
    ),
    "no counts": Ending(7, "inconclusive", (0, 2, 0), fast(render_counts=False), says="does not say how many"),
    "too few test cases": Ending(
        7,
        "inconclusive",
        (0, 1, 0),
        fast(counts=Counts(passed=49, failed=0)),
        "--min-test-cases 50",
        says="fewer than 50",
    ),
    "just enough test cases": Ending(0, "passed", OK, fast(counts=Counts(passed=50, failed=0)), "--min-test-cases 50"),
    "fewer probes than asked for": Ending(
        7, "inconclusive", (0, 1, 0), fast(probes_run=1), "--probe-ids 1,2", says="requested probes ran"
    ),
    "half a run that says completed": Ending(7, "inconclusive", (0, 1, 0), fast(ends_at=0.5)),
    # attack success rate
    "attacks at the limit": Ending(
        0, "passed", OK, fast(counts=Counts(passed=95, failed=5)), "--max-attack-success-rate 5"
    ),
    "attacks over the limit": Ending(
        1, "failed", BROKEN, fast(counts=Counts(passed=94, failed=6)), "--max-attack-success-rate 5"
    ),
    "attacks over the limit by a hair": Ending(
        1, "failed", BROKEN, fast(counts=Counts(passed=189, failed=11)), "--max-attack-success-rate 5.4", says="5.5 %"
    ),
    "attacks over the limit on a small sample": Ending(
        0, "passed", OK, fast(counts=Counts(passed=18, failed=2)), "--max-attack-success-rate 5 --confidence 95"
    ),
    "attacks over the limit beyond doubt": Ending(
        1, "failed", BROKEN, fast(counts=Counts(passed=900, failed=100)), "--max-attack-success-rate 5 --confidence 95"
    ),
    # scores
    "a score at its minimum": Ending(0, "passed", OK, scored(80)),
    "a score one below its minimum": Ending(1, "failed", BROKEN, scored(79), says="79"),
    "a score one above its minimum": Ending(0, "passed", OK, scored(81)),
    "a score of zero": Ending(1, "failed", BROKEN, scored(0)),
    "a score of zero that is enough": Ending(0, "passed", OK, scored(0), "--min-score 0"),
    "a perfect score that is asked for": Ending(0, "passed", OK, scored(100), "--min-score 100"),
    "a minimum with a fraction": Ending(1, "failed", BROKEN, scored(80), "--min-score 80.1"),
    "a category at its minimum": Ending(
        0, "passed", OK, scored(90, Security=90, Safety=20), "--min-category-score Security=90"
    ),
    "a category below its minimum": Ending(
        1, "failed", BROKEN, scored(90, Security=89.9, Safety=95), "--min-category-score security=90", says="89.9"
    ),
    "every category": Ending(1, "failed", (2, 0, 0), scored(90, A=10, B=20, C=90), "--min-category-score 70"),
    "all the others": Ending(
        1, "failed", BROKEN, scored(90, Security=60, Safety=60), "--min-category-score Security=50,*=70"
    ),
    "a named category without a score": Ending(
        7, "inconclusive", (0, 1, 0), scored(90, Security=90, Safety=None), "--min-category-score Safety=10"
    ),
    "a named category that is not reported": Ending(
        7, "inconclusive", (0, 1, 0), FAST, "--min-category-score Privacy=10", says="It reports"
    ),
    "no categories": Ending(
        7,
        "inconclusive",
        (0, 1, 0),
        fast(scores_null=True),
        "--min-category-score Security=10",
        says="no category at all",
    ),
    "a score of zero beside withstood attacks": Ending(
        7,
        "inconclusive",
        (0, 2, 0),
        fast(scores_null=True, overall=0, earlier_categories=PASSING_CATEGORIES),
        says="attacks were withstood",
    ),
    "no categories and none asked for": Ending(0, "passed", OK, fast(scores_null=True)),
    "failed outweighs not judged": Ending(1, "failed", (1, 1, 0), scored(40), "--min-category-score Privacy=10"),
    "scores that lag": Ending(0, "passed", OK, meaning("lag=40s")),
    "scores by the first probe's date": Ending(0, "passed", OK, meaning("scores=first-probe")),
    "a run dated by its end": Ending(0, "passed", OK, meaning("executed=end")),
    "a run dated by its order": Ending(0, "passed", OK, meaning("executed=request")),
    "a run without a date": Ending(0, "passed", OK, meaning("executed=never")),
    "stale scores": Ending(7, "inconclusive", (0, 2, 0), meaning("lag=never"), says="do not include"),
    "a target's first run": Ending(0, "passed", OK, fast(history=0)),
    "a target's first run, unknown to the scores": Ending(0, "passed", OK, meaning("no-scores=404", history=0)),
    "a drop within its limit": Ending(
        0,
        "passed",
        OK,
        dropped(87),
        "--baseline before --max-score-drop 5",
    ),
    "a drop beyond its limit": Ending(
        1,
        "failed",
        BROKEN,
        dropped(86.9),
        "--baseline before --max-score-drop 5",
    ),
    "a baseline that is missing": Ending(
        7, "inconclusive", (0, 1, 0), FAST, "--baseline gone.json --max-score-drop 5", says="gone.json"
    ),
    "a baseline that may be missing": Ending(
        0, "passed", OK, FAST, "--baseline gone.json --max-score-drop 5 --allow-missing-baseline"
    ),
    # other runs
    "a busy target that is waited for": Ending(0, "passed", OK, meaning("nightly-before=30s")),
    "a busy target": Ending(
        7, "inconclusive", (0, 5, 0), meaning("nightly-before=600s"), "--on-busy fail", says="No test run was started."
    ),
    "a busy target, gated all the same": Ending(
        7, "inconclusive", (0, 2, 0), meaning("nightly-before=600s"), "--on-busy proceed", says="another run"
    ),
    "an overlapping run": Ending(7, "inconclusive", (0, 2, 0), meaning("nightly-during=2s"), says="another run"),
    "an overlapping run beside broken counts": Ending(
        1,
        "failed",
        (1, 2, 0),
        meaning("nightly-during=2s", counts=Counts(passed=50, failed=50)),
        "--max-attack-success-rate 5",
    ),
    # outages
    "an outage from the beginning": Ending(
        4, "platform-error", (0, 5, 0), FAST, "--timeout 5m", faults=("503@any:*",), says="--soft-fail platform-error"
    ),
    "an outage from the middle of the run": Ending(
        4, "platform-error", (0, 5, 0), FAST, "--timeout 5m", faults=("500@any:6-",), says="--soft-fail platform-error"
    ),
    "a gateway's errors on the way": Ending(0, "passed", OK, faults=("502@list:3-4", "503@scores:2")),
    "resets on the way": Ending(0, "passed", OK, faults=("reset@list:3-4", "reset@scores:1")),
    "too many requests on the way": Ending(0, "passed", OK, faults=("429=0@list:3",)),
    "a cut-off listing": Ending(0, "passed", OK, faults=("truncated@list:3",)),
    "a page once": Ending(0, "passed", OK, faults=("html-page@list:3",)),
    "a page for ever": Ending(
        4, "platform-error", (0, 5, 0), FAST, "--timeout 5m", faults=("html-page@list:3-",), says="listTestRuns"
    ),
    "a score of 880": Ending(4, "platform-error", (0, 2, 0), faults=("score-880@scores:2-",), says="overallScore"),
    "a score that is no number": Ending(4, "platform-error", (0, 2, 0), faults=("score-nan@scores:2-",)),
    "a score that is a word": Ending(4, "platform-error", (0, 2, 0), faults=("score-text@scores:2-",)),
    "a listing that is an object": Ending(
        4, "platform-error", (0, 5, 0), faults=("list-object@list:*",), says="No test run was started."
    ),
    "a redirect": Ending(4, "platform-error", (0, 5, 0), faults=("redirect@any:*",), says="redirect"),
    "an answer that was lost": Ending(0, "passed", OK, faults=("dropped-response@trigger:1",)),
    "a run that vanishes": Ending(
        4, "platform-error", (0, 5, 0), fast(vanish_after_seconds=5.0, run_seconds=600.0), says="has vanished"
    ),
    # refusals
    "a wrong key": Ending(3, "auth-error", (0, 5, 0), env={"SPLX_API_KEY": "another"}, says="key"),
    "no access": Ending(3, "auth-error", (0, 5, 0), faults=("403@any:*",), says="workspace"),
    "a key that expires on the way": Ending(
        3, "auth-error", (0, 5, 0), FAST, "--timeout 4s", faults=("401@list:3-",), says="revoked"
    ),
    "a gateway's refusals on the way": Ending(
        0, "passed", OK, faults=("404@list:3-3", "401@list:5-5", "403@scores:2-2")
    ),
    "a gateway's refusals of what is known": Ending(0, "passed", OK, faults=("400@list:3-3", "409@list:5-5")),
    "a gateway's refusals for ever": Ending(
        4, "platform-error", (0, 5, 0), FAST, "--timeout 4s", faults=("404@list:3-",), says="has answered this request"
    ),
    "a firewall's page on the way": Ending(
        0, "passed", OK, faults=("html-page=403@list:3-3", "html-page=404@list:5-5")
    ),
    "a firewall's page for ever": Ending(
        4,
        "platform-error",
        (0, 5, 0),
        FAST,
        "--timeout 4s",
        faults=("html-page=403@list:3-",),
        says="a proxy or a firewall",
    ),
    "a firewall's page from the beginning": Ending(
        3, "auth-error", (0, 5, 0), faults=("html-page=403@any:*",), says="a proxy or a firewall"
    ),
    "a trigger that is refused": Ending(
        2, "config-error", (0, 5, 0), faults=("400@trigger:1",), says="No test run was started."
    ),
    "a target that is not there": Ending(2, "config-error", (0, 5, 0), faults=("404@list:*", "404@scores:*")),
    "a probe that cannot be": Ending(2, "config-error", (0, 5, 0), faults=("422@trigger:*",)),
    "a run that is not there": Ending(
        2, "config-error", (0, 5, 0), FAST, "--test-run-id 99999", says="no test run 99999"
    ),
    # wrong configuration: nothing is sent
    "a minimum of 880": Ending(2, "config-error", (0, 1, 0), FAST, "--min-score 880", says="880"),
    "a key with a blank": Ending(2, "config-error", (0, 1, 0), env={"SPLX_API_KEY": "a b"}, says="SPLX_API_KEY"),
    "no key": Ending(2, "config-error", (0, 1, 0), env={"SPLX_API_KEY": ""}, says="no API key"),
    "no key, to be skipped": Ending(
        0, "skipped", (0, 0, 1), FAST, "--on-missing-key skip", env={"SPLX_API_KEY": ""}, says="the gate was skipped"
    ),
    "an option nobody knows": Ending(2, "config-error", (0, 1, 0), FAST, "--min-scores 80", says="--min-scores"),
    "plain http to another host": Ending(
        2, "config-error", (0, 1, 0), FAST, "--api-url http://example.com", says="https"
    ),
    # soft
    "softened": Ending(0, "failed", BROKEN, scored(10), "--soft-fail failed"),
    "softened, but for another reason": Ending(
        7, "inconclusive", (0, 1, 0), FAST, "--soft-fail failed --min-category-score Privacy=10"
    ),
}


AS_PROCESSES = (
    "completed", "a score of zero", "a minimum of 880", "a wrong key", "a redirect", "failed", "one error too many",
    "no key, to be skipped", "softened",
)  # fmt: skip
"""Of each exit code one, and of 0 each outcome; 6 and those above 7 are in test_signals.py."""


@pytest.fixture(scope="module")
def clock() -> SharedClock:
    return SharedClock()


@pytest.fixture(scope="module")
def sandbox(clock: SharedClock) -> Iterator[SandboxServer]:
    own = {target_id(name): ending.scenario for name, ending in ENDINGS.items()}
    with FaultySandbox(FAST, clock=clock.time, targets=len(ENDINGS), not_found=404, scenarios=own) as server:
        yield server


def target_id(name: str) -> int:
    return FIRST_TARGET_ID + list(ENDINGS).index(name)


def assert_ended_as_said(name: str, sandbox: SandboxServer, ended: Ended) -> None:
    ending = ENDINGS[name]
    assert (ended.code, ended.outcome) == (ending.code, ending.outcome), ended.output
    assert ended.shape == ending.junit, ended.output
    assert ending.says in " ".join(ended.output.split())
    assert "Traceback" not in ended.output
    assert "sandbox-key" not in ended.output
    assert [run.id for run in sandbox.active_runs if run.target_id == target_id(name)] == []


@pytest.mark.parametrize("name", ENDINGS)
def test_ending(name: str, sandbox: SandboxServer, clock: SharedClock, tmp_path: Path) -> None:
    """One ending, one exit code, one outcome, one shape of the JUnit file."""
    ending = ENDINGS[name]
    sandbox.set_faults(*ending.faults)
    before = len(sandbox.requests)
    env = environment(
        tmp_path, SHIPPED_SETTINGS, sandbox.environment, {"SPLX_TARGET_ID": str(target_id(name))}, ending.env
    )
    assert_ended_as_said(name, sandbox, run_here(tmp_path, "run", *ending.flags.split(), env=env, clock=clock))
    if ending.code == 2 and not ending.faults and "--test-run-id" not in ending.flags:
        assert len(sandbox.requests) == before


@pytest.mark.parametrize("name", slow_after(4, AS_PROCESSES))
def test_ending_of_a_process(name: str, tmp_path: Path) -> None:
    """What the pipeline sees of it."""
    ending = ENDINGS[name]
    scenario = ending.scenario.replace(pending_seconds=0.0, run_seconds=0.0)
    with FaultySandbox(scenario, ending.faults, targets=target_id(name), not_found=404) as sandbox:
        env = environment(tmp_path, sandbox.environment, {"SPLX_TARGET_ID": str(target_id(name))}, ending.env)
        assert_ended_as_said(name, sandbox, run(tmp_path, "run", *ending.flags.split(), env=env))


@pytest.mark.parametrize(
    "encoding",
    slow_after(
        1,
        [
            {"PYTHONIOENCODING": "ascii"},
            {"PYTHONIOENCODING": "ascii:replace"},
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        ],
    ),
)
def test_a_log_in_ascii(tmp_path: Path, encoding: dict[str, str]) -> None:
    """What passed and what failed does not look the same."""
    scenario = scored(74).replace(pending_seconds=0.0, run_seconds=0.0)
    with FaultySandbox(scenario) as sandbox:
        ended = run(tmp_path, "run", env=environment(tmp_path, sandbox.environment, encoding))
    assert ended.code == 1, ended.output
    assert ended.output.isascii()
    assert re.search(r"^FAILED  The policy is broken", ended.output, re.MULTILINE)
    assert re.search(r"^  FAIL overall-score ", ended.output, re.MULTILINE)
    assert re.search(r"^  ok   run-completed ", ended.output, re.MULTILINE)
    assert "?" not in ended.output
