"""Measure a command: CPU time, memory, threads, and instructions where times are too noisy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LAUNCHER = Path(__file__).parent / "scripts" / "launch.py"


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one command, including the processes that it started."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    mebibytes: float
    """The peak memory of its largest process."""
    threads: int
    """The maximum number of threads of its first process."""
    ended_at: float
    """Epoch seconds."""
    output: str


def run_command(command: Sequence[str], environment: Mapping[str, str], directory: str) -> Cost:
    """Run a command in a directory to its end."""
    with tempfile.TemporaryDirectory() as aside:
        result = Path(aside, "result")
        launcher = [sys.executable, "-IS", str(LAUNCHER), str(result), *command]
        done = subprocess.run(
            launcher,
            env=with_bytecode(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        code, began, ended, cpu_seconds, mebibytes, threads = map(float, result.read_text().split())
    return Cost(int(code), ended - began, cpu_seconds, mebibytes, int(threads), ended, done.stdout[-5_000:])


def min_cpu_seconds(command: Sequence[str], environment: Mapping[str, str], times: int) -> float:
    """Return the minimum CPU time of several runs, after one that is not counted."""
    costs = [run_checked(command, environment) for _ in range(times + 1)][1:]
    return min(cost.cpu_seconds for cost in costs)


def run_checked(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command in a temporary directory. Raises `RuntimeError` if its exit code is not 0."""
    with tempfile.TemporaryDirectory() as directory:
        cost = run_command(command, environment, directory)
    if cost.exit_code != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {cost.exit_code}: {cost.output}")
    return cost


def count_instructions(command: Sequence[str], environment: Mapping[str, str]) -> float | None:
    """Return the millions of instructions of a command and its child processes; None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    with tempfile.TemporaryDirectory() as logs:
        valgrind = ["valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=/dev/null"]
        run_checked([*valgrind, f"--log-file={logs}/%p", *command], environment)
        texts = [path.read_text() for path in Path(logs).iterdir()]
    found = [re.search(r"Collected : (\d+)", text) for text in texts]
    return sum(int(match[1]) for match in found if match) / 1e6


@cache
def _bytecode_directory() -> str:
    return tempfile.mkdtemp(prefix="probe-gate-bench-")


def with_bytecode(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with a shared bytecode cache, as in an image."""
    rest = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**rest, "PYTHONPYCACHEPREFIX": _bytecode_directory()}


def forget_bytecode() -> None:
    """Remove the shared bytecode cache."""
    shutil.rmtree(_bytecode_directory(), ignore_errors=True)


def plain_environment() -> dict[str, str]:
    """Return the environment of this process without variables that set options of the gate."""
    prefixes = ("SPLX", "PROBE_GATE", "GITHUB_", "CI")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


def console_script() -> str:
    """Return the path of the command next to this interpreter."""
    return str(Path(sys.executable).with_name("probe-gate"))
