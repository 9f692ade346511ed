from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from probe_gate.ci.state_file import StateFile
from probe_gate.cli.cleanup import warn_of_unfinished_runs
from probe_gate.cli.gate import clear_earlier_reports
from probe_gate.domain.policy import Limit, Policy
from probe_gate.settings import Settings

MARK = "pg-3f9a2c1b.2.k4x7q"


@dataclass
class Plan:
    """A target as far as it matters here."""

    policy: Policy


def _settings(baseline: str | None = None) -> Settings:
    policy = Policy(baseline=None if baseline is None else Limit(baseline))
    return cast(Settings, SimpleNamespace(targets=(Plan(policy),)))


def _write_all(directory: Path) -> None:
    for name in ("junit.xml", "report.json", "gate.env", "mine.txt"):
        (directory / name).write_text("old")


def test_reports_of_an_earlier_gate_go(tmp_path: Path) -> None:
    """A gate that is killed leaves no green report of yesterday; what is not ours stays."""
    _write_all(tmp_path)
    clear_earlier_reports(tmp_path, _settings())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_baseline_among_them_stays(tmp_path: Path) -> None:
    """The last report in the same directory may be what this gate is to compare with."""
    _write_all(tmp_path)
    clear_earlier_reports(tmp_path, _settings(str(tmp_path / "report.json")))
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "report.json"}


def test_runs_that_an_earlier_gate_left_are_told_of(tmp_path: Path) -> None:
    """A workspace that is used again tells which run may still be going, with the command that stops it."""
    StateFile(tmp_path).note_run(42, MARK, 7001)
    lines: list[str] = []
    warn_of_unfinished_runs(StateFile(tmp_path), lines.append)
    (line,) = lines
    assert MARK in line
    assert f"probe-gate runs cancel --tag {MARK} --target-id 42" in line


def test_nothing_left_nothing_told(tmp_path: Path) -> None:
    """A clean directory says nothing."""
    lines: list[Any] = []
    warn_of_unfinished_runs(StateFile(tmp_path), lines.append)
    assert lines == []
