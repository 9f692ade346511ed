"""Run `make test` several times, some of them beside busy processes, and print a table of how each ended.

    python -m scripts.repeat_tests [--times 10] [--busy-times 3] [--busy-processes 4] [pytest's arguments ...]

The busy runs come last. Everything that the tests print goes into .artifacts/repeat-tests/; the exit code is 1 when a
run failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOGS = Path(".artifacts/repeat-tests")
HEADER = "  run  busy processes   seconds  exit  result"
BUSY = "while True: pass"


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run of all tests."""

    number: int
    busy_processes: int
    seconds: float
    exit_code: int
    result: str
    """The last line that pytest printed."""

    @property
    def row(self) -> str:
        return f"{self.number:5} {self.busy_processes:15} {self.seconds:9.0f} {self.exit_code:5}  {self.result}"


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep the machine busy with so many processes until the block is left."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]  # noqa: S603 - our own
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_tests(number: int, busy: int, arguments: list[str]) -> Repetition:
    """Run all tests once, with their output in a file of its own."""
    log = LOGS / f"{number}.log"
    began = time.monotonic()
    with log.open("wb") as file, busy_processes(busy):
        command = ["make", "--no-print-directory", "test", f"ARGS={' '.join(arguments)}"]
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False).returncode  # noqa: S603
    ending = re.findall(r"^=* ?(\d+ .* in [\d.]+s.*?) ?=*$", log.read_text(errors="replace"), re.MULTILINE)
    return Repetition(number, busy, time.monotonic() - began, code, ending[-1] if ending else f"see {log}")


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--busy-times", type=int, default=3, help="how many of them beside busy processes")
    parser.add_argument("--busy-processes", type=int, default=4)
    options, arguments = parser.parse_known_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    write(f"{options.times} times make test on {os.cpu_count()} cores.")
    write(HEADER)
    code = 0
    for number in range(1, options.times + 1):
        is_busy = number > options.times - options.busy_times
        done = run_tests(number, options.busy_processes if is_busy else 0, arguments)
        write(done.row)
        code = code or int(done.exit_code != 0)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
