"""Parser of policy files, which reports all problems of a file at once.

`policy_model` validates single values; relations between values are checked here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from probe_gate.domain.formatting import plural
from probe_gate.domain.page_address import PageAddress
from probe_gate.domain.parsing import quoted
from probe_gate.domain.policy import (
    DEFAULT,
    FIELDS,
    NO_PART,
    REST,
    CategoryMinimum,
    Limit,
    Origin,
    PolicyPart,
    SoftFail,
    Waiver,
)
from probe_gate.domain.probes import ProbeChoice
from probe_gate.domain.suggestions import did_you_mean, did_you_mean_id
from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError
from probe_gate.files.located_yaml import LocatedDict, LocatedList, Scalar, key_place, load_located
from probe_gate.files.policy_model import (
    Located,
    PolicyDocument,
    PolicySection,
    TargetSection,
    parse_check,
    parse_page,
    parse_target_id,
    parse_waiver_target,
)
from probe_gate.files.problems import TOP, Place, Problems, field_at, model_at, names_of

HINT = "probe-gate policy validate checks the file without the network."

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """A target in the policy file."""

    id: int
    origin: Origin
    name: str | None = None
    probes: ProbeChoice | None = None
    probes_origin: Origin = DEFAULT
    part: PolicyPart = NO_PART
    """The limits that differ for this target."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The content of a policy file."""

    name: str
    """The path as given."""
    part: PolicyPart = NO_PART
    """The limits for every target."""
    targets: tuple[TargetEntry, ...] = ()
    """Ascending by ID, without duplicates."""
    waivers: tuple[Waiver, ...] = ()
    pages: tuple[tuple[PageAddress, Origin], ...] = ()
    """The addresses of pages that stand for ids. Whether they are pages of this platform is not checked yet."""
    sha256: str = ""
    """The hash of the file's content, in hex."""

    def entry_of(self, target_id: int) -> TargetEntry | None:
        """Return the target's entry, or None if the file does not name it."""
        position = bisect_left(self.targets, target_id, key=lambda entry: entry.id)
        found = self.targets[position : position + 1]
        return found[0] if found and found[0].id == target_id else None


def parse_policy_file(data: bytes, name: str, today: date, *, repository_path: str | None = None) -> PolicyFile:
    """Parse a policy file.

    Args:
        data: The content of the file.
        name: Its path for messages.
        today: The day in UTC, for the maximum duration of waivers.
        repository_path: Its path from the root of the repository, for reports that refer to its lines.

    Raises:
        ConfigError: With all problems of the file in `problems`, each with file, line and column.
    """
    problems = Problems(name, repository_path)
    root = load_located(data, problems)
    document = None
    if root is not None:
        document = _validate(root, problems, today)
        _check_between(root, problems)
    elif not problems:
        problems.add(TOP, "the file is empty; start with the line version: 1")
    if document is None or problems:
        raise ConfigError(f"{plural(len(problems), 'problem')} in {plain_line(name)}.", HINT, problems.lines())
    return replace(_build(document, problems), pages=tuple(_pages(root, problems)))


def _validate(root: Any, problems: Problems, today: date) -> PolicyDocument | None:
    try:
        return PolicyDocument.model_validate(root, context={"today": today})
    except ValidationError as error:
        for one in error.errors(include_url=False):
            problems.add(_place_of(one, root), partial(_describe, one))
    return None


def _place_of(error: ErrorDetails, root: Any) -> Place:
    """Return the place of a validation error: an unknown key or an invalid value."""
    if error["type"] == "extra_forbidden":
        return key_place(root, error["loc"])
    place: Place = error.get("ctx", {}).get("place", error["input"].place)
    return place


def _describe(error: ErrorDetails) -> str:
    """Return the message for a validation error."""
    value, context, path = error["input"], error.get("ctx", {}), error["loc"]
    match error["type"]:
        case "extra_forbidden":
            known = names_of(model_at(PolicyDocument, path[:-1]))
            name = str(path[-1])
            return f"{quoted(name)} is not a key here{did_you_mean(name, known)}"
        case "missing":
            field = field_at(PolicyDocument, path)
            return f"{path[-1]} is missing here: {field.description}"
        case "model_type":
            model = model_at(PolicyDocument, path)
            return f"expected {model.what}, with keys such as {', '.join(names_of(model)[:3])}"
        case "list_type":
            return "expected a list: lines that begin with a dash, or [ ]"
        case "dict_type":
            return "expected category names with their minimum scores"
        case "too_short":
            return f"{len(value)} given, but at least {context['min_length']} expected"
        case "too_long":
            return f"{len(value)} given, but at most {context['max_length']} allowed"
    return str(context.get("error", error["msg"]))


def _check_between(root: Any, problems: Problems) -> None:
    """Report entries that contradict others. Entries with other problems are included as far as possible."""
    targets: dict[int, int] = {}
    for entry, target_id in _parsed(root, "targets", "id", parse_target_id):
        place = entry["id"].place
        if target_id in targets:
            problems.add(place, f"target {target_id} appears twice; the first is on line {targets[target_id]}")
        targets.setdefault(target_id, place.line)
    waived: dict[tuple[str, str], int] = {}
    for entry, target in _parsed(root, "waivers", "target", parse_waiver_target):
        if target != REST and targets and int(target) not in targets:
            similar = did_you_mean_id(int(target), sorted(targets))
            problems.add(entry["target"].place, f"{target} is not among the targets of this file{similar}")
        check = _parse_or_none(entry.get("check"), parse_check)
        if check is None:
            continue
        place, key = entry["check"].place, (check.casefold(), target)
        if key in waived:
            problems.add(place, f"this check of this target is waived twice; the first is on line {waived[key]}")
        waived.setdefault(key, place.line)


def _pages(root: Any, problems: Problems) -> Iterator[tuple[PageAddress, Origin]]:
    for section, key in (("targets", "id"), ("waivers", "target")):
        for entry, page in _parsed(root, section, key, parse_page):
            yield page, problems.origin(entry[key].place)


def _parsed(
    root: Any, section: str, key: str, parse: Callable[[Scalar], Value | None]
) -> Iterator[tuple[LocatedDict, Value]]:
    """Yield the entries of a list whose value at `key` can be parsed, each with that value."""
    entries = root.get(section) if isinstance(root, LocatedDict) else None
    for entry in entries if isinstance(entries, LocatedList) else ():
        value = _parse_or_none(entry.get(key), parse) if isinstance(entry, LocatedDict) else None
        if value is not None:
            yield entry, value


def _parse_or_none(scalar: object, parse: Callable[[Scalar], Value | None]) -> Value | None:
    try:
        return parse(scalar) if isinstance(scalar, Scalar) else None
    except ValueError:
        return None


def _build(document: PolicyDocument, problems: Problems) -> PolicyFile:
    targets = [_build_target(section, problems) for section in document.targets or ()]
    waivers = [
        Waiver(
            check=one.check.value,
            target=one.target.value,
            until=one.until.value,
            reason=one.reason.value,
            approved_by=one.approved_by.value if one.approved_by else "",
            origin=problems.origin(one.check.place),
        )
        for one in document.waivers or ()
    ]
    targets.sort(key=lambda entry: entry.id)
    return PolicyFile(problems.file, _build_part(document.policy, problems), tuple(targets), tuple(waivers))


def _build_target(section: TargetSection, problems: Problems) -> TargetEntry:
    probes = section.probe_ids
    return TargetEntry(
        id=section.id.value,
        origin=problems.origin(section.id.place),
        name=section.name.value if section.name else None,
        probes=probes.value if probes else None,
        probes_origin=problems.origin((probes or section.id).place),
        part=_build_part(section.policy, problems),
    )


def _build_part(section: PolicySection | None, problems: Problems) -> PolicyPart:
    if section is None:
        return NO_PART

    def limit(found: Located[Any]) -> Limit[Any]:
        return Limit(found.value, problems.origin(found.place))

    limits = {key: limit(found) for key, name in FIELDS.items() if (found := getattr(section, name)) is not None}
    categories = section.min_category_score.value if section.min_category_score else ()
    softened = section.soft_fail
    return PolicyPart(
        limits,
        tuple(CategoryMinimum(name, limit(score)) for name, score in categories),
        SoftFail(softened.value, problems.origin(softened.place)) if softened else None,
    )
