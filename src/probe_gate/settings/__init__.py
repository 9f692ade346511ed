"""Typed settings from options, environment and files, each with its origin, or an error with all problems.

Importing this package must stay cheap: modules that only some commands need are imported on demand.
"""

from __future__ import annotations

from probe_gate.settings.api_key import MissingKeyError
from probe_gate.settings.policies import Plans, TargetPlan
from probe_gate.settings.read import read_job_key, read_output_settings, read_settings, read_verbose
from probe_gate.settings.resolve import flags_from
from probe_gate.settings.values import (
    Connection,
    OutputSettings,
    ReportSettings,
    RunSettings,
    Secret,
    Settings,
)

__all__ = [
    "Connection",
    "MissingKeyError",
    "OutputSettings",
    "Plans",
    "ReportSettings",
    "RunSettings",
    "Secret",
    "Settings",
    "TargetPlan",
    "flags_from",
    "read_job_key",
    "read_output_settings",
    "read_settings",
    "read_verbose",
]
