"""`probe-gate sandbox` before it serves."""

from __future__ import annotations

import argparse
import subprocess
import sys

import pytest

from probe_gate.sandbox.command import add_arguments, list_text, main
from probe_gate.sandbox.fault_kinds import FAULT_KINDS
from probe_gate.sandbox.readings import KEYS
from probe_gate.sandbox.scenarios import SCENARIOS


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_list_has_every_scenario_reading_and_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines that fit a wide terminal."""
    assert main(arguments("--list")) == 0
    shown = capsys.readouterr().out
    names = [line.split()[0] for line in shown.splitlines() if line.startswith("  ")]
    assert set(names) >= set(SCENARIOS) | set(FAULT_KINDS) | set(KEYS)
    assert max(map(len, list_text().splitlines())) < 140


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scenario", "pasing"], "Did you mean 'passing'?"),
        (["--fault", "resett"], "Did you mean 'reset'?"),
        (["--reading", "exectued=end"], "Did you mean 'executed'?"),
        (["--reading", "lag=1s", "--reading", "lag=2s"], "The reading lag is given twice."),
        (["--speed", "0"], "speed must be above 0"),
    ],
)
def test_what_cannot_be_served_is_exit_2(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a plain message, before anything listens."""
    assert main(arguments("--port", "0", *words)) == 2
    assert message in capsys.readouterr().err


def test_flags_and_list_are_quick() -> None:
    """Neither the server nor the models are imported for them."""
    code = "import sys; import probe_gate.sandbox.command as c; c.list_text(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"fastapi", "starlette", "uvicorn", "pydantic"} & set(loaded)
