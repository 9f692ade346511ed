"""How a target differs from its file, and the update that brings it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from probe_gate.domain.target_state import Path, TargetState, as_map, is_nothing, is_secret, looks_masked, same

FREE_MAPS = frozenset({"headers", "extraLlmParams", "additionalParameters"})
"""Maps with free names: the file's names are all there are to be. Of others it may name a part."""


class Kind(Enum):
    """What an update does to a value."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs."""

    path: Path
    kind: Kind
    old: Any = None
    new: Any = None
    is_secret: bool = False
    """Whether the values must not be shown; they are then not even kept here."""

    @property
    def field(self) -> str:
        """`connection.config.url`."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class TargetDiff:
    """What differs."""

    changes: tuple[Change, ...] = ()
    unseen: tuple[Path, ...] = ()
    """What the file names and the platform does not show, or shows masked: it could not be compared."""
    lost: tuple[Path, ...] = ()
    """What the platform has in the connection and the file does not name. It cannot be read back (a secret), or it is
    not known whether it may be sent: when the connection has to be sent, it may be gone after that."""

    @property
    def changes_connection(self) -> bool:
        return any(change.path[0] == "connection" for change in self.changes)

    @property
    def changes_settings(self) -> bool:
        return any(change.path[0] == "settings" for change in self.changes)


def compare_target(state: TargetState, current: Mapping[str, Any]) -> TargetDiff:
    """Return what differs between the state and the target as `getTarget` answers it, whatever that holds."""
    comparison = _Comparison(state)
    connection, settings = as_map(current.get("connection")), as_map(current.get("settings"))
    comparison.value(("connection", "type"), state.connection_type, connection.get("type"))
    config = connection.get("config")
    place = ("connection", "config")
    if isinstance(config, Mapping):
        comparison.part(place, state.config, config)
        lost = tuple(_removed_places(place, state, config))
    else:
        comparison.unseen += [(*place, name) for name in state.config]
        lost = ()
    comparison.part(("settings",), state.settings, seen_settings(settings))
    return TargetDiff(tuple(comparison.changes), tuple(comparison.unseen), lost)


def all_of(state: TargetState) -> tuple[Change, ...]:
    """Every value of a target that is yet to be made."""
    comparison = _Comparison(state)
    comparison.everything((), state.body)
    return tuple(comparison.changes)


def seen_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an answer by the names that requests have for them."""
    seen = dict(settings)
    if "ragFile" in seen:
        seen.setdefault("ragFileId", as_map(seen.pop("ragFile")).get("ragFileId"))
    return seen


def may_be_carried(name: str, value: Any, state: TargetState) -> bool:
    """Return whether a field of the connection that the file does not name can be sent back as it was read."""
    known = state.fields is not None and name in state.fields.optional
    return known and not _holds_secret((name,), value)


def _holds_secret(path: Path, value: Any) -> bool:
    if is_secret(path) or path[-1] == "headers":
        return True
    if isinstance(value, Mapping):
        return any(_holds_secret((*path, str(name)), item) for name, item in value.items())
    return isinstance(value, list) and any(_holds_secret(path, item) for item in value)


def _removed_places(place: Path, state: TargetState, config: Mapping[str, Any]) -> Iterator[Path]:
    for name, value in config.items():
        wanted = state.config.get(name)
        if name not in state.config:
            if not is_nothing(value) and not may_be_carried(name, value, state):
                yield (*place, str(name))
        elif isinstance(value, Mapping) and isinstance(wanted, Mapping) and name not in FREE_MAPS:
            yield from (
                (*place, name, str(inner))
                for inner, item in value.items()
                if inner not in wanted and not is_nothing(item)
            )


class _Comparison:
    def __init__(self, state: TargetState) -> None:
        self.state = state
        self.changes: list[Change] = []
        self.unseen: list[Path] = []

    def part(self, place: Path, wanted: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        """Compare two maps, by the names of the first; of a map with free names, by those of both."""
        for name, want in wanted.items():
            path = (*place, name)
            have = shown.get(name)
            if name == "headers" and isinstance(want, Mapping):
                self._headers(path, want, have)
            elif isinstance(want, Mapping):
                self.part(path, want, as_map(have))
            else:
                self.value(path, want, have, is_named=name in shown)
        if place[-1] in FREE_MAPS:
            for name, have in shown.items():
                if name not in wanted and not is_nothing(have):
                    self._add((*place, str(name)), Kind.REMOVED, have, None)

    def everything(self, place: Path, wanted: Mapping[str, Any]) -> None:
        """Add each value that there is."""
        for name, want in wanted.items():
            if isinstance(want, Mapping):
                self.everything((*place, name), want)
            elif not is_nothing(want):
                self._add((*place, name), Kind.ADDED, None, want)

    def _headers(self, path: Path, wanted: Mapping[str, Any], shown: object) -> None:
        if not isinstance(shown, Mapping):
            if wanted:
                self.unseen.append(path)
            return
        # the platform may write the names in another case
        spelling = {str(name).casefold(): name for name in wanted}
        self.part(path, wanted, {spelling.get(str(name).casefold(), str(name)): item for name, item in shown.items()})

    def value(self, path: Path, want: Any, have: Any, *, is_named: bool = True) -> None:
        """Compare two values that are no maps. `is_named`: whether the name of the value is shown at all."""
        if is_nothing(want) or is_nothing(have):
            self._one_is_nothing(path, want, have, is_named=is_named)
        elif is_secret(path):
            self._secret(path, want, have)
        elif not same(want, have, path):
            self._add(path, Kind.CHANGED, have, want)

    def _one_is_nothing(self, path: Path, want: Any, have: Any, *, is_named: bool) -> None:
        if is_nothing(want) and is_nothing(have):
            return
        if is_nothing(want):
            self._add(path, Kind.REMOVED, have, None)
        elif self._is_hidden_by_platform(path, is_named=is_named):
            self.unseen.append(path)
        else:
            self._add(path, Kind.ADDED, None, want)

    def _is_hidden_by_platform(self, path: Path, *, is_named: bool) -> bool:
        """Return whether a value that is not shown is there all the same, or may be."""
        if "headers" in path[:-1]:
            return is_named  # the names of the other headers are shown, so this one's would be too
        fields = self.state.fields
        is_required = path[:2] == ("connection", "config") and fields is not None and path[2] in fields.required
        return is_secret(path) or (is_required and len(path) == 3)

    def _secret(self, path: Path, want: Any, have: Any) -> None:
        if same(want, have, path):
            return
        if not isinstance(have, str) or looks_masked(have, str(want)):
            self.unseen.append(path)
        else:
            self._add(path, Kind.CHANGED, None, None)

    def _add(self, path: Path, kind: Kind, old: Any, new: Any) -> None:
        if is_secret(path) or path in self.state.hidden:
            self.changes.append(Change(path, kind, is_secret=True))
        else:
            self.changes.append(Change(path, kind, old, new))


TEXT_SETTINGS = ("ragFileId", "targetPresetId", "workerPoolId")
PROMPTS = "systemPromptConfigurations"
PROMPT_NAMES = ("systemPromptConfidential", "systemPromptNotConfidential", "systemPromptTools")


def build_update(
    state: TargetState, current: Mapping[str, Any], diff: TargetDiff, *, send_secrets: bool = False
) -> dict[str, Any]:
    """Return the body for `updateTarget`; empty when nothing differs.

    The platform takes the connection, and the settings, only whole. What the file does not name is therefore sent as
    it was read, unless it may hold a secret: what is secret comes from the file alone, so no mask is ever written back.
    """
    body: dict[str, Any] = {}
    if diff.changes_connection or send_secrets:
        connection = as_map(current.get("connection"))
        carried = {}
        if same(state.connection_type, connection.get("type"), ("connection", "type")):
            config = as_map(connection.get("config"))
            carried = {name: value for name, value in config.items() if may_be_carried(name, value, state)}
        body["connection"] = {"type": state.connection_type, "config": {**carried, **state.config}}
    if diff.changes_settings:
        carried = carried_settings(as_map(current.get("settings")))
        settings = {**carried, **state.settings}
        wanted = state.settings.get(PROMPTS)
        if isinstance(wanted, Mapping):
            settings[PROMPTS] = {**as_map(carried.get(PROMPTS)), **wanted}
        body["settings"] = settings
    return body


def carried_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the optional settings of an answer, in the form that a request has for them; what has another form is left out."""
    seen = seen_settings(settings)
    carried: dict[str, Any] = {name: seen[name] for name in TEXT_SETTINGS if isinstance(seen.get(name), str)}
    facts = seen.get("ragFileNumberOfFacts")
    if isinstance(facts, int) and not isinstance(facts, bool):
        carried["ragFileNumberOfFacts"] = facts
    prompts = as_map(seen.get(PROMPTS))
    texts = {name: prompts[name] for name in PROMPT_NAMES if isinstance(prompts.get(name), str)}
    if texts:
        carried[PROMPTS] = texts
    responses = seen.get("predefinedResponses")
    if isinstance(responses, list) and not is_nothing(responses) and all(map(_is_response, responses)):
        carried["predefinedResponses"] = [{"type": one["type"], "value": one["value"]} for one in responses]
    return carried


def _is_response(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(name), str) for name in ("type", "value"))
