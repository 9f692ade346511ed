"""Which probes a run is to run."""

from __future__ import annotations

from probe_gate.domain.probes import AllProbes, ChosenProbes
from probe_gate.errors import ConfigError
from probe_gate.gate.findings import Findings


async def choose_probes(findings: Findings) -> None:
    """Fills in the probes asked for and why. Raises `ConfigError` when the choice cannot be made."""
    choice = findings.plan.probes
    if isinstance(choice, AllProbes):
        return
    if isinstance(choice, ChosenProbes):
        findings.probe_ids, findings.probe_choice = choice.ids, "chosen by id"
        return
    raise ConfigError(f"Choosing {choice} is not possible yet.", "Give the probes by id.")
