"""A run is started once, and billed once: whatever becomes of the answer, of the job, and of other gates.

A gate and its sandbox share one clock, so that the twenty seconds in which a gate looks for a run take no time. One gate
has many targets at once here; the fault numbered N strikes the trigger of one of them.
"""

from __future__ import annotations

import math
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.recorder import Request
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from probe_gate.timings import DEFAULT_TIMINGS
from tests.harness import processes
from tests.harness.ci_environments import GITHUB, GITLAB
from tests.harness.processes import SCRIPTED, SHIPPED_SETTINGS, Ended, Started, environment, run_here
from tests.harness.shared_clock import SharedClock
from tests.harness.waiting import wait_until
from tests.platform_faults import FaultySandbox

QUICK = Scenario(pending_seconds=0.0, run_seconds=4.0, history=2)
ENDLESS = QUICK.replace(run_seconds=math.inf)
TARGET_1 = {"SPLX_TARGET_ID": "1"}

DONE = (
    "dropped-response", "dropped-reset", "dropped-hang=1", "dropped-page=502", "dropped-page=504", "truncated", "truncated-headers",
    "slow-headers=0.001", "no-id", "id-text", "half-json@trigger", "not-json@trigger", "empty@trigger", "null@trigger",
    "list-object@trigger",
)  # fmt: skip
"""The run was started, and the answer does not say which."""
NOT_DONE = ("reset", "hang=1", "500", "502", "503=", "504=", "408", "425", "html-page", "redirect", "key-echo=500")
"""Nothing was started, and the answer, if there was one, does not prove it."""


@pytest.fixture
def clock() -> SharedClock:
    return SharedClock()


def gate(
    sandbox: SandboxServer, clock: SharedClock, directory: Path, *arguments: str, env: dict[str, str] | None = None
) -> Ended:
    """Run a gate to its end."""
    directory.mkdir(exist_ok=True)
    full = environment(directory, SHIPPED_SETTINGS, sandbox.environment, TARGET_1, env or {})
    return run_here(directory, "run", *arguments, env=full, clock=clock)


def start(sandbox: SandboxServer, directory: Path, *driven: str, env: dict[str, str] | None = None) -> Started:
    """Start a gate as a process. The clock of the sandbox stands still meanwhile, unless the test advances it."""
    full = environment(directory, sandbox.environment, TARGET_1, env or {})
    return processes.start(directory, "--patient", *driven, "--", "run", env=full, command=SCRIPTED)


def wait_until_going(sandbox: SandboxServer, count: int = 1) -> None:
    wait_until(
        lambda: len(sandbox.active_runs) >= count,
        lambda: f"{count} runs are going instead of {len(sandbox.active_runs)}",
    )


def triggers(sandbox: SandboxServer) -> list[Request]:
    return [request for request in sandbox.requests if request.operation == "triggerTestRun"]


def facts(ended: Ended) -> dict[str, Any]:
    found: dict[str, Any] = ended.report["targets"][0]["evidence"]["facts"]
    return found


def gate_many(faults: tuple[str, ...], clock: SharedClock, tmp_path: Path) -> tuple[SandboxServer, Ended]:
    """Gates as many targets as there are faults, each of which strikes the first trigger of another one."""
    ids = ",".join(str(number) for number in range(1, len(faults) + 1))
    numbered = [
        f"{fault if '@' in fault else f'{fault}@trigger'}:{place}-{place}" for place, fault in enumerate(faults, 1)
    ]
    with FaultySandbox(QUICK, numbered, clock=clock.time, targets=len(faults)) as sandbox:
        ended = gate(sandbox, clock, tmp_path, env={"SPLX_TARGET_ID": ids, "PROBE_GATE_PARALLEL": "32"})
    return sandbox, ended


def test_a_run_whose_answer_was_lost_is_found_and_not_started_again(clock: SharedClock, tmp_path: Path) -> None:
    """In each way in which an answer can be lost after the work was done."""
    sandbox, ended = gate_many(DONE, clock, tmp_path)
    assert ended.code == 0, ended.output
    struck = Counter(request.fault for request in triggers(sandbox))
    assert struck == Counter(fault.partition("=")[0].partition("@")[0] for fault in DONE)
    assert Counter(run.target_id for run in sandbox.runs) == Counter(range(1, len(DONE) + 1))
    for target in ended.report["targets"]:
        assert target["evidence"]["run"]["name"].startswith(target["evidence"]["facts"]["runTag"])


def test_a_second_trigger_is_sent_only_after_the_first_is_proven_to_have_started_nothing(
    clock: SharedClock, tmp_path: Path
) -> None:
    """The listing is read whole at least three times, over the whole time in which a run may still appear."""
    sandbox, ended = gate_many(NOT_DONE, clock, tmp_path)
    assert ended.code == 0, ended.output
    assert Counter(run.target_id for run in sandbox.runs) == Counter(range(1, len(NOT_DONE) + 1))
    for target_id in range(1, len(NOT_DONE) + 1):
        mine = f'"targetId": {target_id},'.encode()
        first, second = (request for request in triggers(sandbox) if mine in request.body)
        path = f"/target/{target_id}/test-runs"
        between = sandbox.requests[first.number : second.number - 1]
        readings = [one for one in between if one.path.endswith(path)]
        assert first.fault in {fault.partition("=")[0] for fault in NOT_DONE}
        assert second.fault is None
        assert len(readings) >= 3, first.fault
        assert second.at - readings[0].at >= DEFAULT_TIMINGS.absence_seconds, first.fault


def test_a_refusal_that_proves_that_nothing_was_started_is_simply_sent_again(
    clock: SharedClock, tmp_path: Path
) -> None:
    """429, and a platform that could not be connected to at all."""
    with FaultySandbox(QUICK, ["429=0@trigger:2"], clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path)
    assert ended.code == 0, ended.output
    assert [request.status for request in triggers(sandbox)] == [429, 429, 200]
    assert "Looking for" not in ended.output
    assert len(sandbox.runs) == 1


def test_a_run_that_is_listed_late_is_waited_for(clock: SharedClock, tmp_path: Path) -> None:
    """As late as is assumed of the platform."""
    late = [f"late-listing={DEFAULT_TIMINGS.absence_seconds}@trigger:1", "dropped-response@trigger:1"]
    with FaultySandbox(QUICK, late, clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path)
    assert ended.code == 0, ended.output
    assert (len(sandbox.runs), len(triggers(sandbox))) == (1, 1)
    mark = facts(ended)["runTag"]
    assert f"Looking for {mark} in the listing of test runs." in " ".join(ended.output.split())


def test_a_run_that_is_listed_later_than_anybody_could_wait_shows(clock: SharedClock, tmp_path: Path) -> None:
    """Two runs then: the one that nobody waits for is cancelled, and no verdict is given on scores that both have a part in."""
    late = [f"late-listing={2 * DEFAULT_TIMINGS.absence_seconds}@trigger:1-1", "dropped-response@trigger:1-1"]
    with FaultySandbox(
        QUICK.replace(run_seconds=5 * DEFAULT_TIMINGS.absence_seconds), late, clock=clock.time
    ) as sandbox:
        ended = gate(sandbox, clock, tmp_path)
        assert (len(sandbox.runs), sandbox.active_runs) == (2, [])
    assert (ended.code, ended.outcome) == (7, "inconclusive"), ended.output
    assert len({run.name for run in sandbox.runs}) == 1


def test_a_doubt_that_cannot_be_cleared_is_said_with_the_command_that_ends_it(
    clock: SharedClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The listing is out of reach as well: exit 4, no second trigger, and the mark to look for."""
    with FaultySandbox(ENDLESS, ["dropped-response@trigger:1", "503@list:3-"], clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path, "--timeout", "10m")
        assert (ended.code, len(triggers(sandbox)), len(sandbox.active_runs)) == (4, 1, 1), ended.output
        command = f"probe-gate runs cancel --tag {facts(ended)['runTag']}"
        assert command in " ".join(ended.output.split())
        assert command in ended.report["targets"][0]["evidence"]["leftRunning"]
        sandbox.set_faults()
        assert run_command(command.split()[1:], {**sandbox.environment, "NO_PROXY": "127.0.0.1"}) == 0
        assert sandbox.active_runs == []


def test_an_answer_with_a_wrong_id_leaves_no_run_behind(clock: SharedClock, tmp_path: Path) -> None:
    """The run that was started is found by its mark and cancelled; nothing is judged."""
    with FaultySandbox(ENDLESS, ["other-id"], clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path)
        assert (ended.code, len(sandbox.runs)) == (4, 1), ended.output
        assert sandbox.active_runs == [], ended.output


ATTEMPTS = {
    "github": ({**GITHUB, "GITHUB_RUN_ATTEMPT": "1"}, {**GITHUB, "GITHUB_RUN_ATTEMPT": "2"}),
    "gitlab": ({**GITLAB, "CI_JOB_ID": "88001"}, {**GITLAB, "CI_JOB_ID": "88002"}),
}


@pytest.fixture
def killed(clock: SharedClock, tmp_path: Path) -> Iterator[SandboxServer]:
    """A first attempt on GitHub and one on GitLab, each on a target of its own, were killed while their runs go on."""
    with FaultySandbox(QUICK, clock=clock.time, targets=2) as sandbox:
        gates = [
            start(sandbox, tmp_path / f"{system}-1", env={**first, "SPLX_TARGET_ID": str(number)})
            for number, (system, (first, _)) in enumerate(ATTEMPTS.items(), 1)
        ]
        wait_until_going(sandbox, 2)
        for each in gates:
            each.kill()
        yield sandbox


def test_a_job_that_is_run_again_takes_up_what_it_left_going(
    killed: SandboxServer, clock: SharedClock, tmp_path: Path
) -> None:
    """GitHub counts attempts, GitLab gives each a higher job number: neither starts a second run."""
    runs = {run.target_id: run for run in killed.runs}
    for number, (system, (_, second)) in enumerate(ATTEMPTS.items(), 1):
        runs[number].requested_at = clock.time()  # or else the gate before has waited until it was over
        ended = gate(killed, clock, tmp_path / f"{system}-2", env={**second, "SPLX_TARGET_ID": str(number)})
        assert (ended.code, facts(ended)["origin"]) == (0, "reused"), ended.output
    assert len(killed.runs) == len(triggers(killed)) == 2


def test_another_job_does_not_take_it_up(killed: SandboxServer, clock: SharedClock, tmp_path: Path) -> None:
    """Another leg of the matrix, another commit, one that was told never to: each finds the target busy."""
    _, again = ATTEMPTS["github"]
    others: dict[str, dict[str, str]] = {
        "leg": {**again, "PROBE_GATE_JOB_KEY": "leg two"},
        "commit": {**again, "GITHUB_SHA": "0" * 40},
        "probes": {**again, "SPLX_PROBE_IDS": "1,2"},
        "never": {**again, "PROBE_GATE_REUSE": "never"},
        "same attempt": ATTEMPTS["github"][0],
    }
    for name, env in others.items():
        ended = gate(killed, clock, tmp_path / name, "--on-busy", "fail", env=env)
        assert (ended.code, ended.outcome) == (7, "inconclusive"), f"{name}: {ended.output}"
        assert "is busy" in ended.output
    assert len(triggers(killed)) == 2
    assert len(killed.active_runs) == 2


def test_what_is_over_is_not_taken_up_but_can_be_gated_by_its_number(clock: SharedClock, tmp_path: Path) -> None:
    """A retry of a finished job is a new run; the earlier one's scores are then no longer to be had."""
    with FaultySandbox(QUICK, clock=clock.time) as sandbox:
        for attempt in ATTEMPTS["github"]:
            clock.advance(3600.0)
            ended = gate(sandbox, clock, tmp_path, env=attempt)
            assert (ended.code, facts(ended)["origin"]) == (0, "triggered"), ended.output
        one, two = (run.id for run in sandbox.runs)
        # both runs have the same counts, so nothing can prove whose scores these are
        latest = gate(sandbox, clock, tmp_path, "--test-run-id", str(two), "--unproven-scores", "trust")
        assert (latest.code, facts(latest)["origin"]) == (0, "given"), latest.output
        earlier = gate(sandbox, clock, tmp_path, "--test-run-id", str(one))
        assert (earlier.code, earlier.outcome) == (7, "inconclusive"), earlier.output
        assert len(triggers(sandbox)) == 2


def test_two_gates_of_one_moment_never_pass_on_each_others_scores(clock: SharedClock, tmp_path: Path) -> None:
    """There is no lock on the platform: both found the target free, and both say that their scores are mixed."""
    with FaultySandbox(QUICK, ["hold@scores:1-2", "hold@list:3-4"], clock=clock.time) as sandbox:
        gates = [start(sandbox, tmp_path / name) for name in ("one", "two")]
        for _ in ("the scores before", "the listings before the triggers"):
            sandbox.wait_until_held(2)
            sandbox.release()
        wait_until_going(sandbox, 2)
        clock.advance(2 * QUICK.run_seconds)
        ended = {one.report["targets"][0]["evidence"]["run"]["id"]: one.code for one in [each.end() for each in gates]}
        assert ended == {run.id: 7 for run in sandbox.runs}
        assert len(triggers(sandbox)) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_run_is_looked_for_leaves_none(
    number: signal.Signals, clock: SharedClock, tmp_path: Path
) -> None:
    """The answer was lost, the run is listed late, and the job is cancelled in between."""
    late = ["late-listing=10@trigger:1", "dropped-response@trigger:1"]
    with FaultySandbox(ENDLESS, late, clock=clock.time) as sandbox:
        looking = start(sandbox, tmp_path, f"--at=list:3={number.name}", "--timing=cancel_pause_seconds=0.05")

        def listings() -> int:
            return sum(request.operation == "listTestRuns" for request in sandbox.requests)

        wait_until(lambda: listings() > 3, "the run is looked for after the signal", process=looking.process)
        clock.advance(10.0)
        ended = looking.end()
        assert (ended.code, len(triggers(sandbox)), sandbox.active_runs) == (128 + number, 1, []), ended.output
