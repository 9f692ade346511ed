"""`probe-gate run`: the gate."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate.cli.gate import gate, refuse

__all__ = ["add_arguments", "main", "refuse"]


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beside the declared options."""


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return gate("run", arguments, environ)
