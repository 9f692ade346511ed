"""Which probes a run is to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from probe_gate.domain.numbers import plural
from probe_gate.domain.plain_text import plain_line
from probe_gate.domain.probes import CHOSEN_BY_ID, AllProbes, ChosenProbes, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.domain.target_values import as_map
from probe_gate.errors import ConfigError
from probe_gate.gate.findings import Findings
from probe_gate.ports import Step

BY_HAND = "choose probes by their ids with --probe-ids 1,2, or leave --probe-ids out to run all of them."
SEE_TYPES = "probe-gate target types shows the types with their probes and risk levels"


async def choose_probes(findings: Findings) -> None:
    """Fills in the probes asked for and why. Raises `ConfigError` when the choice cannot be made or is empty."""
    choice = findings.plan.probes
    if isinstance(choice, AllProbes):
        return
    if isinstance(choice, ChosenProbes):
        findings.probe_ids, findings.probe_choice = choice.ids, CHOSEN_BY_ID
        return
    label, probes = await _probes_of_type(findings)
    if isinstance(choice, RecommendedProbes):
        chosen, why = {probe["probeId"] for probe in probes if probe["isRecommended"]}, "recommended"
    else:
        chosen, why = _choose_by_risk(findings, choice, probes), f"risk at least {choice.least.value}"
    known = len({probe["probeId"] for probe in probes})
    if not chosen:
        raise ConfigError(
            f"The target's type {label} has no {choice}; it lists {plural(known, 'probe')}.",
            f"{SEE_TYPES}; {BY_HAND}",
        )
    findings.probe_ids = tuple(sorted(chosen))
    findings.probe_choice = f"{why} for the target type {label} ({len(chosen)} of its {plural(known, 'probe')})"
    ids = ", ".join(map(str, findings.probe_ids))
    findings.tell(Step.READING, f"Chose {plural(len(chosen), 'probe')}, {why} for the target type {label}: {ids}.")


async def _probes_of_type(findings: Findings) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The name of the target's type, and its probes."""
    plan, targets = findings.plan, findings.ports.targets
    if targets is None:
        raise AssertionError("choosing by type needs the part of the platform that knows types")
    target = await targets.get_target(plan.target.id, plan.deadline)
    type_id = as_map(target.get("settings")).get("targetPresetId")
    if not isinstance(type_id, str) or not type_id.strip():
        raise ConfigError(
            f"Target {plan.target.id} has no target type, by which {plan.probes} could be chosen.",
            f"Set its type on the platform (targetPresetId in a target file), or {BY_HAND}",
        )
    types = await targets.list_target_types(plan.deadline)
    wanted = type_id.strip().casefold()
    for one in types:
        if str(one.get("id", "")).strip().casefold() == wanted:
            return plain_line(str(one.get("label", "")), 80) or plain_line(type_id, 80), one["details"]
    raise ConfigError(
        f"The type of target {plan.target.id} ({plain_line(type_id, 80)}) is not among the "
        f"{plural(len(types), 'type')} that the platform lists.",
        f"{SEE_TYPES}. Set another type, or {BY_HAND}",
    )


def _choose_by_risk(findings: Findings, choice: ProbesByRisk, probes: Sequence[Mapping[str, Any]]) -> set[int]:
    """The probes of at least that risk. One whose level is an unknown word may be as grave as any: it is chosen."""
    ranks = {level.value: level.rank for level in RiskLevel}
    chosen: set[int] = set()
    unknown: set[str] = set()
    for probe in probes:
        word = str(probe["weight"]).strip()
        rank = ranks.get(word.casefold())
        if rank is None:
            unknown.add(plain_line(word, 40) or "(blank)")
        if rank is None or rank >= choice.least.rank:
            chosen.add(probe["probeId"])
    if unknown:
        findings.note(f"Probes with an unknown risk level ({', '.join(sorted(unknown)[:5])}) are run too.")
    return chosen
