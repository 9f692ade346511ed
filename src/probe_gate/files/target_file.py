"""Parser of target files: the desired state of a target, with references to environment variables substituted.

A file is validated against the platform's own description of its fields (`connections`). All problems are reported at
once, and no message contains a value that is secret or comes from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probe_gate.domain.page_address import PageAddress, looks_like_page, parse_page_address
from probe_gate.domain.parsing import parse_id, quoted
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.domain.target_state import ConfigFields, Path, TargetState, is_mask, is_secret
from probe_gate.errors import ConfigError
from probe_gate.files.connections import BY_TYPE, NAME_NOT_DOCUMENTED, TargetSettings
from probe_gate.files.located_yaml import LocatedDict, LocatedList, LocatedValue, load_located
from probe_gate.files.problems import TOP, Place, Problems, model_at, names_of, required_names
from probe_gate.files.scalars import parse_json_value

HINT = "Fix the file and its variables; nothing was sent to the platform."
KEYS = ("id", "connection", "settings")
CONNECTION_KEYS = ("type", "config")
VARIABLE_PREFIX = "PROBE_TARGET_"
"""Only variables with this prefix are substituted, so that a change cannot exfiltrate other secrets."""

_REFERENCE = re.compile(r"(?P<escaped>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_UNQUOTED = {int: "a number", float: "a number", bool: "a boolean in YAML"}
_KINDS = {dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}

FullPath = tuple[str | int, ...]
"""A path that includes positions in lists."""


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A valid target file."""

    name: str
    """The path as given."""
    id: int | None
    """The target that the file describes; None if it is to be created."""
    state: TargetState
    page: PageAddress | None = None
    """The address that stands for the id. Whether it is a page of this platform is not checked yet."""
    notes: tuple[str, ...] = ()
    """Warnings, such as about a part that could not be checked or a secret in the file."""


def parse_target_file(data: bytes, name: str, environ: Mapping[str, str]) -> TargetFile:
    """Parse a target file and substitute its references to variables.

    Args:
        data: The content of the file.
        name: Its path for messages.
        environ: The variables that it may refer to.

    Raises:
        ConfigError: With all problems of the file, each with file, line and column. Messages contain no value that is
            secret or comes from the environment.
    """
    problems = Problems(name)
    file = _Reader(environ, problems).read(data)
    lines = problems.lines()
    if file is None or lines:
        message = f"{lines[0]}." if len(lines) == 1 else f"{len(problems)} problems in {name}."
        raise ConfigError(message, HINT, lines if len(lines) > 1 else ())
    return file


class _Values:
    """Converts located values to plain ones and keeps their places. Values with problems become null."""

    def __init__(self, environ: Mapping[str, str], problems: Problems) -> None:
        self._environ = environ
        self._problems = problems
        self.places: dict[FullPath, Place] = {}
        self.key_places: dict[FullPath, Place] = {}
        self.hidden: set[Path] = set()
        """Paths of values that come from the environment, down to the first list in them."""
        self.reported: set[FullPath] = set()
        """Paths of values that a problem has been reported for."""

    def plain(self, value: LocatedValue, path: FullPath) -> Any:
        """Return a value and everything in it as JSON values."""
        self.places[path] = value.place
        if isinstance(value, LocatedDict):
            found = {}
            for key, item in value.items():
                name = str(key)
                self.key_places[*path, name] = key.place
                found[name] = self.plain(item, (*path, name))
            return found
        if isinstance(value, LocatedList):
            return [self.plain(item, (*path, index)) for index, item in enumerate(value)]
        try:
            plain = parse_json_value(value)
            return self._fill_in(plain, path) if isinstance(plain, str) else plain
        except ValueError as error:
            self._problems.add(value.place, str(error))
            self.reported.add(path)
            return None

    def place_of(self, path: FullPath) -> Place:
        """Return the place of the value, or of the nearest existing value around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]

    def _fill_in(self, text: str, path: FullPath) -> str:
        filled = _REFERENCE.sub(lambda found: "${" if found["escaped"] else self._variable(found["name"], path), text)
        if _SURROGATE.search(filled):
            raise ValueError("it contains half a surrogate pair, which is not a character")
        return filled

    def _variable(self, name: str, path: FullPath) -> str:
        self.hidden.add(without_indexes(path))
        if not name.startswith(VARIABLE_PREFIX):
            raise ValueError(
                f"${{{quoted(name)}}}: only variables whose names begin with {VARIABLE_PREFIX} are substituted; "
                "write $${ for a literal ${"
            )
        value = self._environ.get(name, "")
        if not value.strip():
            raise ValueError(f"the variable {quoted(name)} is {'empty' if name in self._environ else 'not set'}")
        return value


def without_indexes(path: FullPath) -> Path:
    """Return the part of a path above the first list in it."""
    names: list[str] = []
    for part in path:
        if not isinstance(part, str):
            break
        names.append(part)
    return tuple(names)


class _Reader:
    def __init__(self, environ: Mapping[str, str], problems: Problems) -> None:
        self._problems = problems
        self._values = _Values(environ, problems)
        self._notes: list[str] = []
        self._page: PageAddress | None = None

    def read(self, data: bytes) -> TargetFile | None:
        root = load_located(data, self._problems)
        if not isinstance(root, LocatedDict):
            if root is not None or not self._problems:
                place = TOP if root is None else root.place
                self._problems.add(place, "a target file has the keys connection and settings")
            return None
        value = self._values.plain(root, ())
        self._check_names(value, KEYS, (), "a target file")
        connection = self._section(value, "connection", "the connection's type and config")
        settings = self._section(value, "settings", "the target's settings")
        target_id = self._id(value)
        if settings is not None:
            self._check_model(TargetSettings, settings, ("settings",), "a target's settings")
            self._check_facts(settings)
        state = None if connection is None else self._state(connection, settings or {})
        return (
            None if state is None else TargetFile(self._problems.file, target_id, state, self._page, tuple(self._notes))
        )

    def _add(self, path: FullPath, message: str) -> None:
        if path not in self._values.reported:
            self._problems.add(self._values.place_of(path), message)

    def _check_names(self, value: Mapping[str, Any], known: tuple[str, ...], path: FullPath, what: str) -> None:
        for name in value:
            if name not in known:
                place = self._values.key_places[*path, name]
                message = partial(_describe_unknown, name, f"a key of {what}", known)
                self._problems.add(place, message)

    def _section(self, value: Mapping[str, Any], name: str, what: str) -> dict[str, Any] | None:
        section = value.get(name)
        if isinstance(section, dict):
            return section
        self._add((name,), f"{name} is {'a mapping' if name in value else 'missing'}: {what}")
        return None

    def _id(self, value: Mapping[str, Any]) -> int | None:
        found = value.get("id")
        if found is None:
            return None
        try:
            if isinstance(found, bool) or not isinstance(found, int | str):
                raise ValueError("an id is a whole number")
            text = str(found).strip()
            if looks_like_page(text):
                self._page = parse_page_address(text, "target-id")
                return self._page.target_id
            return parse_id(text)
        except ValueError as error:
            is_hidden = ("id",) in self._values.hidden
            self._add(
                ("id",),
                "id: it is neither a positive integer nor the address of a target's page"
                if is_hidden
                else f"id: {error}",
            )
            return None

    def _check_facts(self, settings: Mapping[str, Any]) -> None:
        number = "ragFileNumberOfFacts"
        if settings.get("ragFileId") is not None and number not in settings:
            self._problems.add(self._values.places["settings", "ragFileId"], f"ragFileId also needs {number}")

    def _state(self, connection: dict[str, Any], settings: dict[str, Any]) -> TargetState | None:
        self._check_names(connection, CONNECTION_KEYS, ("connection",), "a connection")
        connection_type = self._type(connection)
        config = connection.get("config")
        path = ("connection", "config")
        if not isinstance(config, dict):
            self._add(path, "config is missing: the fields of the connection's type")
            return None
        if connection_type is None:
            return None
        fields = None
        model = BY_TYPE.get(connection_type)
        if model is not None:
            self._check_model(model, config, path, f"the configuration of {connection_type}")
            required = required_names(model)
            fields = ConfigFields(required, frozenset(names_of(model)) - required)
        self._note_type(connection_type)
        self._check_secrets(config)
        return TargetState(connection_type, config, settings, frozenset(self._values.hidden), fields)

    def _type(self, connection: Mapping[str, Any]) -> str | None:
        found = connection.get("type")
        if isinstance(found, str) and found.strip():
            return found
        examples = ", ".join(list(BY_TYPE)[:3])
        self._add(("connection", "type"), f"type is missing: the connection's type, such as {examples}")
        return None

    def _note_type(self, name: str) -> None:
        if name in NAME_NOT_DOCUMENTED:
            self._note(
                "the platform's API description does not specify the name of this connection type; "
                f"{name} is a guess, and the platform may refuse it."
            )
        elif name not in BY_TYPE:
            is_hidden = ("connection", "type") in self._values.hidden
            subject = "the connection type" if is_hidden else f"connection type {quoted(name)}"
            similar = "" if is_hidden else did_you_mean(name, BY_TYPE)
            end = "" if similar.endswith("?") else "."
            self._note(f"{subject} is unknown, so its configuration was not checked{similar}{end}")

    def _note(self, text: str) -> None:
        self._notes.append(f"{self._problems.file}: {text}")

    def _check_secrets(self, config: Mapping[str, Any]) -> None:
        """Report invalid secrets, and add a warning for each that is in the file itself."""
        for path, text in _texts(config, ("connection", "config")):
            names = without_indexes(path)
            if not is_secret(names):
                continue
            is_header = "headers" in names
            if text != text.strip():
                self._add(path, f"{names[-1]} begins or ends with whitespace; copy it again without")
            elif is_mask(text) and not is_header:
                self._add(path, f"{names[-1]} is the mask of a secret, not the secret itself")
            elif text and names not in self._values.hidden and not is_header:
                self._note(f"{'.'.join(names)} is in the file itself; use a variable ${{PROBE_TARGET_...}} instead.")

    def _check_model(self, model: type[BaseModel], value: Any, path: FullPath, what: str) -> None:
        """Report the problems that a model finds in a mapping. `what` is its name for messages: `a target's settings`."""
        try:
            model.model_validate(value)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                self._add_error(model, one, path, what)

    def _add_error(self, model: type[BaseModel], error: ErrorDetails, path: FullPath, what: str) -> None:
        full = (*path, *error["loc"])
        if error["type"] == "missing":
            self._add(full, f"{full[-1]} is missing: {what} must have it")
        elif error["type"] == "extra_forbidden":
            known, name = names_of(model_at(model, error["loc"][:-1])), str(full[-1])
            message = partial(_describe_unknown, name, f"a field of {what}", known)
            if full not in self._values.reported:
                self._problems.add(self._values.key_places[full], message)
        else:
            names = without_indexes(full)
            self._add(full, _describe(error, full, is_hidden=is_secret(names) or names in self._values.hidden))


def _describe_unknown(name: str, what: str, known: tuple[str, ...]) -> str:
    return f"{quoted(name)} is not {what}{did_you_mean(name, known)}"


def _describe(error: ErrorDetails, path: FullPath, *, is_hidden: bool) -> str:
    """Return the message for a validation error, without the value if it is hidden."""
    kind, value, limits = error["type"], error["input"], error.get("ctx", {})
    name = next(part for part in reversed(path) if isinstance(part, str))
    value_text = "the value, which is not shown," if is_hidden else quoted(str(value))
    if kind in _EXPECTED:
        return _describe_type(name, _EXPECTED[kind], value)
    match kind:
        case "string_too_short":
            return f"{name} has {_characters(len(value))}; at least {limits['min_length']} are required"
        case "string_too_long":
            return f"{name} has {_characters(len(value))}; at most {limits['max_length']} are allowed"
        case "greater_than_equal":
            return f"{value_text} is too small for {name}: the minimum is {limits['ge']}"
        case "less_than_equal":
            return f"{value_text} is too large for {name}: the maximum is {limits['le']}"
        case "not_one_of":
            words = limits["words"].split(", ")
            return f"{value_text} is not a value of {name}{did_you_mean('' if is_hidden else str(value), words)}"
    return f"{name}: {value_text} {error['msg']}"


def _describe_type(name: str, expected: str, value: Any) -> str:
    if value is None:
        return f"{name} is empty; expected {expected}"
    if expected == "text" and type(value) in _UNQUOTED:
        return f"{name} is {_UNQUOTED[type(value)]}; expected text, put it in quotes"
    if isinstance(value, str):
        hint = "; write true or false" if expected == "true or false" else ""
        return f"{name} is text; expected {expected}{hint}"
    return f"{name} is {_KINDS.get(type(value), 'something else')}; expected {expected}"


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"


def _texts(value: Any, path: FullPath) -> Iterator[tuple[FullPath, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, str):
        yield path, value
