"""`probe-gate sandbox`: serve the sandbox on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate import home
from probe_gate.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    try:
        from probe_gate.sandbox.command import add_arguments as add
    except ImportError as error:
        raise missing_sandbox() from error
    add(parser)


def main(arguments: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from probe_gate.sandbox.command import main as serve

    try:
        return serve(arguments)
    except ModuleNotFoundError as error:
        raise missing_sandbox() from error


def missing_sandbox() -> ConfigError:
    """Return the error for an installation without the sandbox, such as the container image."""
    install = (
        "pip install 'probe-gate[sandbox]'" if home.OWNER else "from a checkout of probe-gate, pip install '.[sandbox]'"
    )
    return ConfigError("The sandbox is an optional extra and is not installed.", f"Install it: {install}")
