"""Settings that would silently not hold: exit 2 and the sentence that a user reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import environment, run_here
from tests.harness.shared_clock import SharedClock


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer("passing", speed=50) as server:
        yield server


MISTAKES: tuple[tuple[str, dict[str, str], str], ...] = (
    (
        "run",
        {"PROBE_GATE_MIN_SCOER": "95"},
        "PROBE_GATE_MIN_SCOER: there is no such variable; did you mean PROBE_GATE_MIN_SCORE?",
    ),
    (
        "run",
        {"PROBEGATE_MIN_SCORE": "95"},
        "PROBEGATE_MIN_SCORE: there is no such variable; did you mean PROBE_GATE_MIN_SCORE?",
    ),
    (
        "check",
        {"probe_gate_min_score": "95"},
        "probe_gate_min_score: there is no such variable; did you mean PROBE_GATE_MIN_SCORE?",
    ),
    (
        "run",
        {"PROBE_GATE_MIN_SCORE": "0.95"},
        "PROBE_GATE_MIN_SCORE: 0.95 is less than one point, and scores go from 0 to 100; did you mean 95?",
    ),
    (
        "check --max-attack-success-rate 5",
        {},
        "--max-attack-success-rate: max-attack-success-rate needs a test run, but check starts none; use run",
    ),
    (
        "check",
        {"PROBE_GATE_MIN_TEST_CASES": "50"},
        "PROBE_GATE_MIN_TEST_CASES: min-test-cases needs a test run, but check starts none; use run",
    ),
    (
        "run --confidence 95",
        {},
        (
            "--confidence: confidence applies to the attack success rate, but no limit on that is set; "
            "give --max-attack-success-rate too"
        ),
    ),
    (
        "run --min-category-score Safety:80",
        {},
        "--min-category-score: Safety:80 is not NAME=SCORE; write Safety=80",
    ),
    (
        "run --target-id https://probe.splx.ai/w/290/target/91",
        {"SPLX_PLATFORM_URL": "https://probe.splx.ai"},
        "--target-id: its workspace 290 differs from SPLX_WORKSPACE_ID (4711); give only one",
    ),
)


@pytest.mark.parametrize(("arguments", "variables", "says"), MISTAKES)
def test_a_mistake_is_no_default(
    arguments: str, variables: dict[str, str], says: str, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Exit 2 before anything is sent, in the log and in the reports."""
    before = len(sandbox.requests)
    ended = run_here(tmp_path, *arguments.split(), env=environment(tmp_path, sandbox.environment, variables))
    assert (ended.code, ended.outcome) == (2, "config-error"), ended.output
    assert f"probe-gate: {says}\n" in ended.output
    assert ended.output.count(says) == 1
    assert ended.report["problems"] == [says]
    assert len(sandbox.requests) == before
    *_, reports, code = ended.output.splitlines()
    assert reports.startswith("Reports in probe-gate-report: junit.xml, ")
    assert code == "Exit code 2 (config-error)"


@pytest.mark.parametrize("command", ["run", "check"])
def test_whoever_names_no_target_may_give_the_address_of_its_page(command: str, tmp_path: Path) -> None:
    """It is the easiest to copy."""
    ended = run_here(tmp_path, command, env=environment(tmp_path, {"SPLX_API_KEY": "key"}))
    assert ended.code == 2
    assert all("--target-url or PROBE_GATE_TARGET_URL" in problem for problem in ended.report["problems"])


def test_a_misspelt_category_is_named_before_the_run_is_paid_for(sandbox: SandboxServer, tmp_path: Path) -> None:
    """The platform may yet report one of that name, so that the run is started nevertheless."""
    arguments = ("run", "--min-category-score", "Securty=70")
    ended = run_here(tmp_path, *arguments, env=environment(tmp_path, sandbox.environment), clock=SharedClock())
    warning = "The platform reports no score for Securty; did you mean Security?"
    assert ended.code == 7
    assert ended.output.index(warning) < ended.output.index("was started.")


def test_what_is_no_mistake_passes(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Kubernetes' variables, a variable of another tool, and limits of a policy file that run shares with check."""
    variables = {
        "PROBE_GATE_SERVICE_HOST": "10.0.0.1",
        "PROBE_GATE_SERVICE_PORT_HTTP": "80",
        "PROBE_GATE_PORT_80_TCP": "tcp://10.0.0.1:80",
        "SPLX_TARGETID": "7",
    }
    (tmp_path / ".probe-gate.yml").write_text(
        "version: 1\npolicy: {min-score: 1, min-test-cases: 10, confidence: 95}\n"
    )
    ended = run_here(tmp_path, "check", env=environment(tmp_path, sandbox.environment, variables))
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output
    said = " ".join(ended.output.split())
    assert "The variable SPLX_TARGETID is not read by probe-gate; did you mean SPLX_TARGET_ID?" in said
    assert "needs a test run, so check ignores it." in said


@pytest.mark.parametrize("command", ["run", "check", "runs list", "target show"])
def test_the_hint_on_a_wrong_target_names_its_option(sandbox: SandboxServer, tmp_path: Path, command: str) -> None:
    """Nothing but the number is wrong, so that is what is to be looked at."""
    ended = run_here(tmp_path, *command.split(), "--target-id", "99", env=environment(tmp_path, sandbox.environment))
    assert ended.code in (2, 3), ended.output
    assert "target 99" in ended.output
    assert "--target-id" in " ".join(ended.output.split())


def test_a_gate_without_a_report_directory_leaves_the_comment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the comment of the gate that holds the directory."""
    written: list[object] = []
    monkeypatch.setattr("probe_gate.bootstrap.write_comment", lambda *arguments: written.append(arguments))
    (tmp_path / "taken").touch()
    variables = {"SPLX_API_KEY": "a-key", "PROBE_GATE_TARGET_URL": "https://probe.splx.ai/w/290/target/91"}
    wanted = {"PROBE_GATE_COMMENT": "on", "PROBE_GATE_REPORT_DIR": "taken"}
    ended = run_here(tmp_path, "run", env=environment(tmp_path, variables, wanted))
    assert ended.code == 2
    assert "taken is not writable" in ended.output
    assert written == []
