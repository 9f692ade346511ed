"""The table of policy files through the command itself: exit code, line and message of each."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.server import SandboxServer
from tests.harness import policy_cases
from tests.harness.policy_cases import CASES, INTERFACE_EXAMPLE, Case
from tests.harness.processes import environment, run_here


@pytest.fixture(autouse=True)
def _as_of_the_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The day of the table, and an empty directory."""

    class Today(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls(policy_cases.TODAY.year, policy_cases.TODAY.month, policy_cases.TODAY.day, tzinfo=tz)

    monkeypatch.setattr("probe_gate.cli.policy.datetime", Today)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_validate_tells_every_mistake_with_its_line(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    """And exits 2; a right file is 0."""
    Path(".probe-gate.yml").write_bytes(case.data)
    assert run_command(["policy", "validate"], {}) == case.exit_code
    shown = capsys.readouterr()
    told = [line.removeprefix("  - ") for line in shown.err.splitlines() if line.startswith("  - ")]
    assert [line.split(":")[:3] for line in told] == [
        [".probe-gate.yml", *expected.split(":")[:2]] for expected in case.told
    ]
    for line, expected in zip(told, case.told, strict=True):
        assert line.startswith(f".probe-gate.yml:{expected}")
    assert (": valid (" in shown.out) == (not case.told)


def test_programs_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same, right or wrong, with what it comes to."""
    Path("p.yml").write_text(INTERFACE_EXAMPLE)
    assert run_command(["policy", "validate", "p.yml", "--output", "json"], {}) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["valid"]
    assert found["targets"][0]["policy"]["min-score"] == {"value": "85", "origin": "p.yml:11:25"}
    assert found["waivers"][0]["days_left"] == 68
    Path("p.yml").write_text("version: 2\n")
    assert run_command(["policy", "validate", "p.yml", "--output", "json"], {}) == 2
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "valid": False,
        "problems": ["p.yml:1:10: version 2 of the policy file is not supported; this probe-gate supports 1"],
    }


def test_a_file_that_is_not_there_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """Also the one that is meant when none is named."""
    assert run_command(["policy", "validate"], {}) == 2
    assert ".probe-gate.yml: there is no such file." in capsys.readouterr().err
    assert run_command(["policy", "validate", "."], {}) == 2
    assert "it is a directory" in capsys.readouterr().err


def test_people_see_what_the_file_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    """Each limit that holds, with its place; what is different for a target; waivers with their days."""
    Path(".probe-gate.yml").write_text(INTERFACE_EXAMPLE)
    assert run_command(["policy", "validate"], {}) == 0
    assert capsys.readouterr().out == SHOWN


SHOWN = """\
.probe-gate.yml: valid (1 target, 1 waiver)

For every target:
  min-score                    80      .probe-gate.yml:3:14
  min-category-score Security  90      .probe-gate.yml:4:34
  min-category-score *         70      .probe-gate.yml:4:43
  max-attack-success-rate      5       .probe-gate.yml:5:28
  max-error-rate               5       .probe-gate.yml:6:19
  min-test-cases               1       default

Target 42 (Support bot), recommended probes:
  min-score                    85      .probe-gate.yml:11:25

Whether the platform reports these categories: probe-gate doctor

Waivers:
  category-score:Safety of target 42, until 2027-01-31 (68 days left): Tracked in SEC-1234
"""


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """For editors."""
    assert run_command(["policy", "schema"], {}) == 0
    assert json.loads(capsys.readouterr().out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_run_says_the_same_before_anything_is_sent(tmp_path: Path) -> None:
    """Against a platform that counts the requests."""
    with SandboxServer("passing", speed=50) as sandbox:
        (tmp_path / ".probe-gate.yml").write_text("version: 1\npolicy:\n  min-score: yes\n  max_error_rate: 5\n")
        ended = run_here(tmp_path, "run", env=environment(tmp_path, sandbox.environment))
        assert ended.code == 2
        assert ended.outcome == "config-error"
        assert ".probe-gate.yml:3:14: yes is a boolean in YAML, but a number is expected" in ended.output
        assert ".probe-gate.yml:4:3: max_error_rate is not a key here; did you mean max-error-rate?" in ended.output
        assert sandbox.requests == []


def test_a_limit_of_the_file_is_what_the_gate_holds_to(tmp_path: Path) -> None:
    """And each report says where it was set."""
    with SandboxServer("passing", speed=50) as sandbox:
        target = sandbox.environment["SPLX_TARGET_ID"]
        (tmp_path / ".probe-gate.yml").write_text(
            f"version: 1\npolicy:\n  min-score: 99\ntargets:\n  - id: {target}\n    name: Renamed bot\n"
        )
        ended = run_here(tmp_path, "run", env=environment(tmp_path, sandbox.environment))
        assert (ended.code, ended.outcome) == (1, "failed")
        assert "Renamed bot" in ended.output
        assert ".probe-gate.yml:3:14" in json.dumps(ended.report)
