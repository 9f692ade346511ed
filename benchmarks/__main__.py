"""`make bench`: compare the cost of the gate with the alternatives, in one table and in plots.

    python -m benchmarks [--quick]

This takes about a quarter of an hour and writes the results into docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO

from benchmarks import crowd, fleet, listing, polling
from benchmarks.costs import forget_bytecode, run_checked
from benchmarks.growth import fleet_rows, gate_rows, poll_rows
from benchmarks.sandbox import run_sandbox
from benchmarks.start import start_rows
from benchmarks.table import Row, format_text
from benchmarks.tools import TOOLS

QUICK_SIZES = 2
CROWDS = {"probe-gate": crowd.run_gate, "a script that asks every 5 s": crowd.run_script}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes only; no simulation, and nothing is written")
    is_quick = parser.parse_args().quick
    began = time.monotonic()
    try:
        rows = measure(is_quick=is_quick)
        bounds = "" if is_quick else measure_bounds()
    finally:
        forget_bytecode()
    table = "\n".join(format_text(rows))
    machine = describe_machine(time.monotonic() - began)
    print(f"{table}\n\n{machine}\n{bounds}", flush=True)
    if is_quick:
        return
    polls = printed(polling.main)
    print(f"\n{polls}")
    crowds = {name: crowd.simulate(crowd.PIPELINES, way) for name, way in CROWDS.items()}
    for name, one in crowds.items():
        crowd.print_crowd(name, crowd.PIPELINES, one)
    from benchmarks.page import write_page  # matplotlib is large and would distort the measurements

    endings = "\n".join(crowd.format_ending(name, one) for name, one in crowds.items())
    write_page(rows, {"machine": machine, "bounds": bounds, "polling": polls, "crowd": endings}, crowds)


def printed(call: Callable[[], None]) -> str:
    """Return what `call` prints."""
    with redirect_stdout(StringIO()) as text:
        call()
    return text.getvalue()


def measure_bounds() -> str:
    """Return the measurement of the fleet for which limits are promised."""
    bounded = fleet.measure_fleet(fleet.BOUNDED, delay_seconds=fleet.BOUNDED_DELAY_SECONDS)
    about = f"{fleet.BOUNDED} targets, each answer {fleet.BOUNDED_DELAY_SECONDS * 1000:.0f} ms late:"
    return "\n".join([about, fleet.HEADER, fleet.format_fleet(bounded), fleet.format_bounds(bounded)])


def measure(*, is_quick: bool) -> list[Row]:
    """Return all rows, and print on stderr what is being measured."""
    runs = listing.SIZES[:QUICK_SIZES] if is_quick else listing.SIZES
    targets = fleet.GROWING[:QUICK_SIZES] if is_quick else fleet.GROWING
    warm_up()
    rows: list[Row] = []
    for what, part in (
        ("starts", start_rows),
        ("polls", lambda: poll_rows(runs)),
        ("gates by length of the listing", lambda: gate_rows(runs)),
        ("gates by number of targets", lambda: fleet_rows(targets)),
    ):
        sys.stderr.write(f"Measuring {what} ...\n")
        found: Iterable[Row] = part()
        rows += found
    return rows


def warm_up() -> None:
    """Compile all bytecode before measuring."""
    with run_sandbox(run_seconds=1) as sandbox:
        for tool in TOOLS:
            if tool.is_installed:
                run_checked(tool.command_for([1]), {**sandbox.environment, "INTERVAL": "1"})


def describe_machine(seconds: float) -> str:
    """Return where and when the table was measured, and which tools were missing."""
    missing = [command for command in ("valgrind", "curl", "jq", "bash") if shutil.which(command) is None]
    absent = f" Not installed, so not measured: {', '.join(missing)}." if missing else ""
    try:
        with open("/proc/cpuinfo", encoding="ascii") as file:  # noqa: PTH123 - not a path of ours
            models = {line.split(":", 1)[1].strip() for line in file if line.startswith("model name")}
    except OSError:
        models = set()
    return (
        f"Measured in one run of {seconds / 60:.0f} minutes on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores"
        f" ({', '.join(sorted(models)) or platform.machine()}), Python {platform.python_version()}.{absent}"
    )


if __name__ == "__main__":
    main()
