"""The published JSON Schema of `report.json`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from probe_gate.domain.verdict import Verdict
from probe_gate.files.report_document import render
from tests.harness import factories as make
from tests.harness.profiles import examples


def published() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(files("probe_gate.files").joinpath("report.schema.json").read_text())
    return schema


def closed(schema: Any) -> Any:
    """The same schema, but a key that it does not name is refused."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found["additionalProperties"] = False
    return found


@cache
def strict() -> Draft202012Validator:
    return Draft202012Validator(closed(published()), format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_it_is_a_schema() -> None:
    """The schema itself is valid under its own draft."""
    Draft202012Validator.check_schema(published())


@settings(max_examples=examples(60))
@given(make.verdicts(make.hostile_text()))
def test_every_report_is_valid(verdict: Verdict) -> None:
    """Every key that is written is in the schema, every key it requires is written, each of the right kind."""
    strict().validate(json.loads(render(verdict)))


@pytest.mark.parametrize(
    "verdict",
    [
        make.make_verdict(),
        make.make_verdict(make.make_target_verdict(policy=make.make_strict_policy(waivers=(make.make_waiver(),)))),
        make.make_verdict(make.make_target_verdict(evidence=make.make_evidence(baseline=make.make_baseline()))),
        make.make_early_verdict(),
    ],
    ids=["passed", "every limit", "baseline", "ended early"],
)
def test_usual_reports_are_valid(verdict: Verdict) -> None:
    """Reports of every day, with no luck needed to find them."""
    strict().validate(json.loads(render(verdict)))


def test_every_object_requires_all_its_keys() -> None:
    """A reader may rely on each key that this version writes."""

    def look(schema: Any, path: str) -> None:
        if isinstance(schema, dict):
            properties = schema.get("properties")
            if schema.get("type") == "object" and isinstance(properties, dict):
                assert schema["required"] == list(properties), path
            for key, value in schema.items():
                look(value, f"{path}/{key}")
        elif isinstance(schema, list):
            for index, value in enumerate(schema):
                look(value, f"{path}/{index}")

    look(published(), "")


def test_it_is_open_to_additions() -> None:
    """A key added by a later version does not make a report invalid for who holds it to this schema."""
    document = json.loads(render(make.make_verdict()))
    document["addedLater"] = 1
    document["targets"][0]["evidence"]["addedLater"] = 1
    Draft202012Validator(published()).validate(document)
