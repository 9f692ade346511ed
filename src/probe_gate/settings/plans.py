"""The policy and the probes of each target, put together from files, environment and flags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import (
    DEFAULT,
    FIELDS,
    NO_PART,
    REST,
    CategoryMinimum,
    Limit,
    Origin,
    Overrides,
    Policy,
    PolicyPart,
    RejectedOverride,
    SoftFail,
    Waiver,
    build_layers,
    build_policy,
)
from probe_gate.domain.probes import ALL_PROBES, ProbeChoice
from probe_gate.settings.sources import Given, Sources

if TYPE_CHECKING:
    from probe_gate.files.policy_file import PolicyFile, TargetEntry


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What is to be done with one target."""

    target: Target
    policy: Policy
    """The base policy where there is one."""
    overrides: Overrides | None = None
    """What is laid over the base policy; None where there is none."""
    probes: ProbeChoice = ALL_PROBES
    probes_origin: Origin = DEFAULT


@dataclass(frozen=True, slots=True)
class Plans:
    """Where the plan of any target comes from."""

    given: PolicyPart = NO_PART
    """By flags and environment."""
    probes: Given | None = None
    """By flag or environment."""
    file: PolicyFile | None = None
    base: PolicyFile | None = None
    """The base policy: what the change under test cannot edit."""

    @property
    def owner(self) -> PolicyFile | None:
        """The file whose targets and waivers count: the base policy when there is one."""
        return self.base or self.file

    def plan_for(self, target: Target) -> TargetPlan:
        """The plan of a target, whether a file names it or not."""
        entry = _entry(self.owner, target.id)
        probes, probes_origin = self._choose_probes(entry)
        named = Target(target.id, target.name or (entry.name if entry else None))
        policy, overrides = self._build_policies(target.id)
        if overrides is not None:
            rejected = (*self._find_rejected(target.id, probes, probes_origin), *overrides.rejected)
            overrides = replace(overrides, rejected=rejected)
        return TargetPlan(named, policy, overrides, probes, probes_origin)

    def _choose_probes(self, entry: TargetEntry | None) -> tuple[ProbeChoice, Origin]:
        # The pipeline of the change under test cannot narrow the probes that a base policy names.
        if self.probes is not None and not (self.base and entry and entry.probes):
            return self.probes.value, self.probes.origin
        if entry is not None and entry.probes is not None:
            return entry.probes, entry.probes_origin
        return ALL_PROBES, DEFAULT

    def _build_policies(self, target_id: int) -> tuple[Policy, Overrides | None]:
        parts, waivers = _parts(self.file, target_id), _waivers(self.file, target_id)
        if self.base is None:
            return build_policy([*parts, self.given], waivers), None
        return build_layers(
            _parts(self.base, target_id),
            parts,
            self.given,
            waivers=_waivers(self.base, target_id),
            change_waivers=waivers,
        )

    def _find_rejected(self, target_id: int, probes: ProbeChoice, origin: Origin) -> Iterator[RejectedOverride]:
        """Yield what change and pipeline ask of the target itself and do not get."""
        kept, ours = _entry(self.base, target_id), _entry(self.file, target_id)
        if kept is not None and self.file is not None and self.file.targets and ours is None:
            yield RejectedOverride("targets", "not listed", Origin(self.file.name), "listed", kept.origin)
        requested = [(ours.probes, ours.probes_origin)] if ours and ours.probes else []
        requested += [(self.probes.value, self.probes.origin)] if self.probes else []
        for choice, requested_origin in requested:
            if choice != probes:
                yield RejectedOverride("probe-ids", str(choice), requested_origin, str(probes), origin)


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
