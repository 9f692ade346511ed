"""`probe-gate sandbox`: serve the embedded platform on loopback."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    try:
        from probe_gate.sandbox.command import add_arguments as add
    except ImportError as error:
        raise missing_sandbox() from error
    add(parser)


def main(arguments: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from probe_gate.sandbox.command import main as serve

    return serve(arguments)


def missing_sandbox() -> ConfigError:
    """Return the error for an installation without the sandbox, such as the container image."""
    return ConfigError("The sandbox is not installed.", "Install it with: pip install 'probe-gate[sandbox]'")
