"""`probe-gate policy schema`: prints the JSON Schema of policy files, for editors."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beside the declared options."""


def main(_arguments: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from probe_gate.files.policy_model import policy_schema

    sys.stdout.write(json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
