#!/usr/bin/env python3
"""Write docs/policy.schema.json, which editors load by its address.

Run it after a change to src/probe_gate/files/policy_model.py. A test fails if the file differs from its output.
"""

from __future__ import annotations

from pathlib import Path

from probe_gate.files.policy_model import policy_schema_text

FILE = Path(__file__).resolve().parent.parent / "docs" / "policy.schema.json"


def main() -> None:
    FILE.write_text(policy_schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
