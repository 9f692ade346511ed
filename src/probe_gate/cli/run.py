"""`probe-gate run`: the gate."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate.errors import ConfigError


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beside the declared options."""


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from probe_gate.cli.gate import gate  # the help need not wait for it

    return gate("run", arguments, environ)


def refuse(error: ConfigError, environ: Mapping[str, str]) -> int:
    from probe_gate.cli.gate import refuse as end

    return end(error, environ)
