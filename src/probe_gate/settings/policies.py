"""Policy files, and the policy and probes of each target, combined from files, environment and flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.parsing import quoted
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
from probe_gate.domain.suggestions import did_you_mean_id
from probe_gate.errors import ConfigError
from probe_gate.options import DEFAULT_POLICY_FILE
from probe_gate.settings.files import ReadFile, describe_read_error
from probe_gate.settings.resolve import Given, Sources

if TYPE_CHECKING:
    from probe_gate.files.policy_file import PolicyFile, TargetEntry


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """How one target is gated."""

    target: Target
    policy: Policy
    """The base policy if there is one."""
    overrides: Overrides | None = None
    """Overrides of the base policy; None without a base policy."""
    probes: ProbeChoice = ALL_PROBES
    probes_origin: Origin = DEFAULT


@dataclass(frozen=True, slots=True)
class Plans:
    """What the plan of any target is built from."""

    given: PolicyPart = NO_PART
    """From flags and environment."""
    probes: Given | None = None
    """From a flag or the environment."""
    file: PolicyFile | None = None
    base: PolicyFile | None = None
    """The base policy, which the change under test cannot edit."""

    @property
    def owner(self) -> PolicyFile | None:
        """The file whose targets and waivers apply: the base policy if there is one."""
        return self.base or self.file

    def plan_for(self, target: Target) -> TargetPlan:
        """Return the plan of a target, which need not be in any file."""
        entry = _entry(self.owner, target.id)
        probes, probes_origin = self._choose_probes(entry)
        named = Target(target.id, target.name or (entry.name if entry else None))
        policy, overrides = self._build_policies(target.id)
        if overrides is not None:
            rejected = (*self._find_rejected(target.id, probes, probes_origin), *overrides.rejected)
            overrides = replace(overrides, rejected=rejected)
        return TargetPlan(named, policy, overrides, probes, probes_origin)

    def _choose_probes(self, entry: TargetEntry | None) -> tuple[ProbeChoice, Origin]:
        # the pipeline of the change under test cannot reduce the probes of a base policy
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
        """Yield the overrides of the target itself, by change or pipeline, that are rejected."""
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
    """Return the policy keys that flags and environment set."""
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


MISNAMED = (".probe-gate.yaml", "probe-gate.yml", "probe-gate.yaml", ".probegate.yml", ".probe_gate.yml")
"""Common wrong names of the file; ignoring one silently would run a gate without its policy."""

MAX_BYTES = 1024 * 1024

RepositoryPath = Callable[[Path], str]
"""Returns the path of a file from the root of its repository."""


def read_policies(
    sources: Sources,
    read_file: ReadFile,
    today: date,
    *,
    default_policy: bool = True,
    repository_path: RepositoryPath = str,
) -> tuple[PolicyFile | None, PolicyFile | None]:
    """Return the policy file and the base policy. Each is None if there is none, or if it has problems.

    Problems are added to `sources`.
    """
    if not sources.takes("policy"):
        return None, None
    named, base = sources.given("policy"), sources.given("policy-floor")
    if named is None and default_policy and not sources.is_wrong("policy"):
        file = _read_default(sources, read_file, today, repository_path)
    else:
        file = _read_named(named, sources, read_file, today, repository_path)
    return file, _read_named(base, sources, read_file, today, repository_path)


def _read_named(
    given: Given | None, sources: Sources, read_file: ReadFile, today: date, repository_path: RepositoryPath
) -> PolicyFile | None:
    if given is None:
        return None
    try:
        return _read(given.value, sources, read_file, today, repository_path)
    except FileNotFoundError:
        sources.problems.append(f"{given.origin}: {quoted(str(given.value))}: there is no such file")
    return None


def _read_default(
    sources: Sources, read_file: ReadFile, today: date, repository_path: RepositoryPath
) -> PolicyFile | None:
    try:
        return _read(Path(DEFAULT_POLICY_FILE), sources, read_file, today, repository_path)
    except FileNotFoundError:
        for name in MISNAMED:
            if _is_there(Path(name), read_file):
                sources.problems.append(
                    f"{name}: a policy file with this name is not read automatically; "
                    f"rename it to {DEFAULT_POLICY_FILE}, or give it with --policy"
                )
    return None


def _is_there(path: Path, read_file: ReadFile) -> bool:
    try:
        read_file(path, MAX_BYTES)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return True


def _read(
    path: Path, sources: Sources, read_file: ReadFile, today: date, repository_path: RepositoryPath
) -> PolicyFile | None:
    """Return the file, or None if it has problems.

    Raises:
        FileNotFoundError: There is no such file.
    """
    try:
        data = read_file(path, MAX_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        sources.problems.append(f"{quoted(str(path))}: {describe_read_error(error)}")
        return None
    except ValueError as error:
        sources.problems.append(f"{quoted(str(path))}: {error}")
        return None
    from probe_gate.files.policy_file import parse_policy_file

    try:
        file = parse_policy_file(data, str(path), today, repository_path=repository_path(path))
        return replace(file, sha256=sha256(data).hexdigest())
    except ConfigError as error:
        sources.problems.extend(error.problems)
    return None


NEED_TARGET = frozenset({"run", "check", "doctor", "runs list", "target show", "target delete"})

MISSING = (
    "--target-id: required; give it or SPLX_TARGET_ID (the number behind /target/ in the address of the target's page), "
    "or that address with --target-url or PROBE_GATE_TARGET_URL"
)


def choose_targets(sources: Sources, plans: Plans) -> tuple[int, ...]:
    """Return the IDs of the targets to gate, ascending. Problems are added to `sources`."""
    given = sources.given("target-id")
    owner = plans.owner
    if sources.given("target-file") is not None:
        return ()
    if owner is not None and owner.targets:
        ids = tuple(sorted(entry.id for entry in owner.targets))
        return ids if given is None else _choose_of_file(sources, given, ids, owner)
    if given is not None:
        return tuple(given.value)
    is_wrong = sources.is_wrong("target-id") or sources.is_wrong("target-url")
    if sources.command in NEED_TARGET and not is_wrong:
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
    """Add problems for options that cannot be combined with each other or with several targets."""
    test_run, target_file = sources.given("test-run-id"), sources.given("target-file")
    shard = sources.given("shard")
    if shard is not None and target_file is not None:
        sources.problems.append(
            f"{shard.origin}: a target file is for one target, which cannot be split; it cannot be combined with "
            f"{target_file.origin}"
        )
    if test_run is None:
        return
    if target_file is not None:
        sources.problems.append(
            f"{test_run.origin}: an existing run is gated as it is; it cannot be combined with {target_file.origin}"
        )
    elif len(ids) > 1:
        sources.problems.append(
            f"{test_run.origin}: a run belongs to one target, but {len(ids)} are given; give its target with --target-id"
        )
