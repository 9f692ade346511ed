"""test-result.json, which a later step signs and a deployment asks for."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import Ended, environment, run_here

FAST = Scenario(pending_seconds=0.0, run_seconds=0.0, history=1)
NAME = "test-result.json"
POLICY = b"version: 1\npolicy: {min-score: 10}\n"
WANTED = {"PROBE_GATE_REPORTS": "json,attestation"}


def _gate(directory: Path, *arguments: str, env: dict[str, str] | None = None, scenario: Scenario = FAST) -> Ended:
    with SandboxServer(scenario, targets=3) as sandbox:
        return run_here(
            directory, *(arguments or ("run",)), env=environment(directory, sandbox.environment, WANTED, env or {})
        )


def _predicate(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / NAME).read_text())
    return found


def test_a_pass_names_the_policies_that_it_was_judged_by(tmp_path: Path) -> None:
    """Base policy and policy, each with the hash of its bytes; the report has them, too."""
    (tmp_path / ".probe-gate.yml").write_bytes(POLICY)
    (tmp_path / "base.yml").write_bytes(POLICY + b"# stricter\n")
    ended = _gate(tmp_path, "run", "--policy-floor", "base.yml")
    assert ended.code == 0, ended.output
    predicate = _predicate(ended.report_dir)
    assert predicate["result"] == "PASSED"
    assert predicate["configuration"] == [
        {"name": "base.yml", "digest": {"sha256": sha256(POLICY + b"# stricter\n").hexdigest()}},
        {"name": ".probe-gate.yml", "digest": {"sha256": sha256(POLICY).hexdigest()}},
    ]
    assert [file["name"] for file in ended.report["policyFiles"]] == ["base.yml", ".probe-gate.yml"]
    assert "1/overall-score" in predicate["passedTests"]


def test_a_failed_and_a_softened_gate(tmp_path: Path) -> None:
    """Both are attested, as what they are."""
    assert _gate(tmp_path, "run", "--min-score", "100").code == 1
    failed = _predicate(tmp_path / "probe-gate-report")
    assert (failed["result"], failed["failedTests"]) == ("FAILED", ["1/overall-score"])
    assert _gate(tmp_path, "run", "--min-score", "100", "--soft-fail", "failed").code == 0
    softened = _predicate(tmp_path / "probe-gate-report")
    assert (softened["result"], softened["warnedTests"]) == ("WARNED", ["1/overall-score"])


@pytest.mark.parametrize(
    ("arguments", "env", "code"),
    [
        (("--min-score", "wrong"), {}, 2),
        ((), {"SPLX_API_KEY": "wrong"}, 3),
        (("--min-test-cases", "9999999"), {}, 7),
        ((), {"SPLX_API_KEY": "", "PROBE_GATE_ON_MISSING_KEY": "skip"}, 0),
        (("--shard", "1/2", "--target-id", "1,2,3"), {}, 0),
    ],
    ids=["config-error", "auth-error", "inconclusive", "skipped", "one part"],
)
def test_what_the_change_brings_along_is_never_left_to_be_signed(
    tmp_path: Path, arguments: tuple[str, ...], env: dict[str, str], code: int
) -> None:
    """An end without a file removes one that is there."""
    directory = tmp_path / "probe-gate-report"
    directory.mkdir()
    (directory / NAME).write_text('{"result": "PASSED", "configuration": []}')
    ended = _gate(tmp_path, "run", *arguments, env=env)
    assert ended.code == code, ended.output
    assert not (directory / NAME).exists()
    assert NAME not in ended.output


@pytest.mark.parametrize("blocked", ["junit.xml", "gate.env", "unfinished-runs.jsonl"])
@pytest.mark.parametrize(
    ("arguments", "env"),
    [((), {}), (("--min-score", "wrong"), {}), ((), {"SPLX_API_KEY": "", "PROBE_GATE_ON_MISSING_KEY": "skip"})],
    ids=["good options", "config-error", "skipped"],
)
def test_where_no_report_can_be_written_none_of_the_change_is_left(
    tmp_path: Path, arguments: tuple[str, ...], env: dict[str, str], blocked: str
) -> None:
    """The change brings a directory where a file goes, and reports of its own beside it. No run is paid for."""
    directory = tmp_path / "probe-gate-report"
    (directory / blocked).mkdir(parents=True)
    for name in {NAME, "report.json", "junit.xml"} - {blocked}:
        (directory / name).write_text("planted")
    ended = _gate(tmp_path, "run", *arguments, env=env)
    assert ended.code == 2, ended.output
    assert [path.name for path in directory.iterdir()] == [blocked]


def test_the_parts_of_a_gate_are_attested_together(tmp_path: Path) -> None:
    """One predicate over all targets, with the policy that each part read."""
    (tmp_path / ".probe-gate.yml").write_bytes(POLICY)
    for part in ("1/2", "2/2"):
        ended = _gate(tmp_path, "run", "--target-id", "1,2,3", "--shard", part, "--report-dir", f"parts/{part[0]}")
        assert ended.code == 0, ended.output
    ended = _gate(tmp_path, "merge", "parts")
    assert ended.code == 0, ended.output
    predicate = _predicate(ended.report_dir)
    assert predicate["result"] == "PASSED"
    assert {name.partition("/")[0] for name in predicate["passedTests"]} == {"1", "2", "3"}
    assert [file["name"] for file in predicate["configuration"]] == [".probe-gate.yml"]


def test_a_demo_is_never_attested(tmp_path: Path) -> None:
    """Nothing was tested: neither the demo itself nor a merge that it is handed to leaves a result to be signed."""
    ended = run_here(tmp_path, "demo", "--speed", "10000", env=environment(tmp_path, WANTED))
    assert ended.code == 0, ended.output
    assert ended.report["command"] == "demo"
    assert not (ended.report_dir / NAME).exists()
    merged = run_here(
        tmp_path, "merge", "probe-gate-report", "--report-dir", "merged", env=environment(tmp_path, WANTED)
    )
    assert merged.code == 7, merged.output
    assert "demo" in merged.output
    assert not (tmp_path / "merged" / NAME).exists()
