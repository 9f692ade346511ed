"""`probe-gate demo`: run the gate against the sandbox, without an account."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate.cli.sandbox import missing_sandbox
from probe_gate.errors import ConfigError

DEMO_SPEED = 4.0
"""How many times faster than the scenario says; a run then takes a few seconds."""
DEMO_DEFAULTS = {
    "PROBE_GATE_MIN_CATEGORY_SCORE": "70",
    "PROBE_GATE_POLL_INTERVAL": "0.5s..2s",
    "PROBE_GATE_SETTLE": "1s",
    "PROBE_GATE_TIMEOUT": "5m",
}
"""Short intervals to match the speed, and a limit on every category so that each scenario can break one."""


FOREIGN_PREFIXES = ("SPLX_", "SPLXAI_", "PROBE_GATE_TARGET_URL")
"""Variables that name another platform than the sandbox, or a target there."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the demo")
    group.add_argument("--scenario", default="passing", metavar="NAME", help="what happens (see --list)")
    group.add_argument("--fault", action="append", default=[], metavar="FAULT", help="what goes wrong (see --list)")
    group.add_argument(
        "--reading", action="append", default=[], metavar="KEY=VALUE[,...]",
        help="what the platform means by its dates and counts (see --list)",
    )  # fmt: skip
    group.add_argument(
        "--speed", type=float, default=DEMO_SPEED, metavar="N", help="how many times faster runs proceed"
    )
    group.add_argument("--list", action="store_true", help="print the scenarios, readings and faults, and exit")


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from probe_gate.cli.gate import gate
    from probe_gate.cli.output import line_writer

    try:
        from probe_gate.sandbox.command import list_text
        from probe_gate.sandbox.server import SandboxServer
    except ImportError as error:
        raise missing_sandbox() from error
    write = line_writer("stdout")
    if arguments.list:
        write(list_text().rstrip("\n"))
        return 0
    try:
        server = SandboxServer(arguments.scenario, arguments.fault, speed=arguments.speed, reading=arguments.reading)
    except (LookupError, ValueError) as error:
        raise ConfigError(str(error.args[0]), "See probe-gate demo --list.") from error
    with server:
        if not arguments.quiet:
            write(f"The sandbox runs at {server.url} (scenario {arguments.scenario}; all its data is made up).")
            write(f"What you see now is what `probe-gate run` does, {arguments.speed:g} times as fast.\n")
        own = {name: value for name, value in environ.items() if not name.startswith(FOREIGN_PREFIXES)}
        environ = {**DEMO_DEFAULTS, **own, **server.environment, "NO_PROXY": "127.0.0.1"}
        return gate("run", arguments, environ, demo_defaults=DEMO_DEFAULTS.keys() - own.keys())
