"""`probe-gate target update FILE`: brings a target that exists to the state of a file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate.cli.target_apply import add_arguments, apply_file

__all__ = ["add_arguments", "main"]


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return apply_file("target update", arguments, environ)
