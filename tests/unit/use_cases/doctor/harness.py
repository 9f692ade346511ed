"""Samples for the tests of `doctor`: a healthy target, and what is said of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import build_policy
from probe_gate.domain.probes import ALL_PROBES
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.errors import AuthError, GateError
from probe_gate.use_cases.doctor.findings import Finding
from probe_gate.use_cases.doctor.next_run import GateIntent
from probe_gate.use_cases.doctor.read import TargetReading
from probe_gate.use_cases.doctor.target import diagnose_target

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
DATED = datetime(2026, 11, 24, 6, 4, 51, 120_000, tzinfo=UTC)
POLICY = build_policy([], [])
INTENT = GateIntent(Target(91), ALL_PROBES, POLICY, 2700.0, 5.0, "wait", trusts_unproven=False)
DESCRIPTION = {
    "settings": {"name": "Support bot", "targetPresetId": "chatbot"},
    "connection": {"type": "OPENAI", "config": {"apiKey": "secret"}},
}
TYPES: Sequence[Mapping[str, Any]] = [
    {
        "id": "Chatbot",
        "label": "Public chatbot",
        "details": [
            {"probeId": 1, "isRecommended": True, "weight": "HIGH"},
            {"probeId": 2, "isRecommended": False, "weight": "LOW"},
        ],
    }
]
RUN = Run(7001, "nightly", "COMPLETED", DATED, Counts(190, 10, 0, 200), probes=("A", "B"))
SCORES = Scores(90, {"Security": 90.0, "Custom": None}, 200, 10, DATED)
UNAUTHORIZED = AuthError("The platform answered 401.", "Check the key.", status=401)
FORBIDDEN = AuthError("The platform answered 403.", "Check the workspace.", status=403)


def listing(*runs: Run) -> RunList:
    unfinished = tuple(run for run in runs if not run.state.is_terminal)
    dated = sorted((run for run in runs if run.started_at is not None), key=lambda run: run.id, reverse=True)
    undated = tuple(run for run in runs if run.started_at is None)
    return RunList(complete=True, unfinished=unfinished, newest=tuple(dated), undated=undated, count=len(runs))


def diagnose(
    *runs: Run,
    scores: Scores | GateError = SCORES,
    intent: GateIntent = INTENT,
    description: Mapping[str, Any] | GateError = DESCRIPTION,
    types: Sequence[Mapping[str, Any]] | GateError = TYPES,
) -> dict[str, Finding]:
    """The findings by their ids."""
    reading = TargetReading(Target(91), description, listing(*runs), scores)
    return {one.id: one for one in diagnose_target(reading, types, intent, NOW)}
