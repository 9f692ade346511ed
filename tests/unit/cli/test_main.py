from __future__ import annotations

import argparse

import pytest

from probe_gate.cli import verify
from probe_gate.cli.main import run_command


@pytest.mark.parametrize(
    ("arguments", "environ", "is_traced"),
    [
        ([], {}, False),
        ([], {"PROBE_GATE_VERBOSE": "true"}, True),
        ([], {"PROBE_GATE_VERBOSE": "ON"}, True),
        ([], {"PROBE_GATE_VERBOSE": "false"}, False),
        ([], {"PROBE_GATE_VERBOSE": "0"}, False),
        ([], {"PROBE_GATE_VERBOSE": "perhaps"}, False),
        ([], {"RUNNER_DEBUG": "1"}, True),
        (["--verbose"], {}, True),
        (["--verbose"], {"PROBE_GATE_VERBOSE": "false"}, True),
        (["--verbose=false"], {"PROBE_GATE_VERBOSE": "true"}, False),
        (["--verbose", "off"], {}, False),
    ],
)
def test_a_bug_is_shown_with_its_place_only_when_asked_for(
    arguments: list[str],
    environ: dict[str, str],
    is_traced: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The flag and its variable are read as every other switch is."""

    def fail(_arguments: argparse.Namespace, _environ: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(verify, "main", fail)
    assert run_command(["verify", "report.json", *arguments], environ) == 70
    said = capsys.readouterr().err
    assert "internal error (ZeroDivisionError)" in said
    assert ("in fail" in said) is is_traced
