"""The target file: text to the state that a target is to be in, with lines for messages."""

from __future__ import annotations

from probe_gate.target_file.read import read_target_file
from probe_gate.target_file.values import TargetFile

__all__ = ["TargetFile", "read_target_file"]
