"""Measure the cost of starting the gate, and of a gate that does not wait.

    python -m benchmarks.start

In instructions, counted by valgrind, because times vary more than the differences to be measured.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.costs import console_script, count_instructions, min_cpu_seconds, plain_environment, run_checked
from benchmarks.sandbox import run_sandbox
from benchmarks.table import Row, format_text
from benchmarks.tools import CURL, GATE, REQUESTS, TOOLS

BARE = (sys.executable, "-c", "pass")
BARE_WITH_ARGPARSE = (sys.executable, "-c", "import argparse")
AT_ONCE_SECONDS = 0.001
TIMES = 5
PARALLEL = 2
"""The number of instructions does not depend on the load of the machine."""
INSTRUCTIONS = "M instructions"
OPTIONS = (
    "--settle",
    "0.01s",
    "--poll-interval",
    "0.1s",
    "--unproven-scores",
    "trust",
    "--reports",
    "junit,summary,json",
)
"""Runs of a millisecond, one right after the other, have the same dates: their scores cannot be told apart."""


def start_rows() -> list[Row]:
    """Return the rows of the table."""
    bare = plain_environment()
    words = ("--version", "--help", "run --help")
    with run_sandbox(run_seconds=AT_ONCE_SECONDS, targets=len(TOOLS)) as sandbox, ThreadPoolExecutor(PARALLEL) as pool:
        same_calls = {**sandbox.environment, "INTERVAL": "0.1", "SAME_CALLS": "1"}
        whole = [  # each with its own target, because they would find each other's runs
            ([*GATE.command_for([1]), *OPTIONS], sandbox.environment),
            (CURL.command_for([2]), same_calls),
            (REQUESTS.command_for([3]), same_calls),
            (BARE, bare),
        ]
        counts = list(
            pool.map(
                lambda pair: measure_instructions(*pair),
                [(BARE_WITH_ARGPARSE, bare), *(([console_script(), *word.split()], bare) for word in words), *whole],
            )
        )
        milliseconds = [measure_milliseconds(*pair) for pair in whole]
    return [
        *(
            Row(f"probe-gate {word}", INSTRUCTIONS, gate=count, limit=counts[0])
            for word, count in zip(words, counts[1:], strict=False)
        ),
        Row("gate, run over at once", INSTRUCTIONS, "", *counts[-len(whole) :]),
        Row("gate, run over at once", "CPU ms", "", *milliseconds),
    ]


def measure_instructions(command: Sequence[str], environment: Mapping[str, str]) -> float | None:
    """Return millions of instructions, after one run that is not counted and may compile bytecode."""
    if not is_installed(command):
        return None
    run_checked(command, environment)
    return count_instructions(command, environment)


def measure_milliseconds(command: Sequence[str], environment: Mapping[str, str]) -> float | None:
    return None if not is_installed(command) else 1000 * min_cpu_seconds(command, environment, TIMES)


def is_installed(command: Sequence[str]) -> bool:
    return CURL.is_installed or list(command) != CURL.command_for([2])


def main() -> None:
    print("\n".join(format_text(start_rows())))


if __name__ == "__main__":
    main()
