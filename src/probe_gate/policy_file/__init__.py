"""The policy file: text to values, with lines for messages, and its JSON Schema, both from one model."""

from __future__ import annotations

from probe_gate.policy_file.read import read_policy_file
from probe_gate.policy_file.values import PolicyFile, TargetEntry

__all__ = ["PolicyFile", "TargetEntry", "read_policy_file"]
