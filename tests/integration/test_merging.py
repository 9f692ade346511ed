"""Merging the parts of a matrix, as processes: what is missing, from elsewhere or cut is exit 7, and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.ci_environments import GITHUB
from tests.harness.processes import Ended, environment, run_here

QUICK = Scenario(pending_seconds=0.0, run_seconds=4.0, history=2)
HERE = {**GITHUB, "GITHUB_RUN_ATTEMPT": "1", "PROBE_GATE_UNPROVEN_SCORES": "trust"}
"""Runs of seconds, one right after the other, cannot be told apart."""
TARGETS = "1,4,5"
"""1 falls to the second of two parts, the others to the first."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(QUICK, speed=100, targets=5) as server:
        yield server


def gate(
    sandbox: SandboxServer, directory: Path, name: str, *arguments: str, env: dict[str, str] | None = None
) -> Ended:
    """Run one leg, whose reports go into `parts/NAME`."""
    job = {**HERE, "PROBE_GATE_JOB_KEY": name, "SPLX_TARGET_ID": "", **(env or {})}
    full = environment(directory, sandbox.environment, job)
    return run_here(directory, "run", *arguments, "--report-dir", f"parts/{name}", env=full)


@pytest.fixture(scope="module")
def judged(sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the two parts of a split that passed."""
    directory = tmp_path_factory.mktemp("judged")
    for number in (1, 2):
        ended = gate(sandbox, directory, f"{number}", "--shard", f"{number}/2", "--target-id", TARGETS)
        assert ended.code == 0, ended.output
    return directory


@pytest.fixture
def parts(judged: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(judged / "parts", tmp_path / "parts")
    return tmp_path


def merge(directory: Path, env: dict[str, str] | None = None) -> Ended:
    verdict = {**HERE, "GITHUB_JOB": "verdict", **(env or {})}
    return run_here(directory, "merge", "parts", env=environment(directory, verdict))


def change(directory: Path, name: str, edit: Any) -> None:
    path = directory / "parts" / name / "report.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def problems_of(ended: Ended) -> list[str]:
    """Why it could not be judged; the log says each."""
    assert (ended.code, ended.outcome) == (7, "inconclusive"), ended.output
    found = [ended.report["reason"], *ended.report["problems"]]
    said = " ".join(ended.output.split())
    assert found[0] in said
    return found


def test_all_parts_are_a_pass(parts: Path) -> None:
    """Each carries the ids of the whole list, its pipeline, commit and attempt; and the merged report follows."""
    ended = merge(parts)
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output
    one, other = ended.report["parts"]
    assert one["scope"] == {"targetIds": [4, 5], "allTargetIds": [1, 4, 5]}
    assert other["scope"] == {"targetIds": [1], "allTargetIds": [1, 4, 5]}
    assert (one["job"]["pipeline"], one["job"]["commit"], one["job"]["attempt"]) == ("9001", GITHUB["GITHUB_SHA"], 1)
    assert run_here(parts, "verify", "probe-gate-report", env=environment(parts)).code == 0


def test_a_target_that_was_cut_out_is_missed(parts: Path) -> None:
    """By the part's own word, which verify looks at too."""
    change(parts, "1", lambda document: document["targets"].pop())
    found = problems_of(merge(parts))
    assert "Part 1/2 had to judge target 5, but has no verdict on that." in found
    assert "The verdict in parts/1/report.json does not follow from its evidence." in found
    verified = run_here(parts, "verify", "parts/1", env=environment(parts))
    assert verified.code == 7
    assert "the gate: targets: the report says 4, the evidence gives 4, 5" in verified.output


def test_a_target_that_was_cut_out_of_the_list_too_is_missed(parts: Path) -> None:
    """The other part knows it."""

    def cut(document: Any) -> None:
        document["targets"].pop()
        document["scope"] = {"targetIds": [4], "allTargetIds": [1, 4]}

    change(parts, "1", cut)
    assert problems_of(merge(parts)) == ["Part 1/2 has a shorter list of targets than others: target 5 is not in it."]


def test_a_part_with_nothing_is_missed(parts: Path) -> None:
    """Somebody emptied it; and one that is not there at all is missing."""

    def empty(document: Any) -> None:
        document["targets"] = []
        document["scope"]["targetIds"] = []

    change(parts, "2", empty)
    assert "Part 2/2 was not given the targets that belong to it." in problems_of(merge(parts))
    shutil.rmtree(parts / "parts" / "2")
    assert problems_of(merge(parts)) == ["Part 2/2 is missing."]


def test_a_leg_with_a_shorter_list_is_named(sandbox: SandboxServer, parts: Path) -> None:
    """It was given another policy file or variable than the rest."""
    shutil.rmtree(parts / "parts" / "1")
    assert gate(sandbox, parts, "1", "--shard", "1/2", "--target-id", "4").code == 0
    assert problems_of(merge(parts)) == [
        "Part 1/2 has a shorter list of targets than others: targets 1, 5 are not in it."
    ]


@pytest.mark.parametrize(
    ("env", "says"),
    [
        (
            {"GITHUB_RUN_ID": "9002"},
            "is from another pipeline (github/acme/bot/9001, not github/acme/bot/9002).",
        ),
        ({"GITHUB_SHA": "b" * 40}, "is about another commit (4f2a9c1d, not bbbbbbbb)."),
    ],
)
def test_parts_of_an_earlier_green_pipeline_are_named(env: dict[str, str], says: str, parts: Path) -> None:
    """A change that brings them along does not know the pipeline that it will be judged in."""
    assert problems_of(merge(parts, env)) == [f"Part 1/2 {says}", f"Part 2/2 {says}"]


def test_a_leg_from_another_pipeline_is_named(sandbox: SandboxServer, parts: Path) -> None:
    """Among others that are of this one."""
    shutil.rmtree(parts / "parts" / "2")
    other = {"GITHUB_RUN_ID": "812"}
    assert gate(sandbox, parts, "2", "--shard", "2/2", "--target-id", TARGETS, env=other).code == 0
    assert problems_of(merge(parts)) == [
        "Part 2/2 is from another pipeline (github/acme/bot/812, not github/acme/bot/9001)."
    ]


@pytest.mark.slow
def test_a_leg_that_was_not_told_where_it_runs_is_named(sandbox: SandboxServer, parts: Path) -> None:
    """Such as one in a container without the variables."""
    shutil.rmtree(parts / "parts" / "2")
    unknown = dict.fromkeys(GITHUB, "")
    assert gate(sandbox, parts, "2", "--shard", "2/2", "--target-id", TARGETS, env=unknown).code == 0
    assert problems_of(merge(parts)) == ["Part 2/2 does not say which pipeline it is from."]


def test_a_leg_that_was_skipped_is_a_hole(sandbox: SandboxServer, parts: Path) -> None:
    """One that had no key, while the others judged; all of them are a skipped gate, and not a pass."""
    skip = ("--target-id", TARGETS, "--on-missing-key", "skip")
    for number in (2, 1):
        shutil.rmtree(parts / "parts" / f"{number}")
        ended = gate(sandbox, parts, f"{number}", "--shard", f"{number}/2", *skip, env={"SPLX_API_KEY": ""})
        assert (ended.code, "the gate was skipped" in ended.output) == (0, True), ended.output
        merged = merge(parts)
        if number == 2:
            assert problems_of(merged) == ["Part 2/2 was skipped: There is no API key. Nothing was tested."]
        else:
            assert (merged.code, merged.outcome) == (0, "skipped"), merged.output
            assert "::warning title=Probe gate%3A skipped::" in merged.output
            assert "passed" not in merged.output.lower()


def test_a_later_attempt_stands_for_the_earlier_one(sandbox: SandboxServer, parts: Path) -> None:
    """The first one failed, was run again and passed: that is a pass, and it is said. Never the other way round."""
    shutil.rmtree(parts / "parts" / "2")
    shard = ("--shard", "2/2", "--target-id", TARGETS)
    ended = gate(sandbox, parts, "2", *shard, "--min-score", "100")
    assert ended.code == 1, ended.output
    assert merge(parts).code == 1
    shutil.move(parts / "parts" / "2", parts / "parts" / "2-first")
    ended = gate(sandbox, parts, "2", *shard, env={"GITHUB_RUN_ATTEMPT": "2"})
    assert ended.code == 0, ended.output
    merged = merge(parts, {"GITHUB_RUN_ATTEMPT": "2"})
    assert (merged.code, merged.outcome) == (0, "passed"), merged.output
    note = "Part 2/2 of attempt 1 is left out: a later attempt of the same job replaces it."
    assert note in merged.report["notes"]
    assert note in " ".join(merged.output.split())
    assert run_here(parts, "verify", "probe-gate-report", env=environment(parts)).code == 0


def test_jobs_that_pick_their_targets_cover_the_policy_file(sandbox: SandboxServer, tmp_path: Path) -> None:
    """One that was left out of the matrix is missed."""
    (tmp_path / ".probe-gate.yml").write_text("version: 1\ntargets: [{id: 1}, {id: 2}, {id: 3}]\n")
    for target in ("1", "3"):
        assert gate(sandbox, tmp_path, target, "--target-id", target).code == 0
    assert problems_of(merge(tmp_path)) == ["No part judged target 2."]
    assert gate(sandbox, tmp_path, "2", "--target-id", "2").code == 0
    assert merge(tmp_path).code == 0


def test_a_second_gate_of_one_job_does_not_replace_the_reports_of_the_first(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Exit 2 before anything is sent. The same gate once more replaces its own, and so does another job."""
    env = environment(tmp_path, sandbox.environment, HERE, {"SPLX_TARGET_ID": "1", "PROBE_GATE_SETTLE": "0.1s"})
    assert run_here(tmp_path, "run", env=env).code == 0
    before, requests = (tmp_path / "probe-gate-report" / "report.json").read_bytes(), len(sandbox.requests)
    for arguments, more in (
        (("run",), {"SPLX_TARGET_ID": "2"}),
        (("check",), {}),
        (("run",), {"GITHUB_ACTION": "probe-2"}),
    ):
        second = run_here(tmp_path, *arguments, env={**env, **more})
        assert second.code == 2, second.output
        assert (
            "probe-gate: The report directory probe-gate-report has the reports of another gate of this job (target 1)."
        ) in second.output
        assert "Give each gate a --report-dir of its own. Nothing was started." in second.output
    mistaken = run_here(tmp_path, "run", "--min-score", "880", env={**env, "GITHUB_ACTION": "probe-2"})
    assert mistaken.code == 2
    assert (tmp_path / "probe-gate-report" / "report.json").read_bytes() == before
    assert len(sandbox.requests) == requests
    assert run_here(tmp_path, "run", env=env).code == 0
    assert run_here(tmp_path, "run", env={**env, "GITHUB_RUN_ID": "9002", "SPLX_TARGET_ID": "2"}).code == 0
    leg = {"GITHUB_RUN_ID": "9002", "PROBE_GATE_JOB_KEY": '{"leg": 2}'}
    assert run_here(tmp_path, "run", env={**env, **leg}).code == 0
