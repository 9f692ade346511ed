"""A model's errors as mistakes of the file: each at its place, in plain words, without the value where it is secret."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from probe_gate.domain.parsing import shown
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.domain.target_state import is_secret
from probe_gate.target_file.connections import names_of
from probe_gate.target_file.plain import FullPath, PlainValues, without_indexes
from probe_gate.yaml_text.mistakes import Mistakes, Place

_BELONGS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_QUOTE = {int: "a number", float: "a number", bool: "true or false to YAML"}


def check_model(
    model: type[BaseModel], value: Any, path: FullPath, what: str, plain: PlainValues, mistakes: Mistakes
) -> None:
    """Holds a value to a model. `what` names the mapping for messages: `a target's settings`."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            _add(model, dict(one), path, what, plain, mistakes)


def _add(
    model: type[BaseModel], error: dict[str, Any], path: FullPath, what: str, plain: PlainValues, mistakes: Mistakes
) -> None:
    inner: FullPath = tuple(error["loc"])
    full = (*path, *inner)
    kind = error["type"]
    if full in plain.wrong:
        return
    if kind == "missing":
        mistakes.add(place_of(full[:-1], plain), f"{full[-1]} is missing: {what} must have it")
    elif kind == "extra_forbidden":
        known = names_of(_model_at(model, inner[:-1]))
        name = str(full[-1])
        mistakes.add(plain.key_places[full], f"{shown(name)} is not a field of {what}{did_you_mean(name, known)}")
    else:
        mistakes.add(place_of(full, plain), _in_words(kind, error, full, plain))


def place_of(path: FullPath, plain: PlainValues) -> Place:
    """Where the value stands, or what it would stand in."""
    while path and path not in plain.places:
        path = path[:-1]
    return plain.places[path]


def _model_at(model: type[BaseModel], path: FullPath) -> type[BaseModel]:
    """The model of a mapping inside another."""
    for name in path:
        if isinstance(name, int):
            continue
        field = next(field for field in model.model_fields.values() if field.alias == name)
        model = next(found for found in _models_in(field.annotation))
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models_in(inner)]


def _in_words(kind: str, error: dict[str, Any], full: FullPath, plain: PlainValues) -> str:
    name = next(part for part in reversed(full) if isinstance(part, str))
    value, limits = error["input"], error.get("ctx", {})
    names = without_indexes(full)
    is_hidden = is_secret(names) or names in plain.hidden
    value_text = "the value, which is not shown," if is_hidden else shown(str(value))
    if kind in _BELONGS:
        return _wrong_type(name, _BELONGS[kind], value)
    if kind == "string_too_short":
        return f"{name} has {_characters(len(value))}; at least {limits['min_length']} are needed"
    if kind == "string_too_long":
        return f"{name} has {_characters(len(value))}; at most {limits['max_length']} are taken"
    if kind == "greater_than_equal":
        return f"{value_text} is too small for {name}: {limits['ge']} is the least"
    if kind == "less_than_equal":
        return f"{value_text} is too large for {name}: {limits['le']} is the most"
    if kind == "not_one_of":
        words = limits["words"].split(", ")
        return f"{value_text} is not a value of {name}{did_you_mean('' if is_hidden else str(value), words)}"
    return f"{name}: {value_text} {error['msg']}"


def _wrong_type(name: str, wanted: str, value: Any) -> str:
    if value is None:
        return f"{name} is empty; {wanted} belongs here"
    if wanted == "text" and type(value) in _QUOTE:
        return f"{name} is {_QUOTE[type(value)]}, and text belongs here; put it in quotes"
    if isinstance(value, str):
        return f"{name} is text, and {wanted} belongs here" + ("; write it so" if wanted == "true or false" else "")
    kinds = {dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return f"{name} is {kinds.get(type(value), 'something else')}, and {wanted} belongs here"


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"
