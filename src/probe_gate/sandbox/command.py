"""`probe-gate sandbox`: the sandbox as a process.

The server is imported only when it is needed, so that `--help` and `--list` are fast, and work without the extra.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import textwrap
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.errors import EXIT_CODES, Outcome

if TYPE_CHECKING:
    from probe_gate.sandbox.fault_kinds import FaultKind
    from probe_gate.sandbox.server import SandboxServer

DEFAULT_PORT = 8710
_WIDTH = 120
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CONFIG_ERROR = EXIT_CODES[Outcome.CONFIG_ERROR]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    add = parser.add_argument
    add(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        metavar="PORT",
        help=f"port on loopback (default: {DEFAULT_PORT}); 0 chooses a free one",
    )
    add("--scenario", default="passing", metavar="NAME", help="what happens to the runs (see --list)")
    add(
        "--fault", action="append", default=[], metavar="FAULT",
        help="NAME[=VALUE][@WHERE][:WHEN], such as dropped-response or 503@list:2; may be repeated (see --list)",
    )  # fmt: skip
    add(
        "--reading", action="append", default=[], metavar="KEY=VALUE[,...]",
        help="what the platform means by its dates and counts, such as executed=end,lag=30s; may be repeated (see --list)",
    )  # fmt: skip
    add("--speed", type=float, default=1.0, metavar="N", help="how many times faster runs progress")
    add("--seed", type=int, default=0, metavar="N", help="seed for faults that occur by chance")
    add("--state", type=Path, default=None, metavar="FILE", help="keep targets and runs in this file")
    add("--history", type=int, default=None, metavar="N", help="number of finished runs of each target at the start")
    add("--targets", type=int, default=5, metavar="N", help="number of targets at the start")
    add("--not-found", type=int, default=403, metavar="STATUS", help="status code for unknown targets and runs")
    add(
        "--strict",
        action="store_true",
        help="also enforce limits that the API description only mentions, such as rates over 3000",
    )
    add("--echo-secrets", action="store_true", help="show the secrets of targets instead of masking them")
    add("--etag", action="store_true", help="send an ETag with run lists")
    add("--list", action="store_true", help="print scenarios, readings and faults, and exit")


def main(args: argparse.Namespace, fault_kinds: Mapping[str, FaultKind] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit code: 0, or 2 if the sandbox cannot start.

    `fault_kinds` replaces the default kinds of faults.
    """
    if args.list:
        sys.stdout.write(list_text(fault_kinds))
        return 0
    if not hasattr(signal, "sigwait"):  # Windows
        return _serve(args, fault_kinds)
    # Blocked before any thread starts, so that all of them leave the two signals to `sigwait`.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        return _serve(args, fault_kinds)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(args: argparse.Namespace, fault_kinds: Mapping[str, FaultKind] | None) -> int:
    from probe_gate.sandbox.fault_kinds import FAULT_KINDS
    from probe_gate.sandbox.server import SandboxServer

    try:
        server = SandboxServer(
            args.scenario,
            args.fault,
            port=args.port,
            speed=args.speed,
            seed=args.seed,
            state_file=args.state,
            history=args.history,
            targets=args.targets,
            not_found=args.not_found,
            strict=args.strict,
            echo_secrets=args.echo_secrets,
            etag=args.etag,
            reading=args.reading,
            fault_kinds=fault_kinds or FAULT_KINDS,
        )
        server.start()
    except (LookupError, ValueError) as error:
        sys.stderr.write(f"{error.args[0]} See probe-gate sandbox --list.\n")
        return _CONFIG_ERROR
    except OSError as error:
        sys.stderr.write(f"{_explain_os_error(error, args)}\n")
        return _CONFIG_ERROR
    try:
        sys.stdout.write(banner_text(server, args.scenario))
        sys.stdout.flush()
        _wait_for_a_signal()
    finally:
        server.stop()
    return 0


def _explain_os_error(error: OSError, args: argparse.Namespace) -> str:
    if error.filename:
        return f"The file {args.state} cannot be used: {error.strerror}. Choose another with --state."
    why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
    return f"Port {args.port} {why}. Choose another with --port, or --port 0 for any free one."


def _wait_for_a_signal() -> None:
    """Wait for SIGINT or SIGTERM; on Windows, for Ctrl-C or Ctrl-Break."""
    if hasattr(signal, "sigwait"):
        signal.sigwait(_STOP_SIGNALS)
        return
    stopped = threading.Event()
    for number in (*_STOP_SIGNALS, getattr(signal, "SIGBREAK", signal.SIGINT)):
        signal.signal(number, lambda _number, _frame: stopped.set())
    while not stopped.wait(0.5):  # on Windows, a wait without a timeout would block the handler
        pass


def banner_text(server: SandboxServer, scenario: str) -> str:
    """Return the text that is printed when the sandbox is ready."""
    exports = "\n".join(f"export {name}={value}" for name, value in server.environment.items())
    reading = str(server.platform.engine.scenario.reading)
    means = f", reading {reading}" if reading else ""
    return (
        f"The sandbox is ready at {server.url} (scenario {scenario}{means}; all data is made up). In another shell:\n\n"
        f"{exports}\n"
        "probe-gate run\n\n"
        f"Its API: {server.url}/openapi.json   Current state: {server.url}/sandbox\n"
        "Ctrl-C stops it.\n"
    )


def list_text(fault_kinds: Mapping[str, FaultKind] | None = None) -> str:
    """Return a description of the scenarios, readings and faults."""
    from probe_gate.sandbox.fault_kinds import FAULT_KINDS
    from probe_gate.sandbox.faults import SYNTAX
    from probe_gate.sandbox.readings import EXAMPLE, KEYS, VALUES
    from probe_gate.sandbox.scenarios import SCENARIOS

    scenarios = {name: scenario.summary for name, scenario in SCENARIOS.items()}
    faults = {
        name: kind.summary + (f" VALUE is {kind.value} unless given." if kind.value else "")
        for name, kind in (fault_kinds or FAULT_KINDS).items()
    }
    readings = {name: key.kind.expected for name, key in KEYS.items()}
    return (
        f"Scenarios\n{_table(scenarios)}\nReadings, such as --reading {EXAMPLE} (docs/sandbox.md explains each)\n"
        f"{_table(readings)}\n{textwrap.indent(VALUES, '  ')}\n\nFaults\n{_table(faults)}\n{textwrap.indent(SYNTAX, '  ')}\n"
    )


def _table(lines: dict[str, str]) -> str:
    width = max(map(len, lines))
    return "".join(
        textwrap.fill(text, _WIDTH, initial_indent=f"  {name:<{width}}  ", subsequent_indent=" " * (width + 4)) + "\n"
        for name, text in lines.items()
    )
