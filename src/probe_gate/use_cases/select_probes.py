"""Which probes a run is to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.formatting import plural
from probe_gate.domain.probes import (
    CHOSEN_BY_ID,
    AllProbes,
    ChosenProbes,
    ProbeChoice,
    ProbesByRisk,
    RecommendedProbes,
    RiskLevel,
)
from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError
from probe_gate.use_cases.context import TargetContext
from probe_gate.use_cases.ports import Step

USE_PROBE_IDS = "choose probes by their ids with --probe-ids 1,2, or leave --probe-ids out to run all of them."
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
    plan, platform = context.plan, context.platform
    type_id = _type_id_of(plan.target.id, choice, await platform.get_target(plan.target.id, plan.deadline))
    label, probes = _find_type(plan.target.id, type_id, await platform.list_target_types(plan.deadline))
    chosen = _choose_by_type(choice, label, probes)
    if chosen.unknown_levels:
        context.note(f"Probes with an unknown risk level ({', '.join(chosen.unknown_levels[:5])}) are run too.")
    listed = ", ".join(map(str, chosen.ids))
    context.report(
        Step.READING,
        f"Selected {plural(len(chosen.ids), 'probe')}, {chosen.criterion} for the target type {label}: {listed}.",
    )
    return SelectedProbes(chosen.ids, chosen.why)


def check_probe_choice(
    target_id: int,
    choice: RecommendedProbes | ProbesByRisk,
    target: Mapping[str, Any],
    types: Sequence[Mapping[str, Any]],
) -> SelectedProbes:
    """Return the probes that a choice by the target's type comes to.

    Args:
        target_id: The target's id, for messages.
        choice: The choice.
        target: The target as the platform describes it.
        types: The target types as the platform lists them.

    Raises:
        ConfigError: The choice cannot be made, or no probe is left.
    """
    label, probes = _find_type(target_id, _type_id_of(target_id, choice, target), types)
    chosen = _choose_by_type(choice, label, probes)
    return SelectedProbes(chosen.ids, chosen.why)


@dataclass(frozen=True, slots=True)
class _ChosenByType:
    ids: tuple[int, ...]
    criterion: str
    why: str
    unknown_levels: tuple[str, ...] = ()


def _choose_by_type(
    choice: RecommendedProbes | ProbesByRisk, label: str, probes: Sequence[Mapping[str, Any]]
) -> _ChosenByType:
    unknown: tuple[str, ...] = ()
    if isinstance(choice, RecommendedProbes):
        chosen, criterion = {probe["probeId"] for probe in probes if probe["isRecommended"]}, "recommended"
    else:
        (chosen, unknown), criterion = _choose_by_risk(choice, probes), f"risk at least {choice.least.value}"
    known = len({probe["probeId"] for probe in probes})
    if not chosen:
        raise ConfigError(
            f"The target's type {label} has no {choice}; it lists {plural(known, 'probe')}.",
            f"{SEE_TYPES}; {USE_PROBE_IDS}",
        )
    why = f"{criterion} for the target type {label} ({len(chosen)} of its {plural(known, 'probe')})"
    return _ChosenByType(tuple(sorted(chosen)), criterion, why, unknown)


def _type_id_of(target_id: int, choice: ProbeChoice, target: Mapping[str, Any]) -> str:
    settings = target.get("settings")
    type_id = settings.get("targetPresetId") if isinstance(settings, Mapping) else None
    if not isinstance(type_id, str) or not type_id.strip():
        raise ConfigError(
            f"Target {target_id} has no target type, so {choice} cannot be selected.",
            f"Set its type on the platform (targetPresetId in a target file), or {USE_PROBE_IDS}",
        )
    return type_id


def _find_type(
    target_id: int, type_id: str, types: Sequence[Mapping[str, Any]]
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Return the name of the target's type, and its probes."""
    wanted = type_id.strip().casefold()
    for one in types:
        if str(one.get("id", "")).strip().casefold() == wanted:
            return plain_line(str(one.get("label", "")), 80) or plain_line(type_id, 80), one["details"]
    raise ConfigError(
        f"The type of target {target_id} ({plain_line(type_id, 80)}) is not among the "
        f"{plural(len(types), 'type')} that the platform lists.",
        f"{SEE_TYPES}. Set another type, or {USE_PROBE_IDS}",
    )


def _choose_by_risk(choice: ProbesByRisk, probes: Sequence[Mapping[str, Any]]) -> tuple[set[int], tuple[str, ...]]:
    """Return the probes of at least that risk, and the unknown risk levels.

    A probe of an unknown level may be as severe as any, so it is chosen.
    """
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
    return chosen, tuple(sorted(unknown))
