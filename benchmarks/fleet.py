"""One gate over many targets: what it costs, and whether it keeps its bounds.

    python -m benchmarks.fleet [TARGETS ...]

Each target has a run of 10 s on the sandbox, which is another process. The gate runs with its default options. Without
numbers: 300 targets, for which bounds are promised, and then 1, 10, 100 and 1,000, to see what grows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.sandbox import Sandbox, run_sandbox

RUN_SECONDS = 10.0
GROWING = (1, 10, 100, 1_000)
BOUNDED = 300
MOST_IN_FLIGHT, MOST_THREADS, MOST_MIB, MOST_SECONDS_AFTER = 8, 12, 150.0, 20.0
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Fleet:
    """What one gate cost."""

    targets: int
    exit_code: int
    requests: int
    most_in_flight: int
    """As the platform saw it."""
    threads: int
    mebibytes: float
    cpu_seconds: float
    seconds: float
    seconds_after: float
    """From the end of the last run until the gate was over, reports and all."""

    @property
    def keeps_bounds(self) -> bool:
        return (
            self.exit_code == 0
            and self.most_in_flight <= MOST_IN_FLIGHT
            and self.threads <= MOST_THREADS
            and self.mebibytes <= MOST_MIB
            and self.seconds_after <= MOST_SECONDS_AFTER
        )


def measure_fleet(targets: int, *, delay_seconds: float = 0.0) -> Fleet:
    """Gates that many targets at once, on a platform whose every answer takes that long."""
    with (
        run_sandbox(run_seconds=RUN_SECONDS, targets=targets, delay_seconds=delay_seconds) as sandbox,
        tempfile.TemporaryDirectory() as directory,
    ):
        return _measure(sandbox, targets, directory)


def _measure(sandbox: Sandbox, targets: int, directory: str) -> Fleet:
    ids = ",".join(map(str, range(1, targets + 1)))
    command = [sys.executable, "-m", "probe_gate", "run", "--report-dir", f"{directory}/reports", "--quiet"]
    began = time.time()
    with Path(directory, "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=directory, env={**sandbox.environment, "SPLX_TARGET_ID": ids}
        )
        threads, mebibytes, usage = _watch(process)
    ended = time.time()
    asked = [datetime.fromisoformat(run["askedAt"]).timestamp() for run in sandbox.ask("/sandbox/runs")]
    seen = sandbox.ask("/sandbox")
    if process.returncode != 0 or len(asked) != targets:
        sys.stderr.write(Path(directory, "log").read_text()[-5000:])
    return Fleet(
        targets=targets,
        exit_code=process.returncode,
        requests=seen["requests"],
        most_in_flight=seen["mostInFlight"],
        threads=threads,
        mebibytes=mebibytes,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        seconds=ended - began,
        seconds_after=ended - (max(asked) + RUN_SECONDS),
    )


def _watch(process: subprocess.Popen[bytes]) -> tuple[int, float, "os.struct_rusage"]:
    """Most threads, peak memory in mebibytes, and the processor time, when the process is over."""
    status = Path(f"/proc/{process.pid}/status")
    most_threads, most_kib = 0, 0
    while True:
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines())
            most_threads = max(most_threads, int(facts["Threads"]))
            most_kib = max(most_kib, int(facts.get("VmHWM", "0 kB").split()[0]))
        except (OSError, KeyError, ValueError):
            pass  # it is just ending
        pid, state, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(state)
            return most_threads, most_kib / 1024, usage
        time.sleep(SAMPLE_SECONDS)


def format_fleet(fleet: Fleet) -> str:
    """One row of the table."""
    return (
        f"{fleet.targets:7,} {fleet.requests:9,} {fleet.requests / fleet.targets:11.1f} {fleet.most_in_flight:10}"
        f" {fleet.threads:8} {fleet.mebibytes:7.0f} {fleet.cpu_seconds:8.2f} {fleet.cpu_seconds / fleet.targets:11.4f}"
        f" {fleet.seconds:8.1f} {fleet.seconds_after:8.1f}   {fleet.exit_code}"
    )


HEADER = "targets  requests  per target  in flight  threads  MiB     CPU s   per target  seconds    after  exit"


def main() -> None:
    named = [int(word) for word in sys.argv[1:]]
    print(f"Runs of {RUN_SECONDS:.0f} s; `after`: seconds from the end of the last run until all was over.")
    print(HEADER)
    for targets in named or (BOUNDED, *GROWING):
        fleet = measure_fleet(targets)
        print(format_fleet(fleet), flush=True)
        if targets == BOUNDED:
            print(
                f"        bounds: {MOST_IN_FLIGHT} in flight, {MOST_THREADS} threads, {MOST_MIB:.0f} MiB,"
                f" {MOST_SECONDS_AFTER:.0f} s after: {'kept' if fleet.keeps_bounds else 'NOT KEPT'}",
                flush=True,
            )


if __name__ == "__main__":
    main()
