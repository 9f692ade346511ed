"""The target file, read: what it says, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probe_gate.domain.parsing import read_id, shown
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.domain.target_state import ConfigFields, TargetState
from probe_gate.errors import ConfigError
from probe_gate.target_file.connections import BY_TYPE, NAME_NOT_DOCUMENTED, names_of, required_names
from probe_gate.target_file.plain import PlainValues
from probe_gate.target_file.problems import check_model, place_of
from probe_gate.target_file.secrets_in_file import check_secrets
from probe_gate.target_file.settings_model import TargetSettings
from probe_gate.target_file.values import TargetFile
from probe_gate.yaml_text.json_in_yaml import as_yaml
from probe_gate.yaml_text.mistakes import Mistakes, Place
from probe_gate.yaml_text.tree import MappingNode, UnreadableError, decode, parse_tree

MOST_BYTES = 1024 * 1024
ADVICE = "Mend the file and its variables; nothing was sent to the platform."
KEYS = ("id", "connection", "settings")
CONNECTION_KEYS = ("type", "config")


def read_target_file(data: bytes, name: str, environ: Mapping[str, str]) -> TargetFile:
    """What the file says, references to `environ` filled in. `name` is its path for messages.

    Raises `ConfigError` with every mistake in `problems`, each with file, line and column; none holds a value that is
    secret or comes from the environment.
    """
    mistakes = Mistakes(name)
    file = _Reader(environ, mistakes).read(data)
    problems = mistakes.problems()
    if file is None or problems:
        message = f"{problems[0]}." if len(problems) == 1 else f"{len(mistakes)} mistakes in {name}."
        raise ConfigError(message, ADVICE, problems if len(problems) > 1 else ())
    return file


class _Reader:
    def __init__(self, environ: Mapping[str, str], mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._plain = PlainValues(environ, mistakes)
        self._notes: list[str] = []

    def read(self, data: bytes) -> TargetFile | None:
        root = self._root(data)
        if root is None:
            return None
        value = self._plain.value(root, ())
        self._check_names(value, KEYS, (), "a target file")
        connection = self._part(value, "connection", "the connection's type and config")
        settings = self._part(value, "settings", "the target's settings")
        target_id = self._id(value)
        if settings is not None:
            check_model(TargetSettings, settings, ("settings",), "a target's settings", self._plain, self._mistakes)
            self._check_facts(settings)
        state = None if connection is None else self._state(connection, settings or {})
        return None if state is None else TargetFile(self._mistakes.file, target_id, state, tuple(self._notes))

    def _root(self, data: bytes) -> MappingNode | None:
        top = Place(1, 1)
        if len(data) > MOST_BYTES:
            self._mistakes.add(top, f"the file is larger than {MOST_BYTES // 1024} KiB")
            return None
        try:
            root = parse_tree(as_yaml(decode(data)), self._mistakes)
        except UnreadableError:
            return None
        except ValueError as error:
            self._mistakes.add(top, str(error))
            return None
        if not isinstance(root, MappingNode):
            place = top if root is None else root.place
            self._mistakes.add(place, "a target file has the keys connection and settings")
            return None
        return root

    def _check_names(self, value: Mapping[str, Any], known: tuple[str, ...], path: tuple[str, ...], what: str) -> None:
        for name in value:
            if name not in known:
                place = self._plain.key_places[(*path, name)]
                self._mistakes.add(place, f"{shown(name)} is not a key of {what}{did_you_mean(name, known)}")

    def _part(self, value: Mapping[str, Any], name: str, what: str) -> dict[str, Any] | None:
        if name not in value:
            self._mistakes.add(self._plain.places[()], f"{name} is missing: {what}")
            return None
        part = value[name]
        if isinstance(part, dict):
            return part
        if (name,) not in self._plain.wrong:
            self._mistakes.add(self._plain.places[(name,)], f"{name} is a mapping: {what}")
        return None

    def _id(self, value: Mapping[str, Any]) -> int | None:
        found = value.get("id")
        if found is None:
            return None
        try:
            if isinstance(found, bool) or not isinstance(found, int | str):
                raise ValueError("an id is a whole number")
            return read_id(str(found).strip())
        except ValueError as error:
            text = "id: it is no whole number from 1" if ("id",) in self._plain.hidden else f"id: {error}"
            self._mistakes.add(self._plain.places[("id",)], text)
            return None

    def _check_facts(self, settings: Mapping[str, Any]) -> None:
        number, path = "ragFileNumberOfFacts", ("settings", "ragFileId")
        if settings.get("ragFileId") is not None and number not in settings:
            self._mistakes.add(self._plain.places[path], f"ragFileId needs {number} beside it")

    def _state(self, connection: dict[str, Any], settings: dict[str, Any]) -> TargetState | None:
        self._check_names(connection, CONNECTION_KEYS, ("connection",), "a connection")
        kind = self._type(connection)
        config = connection.get("config")
        path = ("connection", "config")
        if not isinstance(config, dict):
            if path not in self._plain.wrong:
                self._mistakes.add(
                    place_of(path, self._plain), "config is missing: the fields of the connection's type"
                )
            return None
        if kind is None:
            return None
        model = BY_TYPE.get(kind)
        if model is not None:
            check_model(model, config, path, f"the configuration of {kind}", self._plain, self._mistakes)
        self._note_type(kind)
        for field in check_secrets(config, self._plain, self._mistakes):
            self._notes.append(
                f"{self._mistakes.file}: {field} stands in the file itself; ${{PROBE_TARGET_...}} keeps it out of it."
            )
        fields = None
        if model is not None:
            required = required_names(model)
            fields = ConfigFields(required, frozenset(names_of(model)) - required)
        return TargetState(kind, config, settings, frozenset(self._plain.hidden), fields)

    def _type(self, connection: Mapping[str, Any]) -> str | None:
        kind = connection.get("type")
        if isinstance(kind, str) and kind.strip():
            return kind
        path = ("connection", "type")
        if path not in self._plain.wrong:
            self._mistakes.add(
                place_of(path, self._plain),
                f"type is missing: the connection's type, such as {', '.join(list(BY_TYPE)[:3])}",
            )
        return None

    def _note_type(self, kind: str) -> None:
        if kind in NAME_NOT_DOCUMENTED:
            self._notes.append(
                f"{self._mistakes.file}: the platform's API description does not say the name of this connection type; "
                f"{kind} is a guess, and the platform may refuse it."
            )
        elif kind not in BY_TYPE:
            hidden = ("connection", "type") in self._plain.hidden
            name, near = (
                ("the connection type", "")
                if hidden
                else (f"connection type {shown(kind)}", did_you_mean(kind, BY_TYPE))
            )
            self._notes.append(
                f"{self._mistakes.file}: {name} is not known here, so its configuration was not checked{near}.".replace(
                    "?.", "?"
                )
            )
