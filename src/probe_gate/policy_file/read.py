"""The policy file, read: what it says, or every mistake in it at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from probe_gate.domain.formatting import plural
from probe_gate.domain.parsing import sort_ids
from probe_gate.domain.policy import FIELDS, REST, CategoryMinimum, Limit, PolicyPart, SoftFail
from probe_gate.domain.probes import ChosenProbes, ProbeChoice
from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError
from probe_gate.policy_file.model import FILE
from probe_gate.policy_file.shapes import WRONG, Found
from probe_gate.policy_file.values import PolicyFile, TargetEntry
from probe_gate.policy_file.waivers import read_waivers
from probe_gate.yaml_text.mistakes import Mistakes, Place
from probe_gate.yaml_text.tree import UnreadableError, decode, parse_tree

MOST_BYTES = 1024 * 1024

ADVICE = "probe-gate policy validate checks the file without the network."


def read_policy_file(data: bytes, name: str, today: date, *, repository_path: str | None = None) -> PolicyFile:
    """What the file says. `name` is its path for messages; `today`, in UTC, is what waivers are counted from.

    `repository_path` is its path from the root of the repository, for reports that point at its lines.

    Raises `ConfigError` with every mistake in `problems`, each with file, line and column.
    """
    mistakes = Mistakes(name, repository_path)
    file = _read(data, mistakes, today)
    problems = mistakes.problems()
    if file is None or problems:
        raise ConfigError(f"{plural(len(mistakes), 'mistake')} in {plain_line(name)}.", ADVICE, problems)
    return file


def _read(data: bytes, mistakes: Mistakes, today: date) -> PolicyFile | None:
    top = Place(1, 1)
    if len(data) > MOST_BYTES:
        mistakes.add(top, f"the file is larger than {MOST_BYTES // 1024} KiB")
        return None
    try:
        root = parse_tree(decode(data), mistakes)
    except UnreadableError:
        return None
    except ValueError as error:
        mistakes.add(top, str(error))
        return None
    if root is None:
        mistakes.add(top, "the file is empty; it begins with the line version: 1")
        return None
    read = FILE.read(root, mistakes)
    return None if read is WRONG else _build(read, mistakes, today)


def _build(read: dict[str, Found], mistakes: Mistakes, today: date) -> PolicyFile:
    targets = _build_targets(_value(read, "targets", []), mistakes)
    waivers = read_waivers(_value(read, "waivers", []), {entry.id for entry in targets}, mistakes, today)
    part = _build_part(_value(read, "policy", {}), mistakes)
    return PolicyFile(mistakes.file, part, tuple(targets), tuple(waivers))


def _value(read: dict[str, Found], key: str, default: Any) -> Any:
    return read[key].value if key in read else default


def _build_part(read: dict[str, Found], mistakes: Mistakes) -> PolicyPart:
    limits: dict[str, Limit[Any]] = {}
    for key in FIELDS:
        if key in read:
            limits[key] = Limit(read[key].value, mistakes.origin(read[key].place))
    categories = _build_categories(read.get("min-category-score"), mistakes)
    return PolicyPart(limits, categories, _build_soft_fail(read.get("soft-fail"), mistakes))


def _build_soft_fail(found: Found | None, mistakes: Mistakes) -> SoftFail | None:
    if found is None:
        return None
    outcomes = [one.value for one in found.value] if isinstance(found.value, list) else [found.value]
    return SoftFail(frozenset(outcomes), mistakes.origin(found.place))


def _build_categories(found: Found | None, mistakes: Mistakes) -> tuple[CategoryMinimum, ...]:
    if found is None:
        return ()
    pairs = found.value if isinstance(found.value, list) else [(REST, found)]
    return tuple(CategoryMinimum(name, Limit(one.value, mistakes.origin(one.place))) for name, one in pairs)


def _build_targets(read: list[Found], mistakes: Mistakes) -> list[TargetEntry]:
    entries: dict[int, TargetEntry] = {}
    for one in read:
        if "id" not in one.value:
            continue
        found: Found = one.value["id"]
        if found.value in entries:
            first = entries[found.value].origin.line
            mistakes.add(found.place, f"target {found.value} is there twice; the first is in line {first}")
            continue
        probes = one.value.get("probe-ids")
        entries[found.value] = TargetEntry(
            id=found.value,
            origin=mistakes.origin(found.place),
            name=_value(one.value, "name", None),
            probes=_build_probes(probes, mistakes),
            probes_origin=mistakes.origin((probes or found).place),
            part=_build_part(_value(one.value, "policy", {}), mistakes),
        )
    return sorted(entries.values(), key=lambda entry: entry.id)


def _build_probes(found: Found | None, mistakes: Mistakes) -> ProbeChoice | None:
    if found is None or not isinstance(found.value, list):
        return found.value if found else None
    try:
        return ChosenProbes(sort_ids([one.value for one in found.value]))
    except ValueError as error:
        mistakes.add(found.place, str(error))
        return None
