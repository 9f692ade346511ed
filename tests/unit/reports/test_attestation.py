"""The predicate that is signed: who asks for it must never find a PASSED that is not one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2

from probe_gate.domain.verdict import Check, CheckOutcome, FileDigest, Verdict
from probe_gate.errors import SOFTENABLE, Outcome, exit_code_for
from probe_gate.reports.attestation import render_attestation
from tests.harness import factories as make
from tests.harness import samples

FILES = (FileDigest("base/.probe-gate.yml", "a" * 64), FileDigest(".probe-gate.yml", "b" * 64))
CHECKS = tuple(Check(f"category-score:{outcome.value}", outcome, "A message.") for outcome in CheckOutcome)


def passing() -> Verdict:
    return samples.judge(samples.evidence(run_url="https://probe.example.com/run/61"), policy=make.make_policy())


def predicate_of(verdict: Verdict) -> dict[str, Any]:
    """Return the predicate, held to the schema of in-toto, which refuses unknown fields and takes any text as `result`."""
    predicate: dict[str, Any] = json.loads(render_attestation(verdict))
    ParseDict(predicate, test_result_pb2.TestResult())
    assert predicate["result"] in {"PASSED", "WARNED", "FAILED"}
    return predicate


def verdict_of(outcome: Outcome, exit_code: int, *, soft: bool = False) -> Verdict:
    policy = replace(make.make_policy(), soft_fail=frozenset({outcome}) if soft else frozenset())
    target = make.make_failed_target(outcome=outcome, checks=CHECKS, policy=policy)
    return replace(make.make_verdict(target), outcome=outcome, exit_code=exit_code, policy_files=FILES)


def test_a_gate_that_passed() -> None:
    """Each check with a limit by target and name, each policy file with its hash, and the page of the run."""
    verdict = replace(passing(), policy_files=FILES)
    predicate = predicate_of(verdict)
    assert predicate["result"] == "PASSED"
    assert predicate["configuration"] == [
        {"name": "base/.probe-gate.yml", "digest": {"sha256": "a" * 64}},
        {"name": ".probe-gate.yml", "digest": {"sha256": "b" * 64}},
    ]
    assert predicate["url"] == verdict.targets[0].evidence.run_url
    assert f"{verdict.targets[0].target.id}/overall-score" in predicate["passedTests"]
    assert predicate["warnedTests"] == predicate["failedTests"] == []


def test_a_broken_policy() -> None:
    """What failed and what could not be judged are failed tests, a waived check is a warning, one without a limit is no test."""
    predicate = predicate_of(verdict_of(Outcome.FAILED, 1))
    assert predicate["result"] == "FAILED"
    names = {
        name: [test.rpartition(":")[2] for test in predicate[name]]
        for name in ("passedTests", "warnedTests", "failedTests")
    }
    assert names == {"passedTests": ["passed"], "warnedTests": ["waived"], "failedTests": ["failed", "error"]}


@pytest.mark.parametrize("outcome", sorted(SOFTENABLE, key=str))
def test_a_softened_outcome_is_a_warning(outcome: Outcome) -> None:
    """And none of its tests is said to have failed."""
    predicate = predicate_of(verdict_of(outcome, 0, soft=True))
    assert predicate["result"] == "WARNED"
    assert predicate["failedTests"] == []
    assert len(predicate["warnedTests"]) == 3


@pytest.mark.parametrize("outcome", [one for one in Outcome if one not in {Outcome.PASSED, Outcome.FAILED}])
def test_any_other_outcome_is_not_attested(outcome: Outcome) -> None:
    """No file, so that a deployment that asks for one stops."""
    assert render_attestation(verdict_of(outcome, exit_code_for(outcome))) == ""


@pytest.mark.parametrize(
    "changes",
    [{"exit_code": 70}, {"command": "demo"}, {"shard": (1, 2)}, {"targets": ()}],
    ids=["a report could not be written", "a demonstration", "one part", "no target"],
)
def test_a_pass_that_is_not_one_of_the_whole_gate_is_not_attested(changes: dict[str, Any]) -> None:
    """The merged verdict stands for its parts."""
    assert render_attestation(passing()) != ""
    assert render_attestation(replace(passing(), **changes)) == ""


@pytest.mark.parametrize("text", make.NASTY_TEXTS)
def test_hostile_text_stays_text(text: str) -> None:
    """Names of categories and files come from outside."""
    check = Check(f"category-score:{text}", CheckOutcome.PASSED, "")
    verdict = replace(passing(), policy_files=(FileDigest(text, "a" * 64),))
    target = replace(verdict.targets[0], checks=(check,))
    written = render_attestation(replace(verdict, targets=(target,)))
    written.encode("utf-8", "strict")
    assert len(json.loads(written)["passedTests"]) == 1
