"""The policy and the probes of each target, put together from files, environment and flags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.floor import apply_floor
from probe_gate.domain.limit import DEFAULT, Limit, Origin
from probe_gate.domain.overrides import FIELDS, NO_PART, PolicyPart, SoftFail, build_policy, soft_fail_of
from probe_gate.domain.policy import REST, CategoryMinimum, Loosened, Policy, Waiver
from probe_gate.domain.probes import ALL_PROBES, ProbeChoice
from probe_gate.quick_dataclass import dataclass
from probe_gate.settings.sources import Given, Sources

if TYPE_CHECKING:
    from probe_gate.policy_file import PolicyFile, TargetEntry


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What is to be done with one target."""

    target: Target
    policy: Policy
    probes: ProbeChoice = ALL_PROBES
    probes_origin: Origin = DEFAULT


@dataclass(frozen=True, slots=True)
class Plans:
    """Where the plan of any target comes from."""

    given: PolicyPart = NO_PART
    """By flags and environment: over the policy file, under the floor."""
    probes: Given | None = None
    """By flag or environment."""
    file: PolicyFile | None = None
    floor: PolicyFile | None = None

    @property
    def owner(self) -> PolicyFile | None:
        """The file whose targets and waivers count: the floor when there is one."""
        return self.floor or self.file

    def plan_for(self, target: Target) -> TargetPlan:
        """The plan of a target, whether a file names it or not."""
        entry = _entry(self.owner, target.id)
        probes, probes_origin = self._choose_probes(entry)
        named = Target(target.id, target.name or (entry.name if entry else None))
        return TargetPlan(named, self._build_policy(target.id), probes, probes_origin)

    def _choose_probes(self, entry: TargetEntry | None) -> tuple[ProbeChoice, Origin]:
        # What a floor says of a target's probes cannot be narrowed by the pipeline of the change under test.
        if self.probes is not None and not (self.floor and entry and entry.probes):
            return self.probes.value, self.probes.origin
        if entry is not None and entry.probes is not None:
            return entry.probes, entry.probes_origin
        return ALL_PROBES, DEFAULT

    def _build_policy(self, target_id: int) -> Policy:
        parts = [*_parts(self.file, target_id), self.given]
        policy = build_policy(parts, _waivers(self.file, target_id))
        if self.floor is None:
            return policy
        floor = build_policy(_parts(self.floor, target_id), _waivers(self.floor, target_id))
        policy = apply_floor(policy, floor, soft_fail_of(parts))
        loosened = [*self._loosened_target(target_id), *policy.loosened]
        if self.file is None:
            # What was not set anywhere was not tried either.
            loosened = [one for one in loosened if one.tried_origin != DEFAULT]
        return replace(policy, loosened=tuple(loosened))

    def _loosened_target(self, target_id: int) -> tuple[Loosened, ...]:
        """What the change under test tried with the target itself."""
        kept = _entry(self.floor, target_id)
        if kept is None:
            return ()
        found: list[Loosened] = []
        ours = _entry(self.file, target_id)
        if self.file is not None and self.file.targets and ours is None:
            found.append(Loosened("targets", "not named", Origin(self.file.name), "named", kept.origin))
        if kept.probes is not None:
            tried = (self.probes.value, self.probes.origin) if self.probes else None
            if tried is None and ours is not None and ours.probes is not None:
                tried = (ours.probes, ours.probes_origin)
            if tried is not None and tried[0] != kept.probes:
                found.append(Loosened("probe-ids", str(tried[0]), tried[1], str(kept.probes), kept.probes_origin))
        return tuple(found)


def _entry(file: PolicyFile | None, target_id: int) -> TargetEntry | None:
    return file.entry_of(target_id) if file is not None else None


def _parts(file: PolicyFile | None, target_id: int) -> list[PolicyPart]:
    if file is None:
        return []
    entry = file.entry_of(target_id)
    return [file.part] if entry is None else [file.part, entry.part]


def _waivers(file: PolicyFile | None, target_id: int) -> list[Waiver]:
    return [waiver for waiver in file.waivers if waiver.target in (REST, str(target_id))] if file else []


def read_policy_part(sources: Sources) -> PolicyPart:
    """The policy keys that flags and environment set."""
    limits: dict[str, Limit[Any]] = {}
    for key in FIELDS:
        given = sources.given(key)
        if given is not None:
            limits[key] = Limit(given.value, given.origin)
    softened, categories = sources.given("soft-fail"), sources.given("min-category-score")
    pairs = categories.value if categories else ()
    return PolicyPart(
        limits,
        tuple(CategoryMinimum(name, Limit(score, sources.origin("min-category-score"))) for name, score in pairs),
        SoftFail(softened.value, softened.origin) if softened else None,
    )
