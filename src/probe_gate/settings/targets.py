"""Which targets are gated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_gate.domain.suggestions import did_you_mean_id
from probe_gate.settings.plans import Plans
from probe_gate.settings.sources import Given, Sources

if TYPE_CHECKING:
    from probe_gate.files.policy_file import PolicyFile

NEED_TARGET = frozenset({"run", "check", "runs list", "target show", "target delete"})

MISSING = (
    "--target-id: required; give it or SPLX_TARGET_ID (the number behind /target/ in the address of the target's page)"
)


def choose_targets(sources: Sources, plans: Plans) -> tuple[int, ...]:
    """The ids to gate, ascending; what is wrong with the choice goes to the problems."""
    given = sources.given("target-id")
    owner = plans.owner
    if sources.given("target-file") is not None:
        return ()
    if owner is not None and owner.targets:
        ids = tuple(sorted(entry.id for entry in owner.targets))
        return ids if given is None else _choose_of_file(sources, given, ids, owner)
    if given is not None:
        return tuple(given.value)
    if sources.command in NEED_TARGET and not sources.is_wrong("target-id"):
        or_file = ", or list targets in the policy file" if sources.takes("policy") else ""
        sources.missing.append(MISSING + or_file)
    return ()


def _choose_of_file(sources: Sources, given: Given, ids: tuple[int, ...], owner: PolicyFile) -> tuple[int, ...]:
    named: tuple[int, ...] = given.value
    if not given.by_flag and named != ids:
        sources.problems.append(
            f"{given.origin}: {_listed(named)} differs from the targets of {owner.name} ({_listed(ids)}); "
            "unset it, or pick targets with --target-id"
        )
    elif unknown := [one for one in named if one not in ids]:
        hints = [f"{one} is not among the targets of {owner.name}{did_you_mean_id(one, ids)}" for one in unknown]
        sources.problems.extend(f"{given.origin}: {hint}" for hint in hints[:10])
    return named


def _listed(ids: tuple[int, ...]) -> str:
    text = ",".join(map(str, ids[:10]))
    return f"{text} and {len(ids) - 10} more" if len(ids) > 10 else text


def check_choice(sources: Sources, ids: tuple[int, ...]) -> None:
    """What only goes with one target, or not at all with another option."""
    test_run, target_file = sources.given("test-run-id"), sources.given("target-file")
    shard = sources.given("shard")
    if shard is not None and target_file is not None:
        sources.problems.append(
            f"{shard.origin}: a target file is about one target, which has no parts, so {target_file.origin} cannot go "
            "with it"
        )
    if test_run is None:
        return
    if target_file is not None:
        sources.problems.append(
            f"{test_run.origin}: a run that exists is gated as it is, so {target_file.origin} cannot go with it"
        )
    elif len(ids) > 1:
        sources.problems.append(
            f"{test_run.origin}: a run belongs to one target, and {len(ids)} are given; name its target with --target-id"
        )
