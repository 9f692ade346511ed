"""Which probes a run is to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.formatting import plural
from probe_gate.domain.probes import CHOSEN_BY_ID, AllProbes, ChosenProbes, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError
from probe_gate.use_cases.context import TargetContext
from probe_gate.use_cases.ports import Step

BY_HAND = "choose probes by their ids with --probe-ids 1,2, or leave --probe-ids out to run all of them."
SEE_TYPES = "probe-gate target types shows the types with their probes and risk levels"


@dataclass(frozen=True, slots=True)
class SelectedProbes:
    """The probes to ask for."""

    ids: tuple[int, ...] | None = None
    """None: all that are configured."""
    why: str = ""
    """Why these, in words."""


async def select_probes(context: TargetContext) -> SelectedProbes:
    """Return the probes to ask for.

    Raises:
        ConfigError: The choice cannot be made, or no probe is left.
    """
    choice = context.plan.probes
    if isinstance(choice, AllProbes):
        return SelectedProbes()
    if isinstance(choice, ChosenProbes):
        return SelectedProbes(choice.ids, CHOSEN_BY_ID)
    label, probes = await _probes_of_type(context)
    if isinstance(choice, RecommendedProbes):
        chosen, why = {probe["probeId"] for probe in probes if probe["isRecommended"]}, "recommended"
    else:
        chosen, why = _choose_by_risk(context, choice, probes), f"risk at least {choice.least.value}"
    known = len({probe["probeId"] for probe in probes})
    if not chosen:
        raise ConfigError(
            f"The target's type {label} has no {choice}; it lists {plural(known, 'probe')}.",
            f"{SEE_TYPES}; {BY_HAND}",
        )
    ids = tuple(sorted(chosen))
    listed = ", ".join(map(str, ids))
    context.report(Step.READING, f"Chose {plural(len(chosen), 'probe')}, {why} for the target type {label}: {listed}.")
    return SelectedProbes(ids, f"{why} for the target type {label} ({len(chosen)} of its {plural(known, 'probe')})")


async def _probes_of_type(context: TargetContext) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Return the name of the target's type, and its probes."""
    plan, platform = context.plan, context.platform
    target = await platform.get_target(plan.target.id, plan.deadline)
    settings = target.get("settings")
    type_id = settings.get("targetPresetId") if isinstance(settings, Mapping) else None
    if not isinstance(type_id, str) or not type_id.strip():
        raise ConfigError(
            f"Target {plan.target.id} has no target type, by which {plan.probes} could be chosen.",
            f"Set its type on the platform (targetPresetId in a target file), or {BY_HAND}",
        )
    types = await platform.list_target_types(plan.deadline)
    wanted = type_id.strip().casefold()
    for one in types:
        if str(one.get("id", "")).strip().casefold() == wanted:
            return plain_line(str(one.get("label", "")), 80) or plain_line(type_id, 80), one["details"]
    raise ConfigError(
        f"The type of target {plan.target.id} ({plain_line(type_id, 80)}) is not among the "
        f"{plural(len(types), 'type')} that the platform lists.",
        f"{SEE_TYPES}. Set another type, or {BY_HAND}",
    )


def _choose_by_risk(context: TargetContext, choice: ProbesByRisk, probes: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the probes of at least that risk. One whose level is an unknown word may be as severe as any: it is chosen."""
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
        context.note(f"Probes with an unknown risk level ({', '.join(sorted(unknown)[:5])}) are run too.")
    return chosen
