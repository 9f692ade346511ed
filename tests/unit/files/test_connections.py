"""The models of the connection types say what the platform's API description says: field for field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from probe_gate.domain.target_state import SECRET_FIELDS
from probe_gate.files.connections import BY_TYPE, Part, TargetSettings

CONTRACT = Path(__file__).parents[2] / "contract" / "openapi.json"
SCHEMAS: dict[str, Any] = json.loads(CONTRACT.read_text())["components"]["schemas"]

SCHEMA_OF = {
    "OPENAI": "OpenAIIntegrationConfig",
    "OPENAI_REST_API": "OpenAIRestApiIntegrationConfig",
    "REST_API": "RestApiIntegrationConfig",
    "DIFY": "DifyIntegrationConfig",
    "HUGGING_FACE": "HuggingFaceIntegrationConfig",
    "MISTRAL": "MistralIntegrationConfig",
    "ANTHROPIC": "AnthropicIntegrationConfig",
    "AZURE_OPENAI": "AzureOpenAIIntegrationConfig",
    "AZURE_ML": "AzureMLIntegrationConfig",
    "GEMINI": "GeminiIntegrationConfig",
    "BEDROCK": "BedrockIntegrationConfig",
    "PROXY_SDK": "ProxySdkIntegrationConfig",
    "OPENAI_ASSISTANT": "OpenAIAssistantConfig",
    "DATABRICKS": "DatabricksIntegrationConfig",
    "COPILOT_STUDIO": "CopilotStudioIntegrationConfig",
}
CASES = [
    *((name, BY_TYPE[name], schema) for name, schema in SCHEMA_OF.items()),
    ("settings", TargetSettings, "TargetSettingsCreateRequest"),
]


def facts_of_contract(name: str) -> dict[str, Any]:
    """The fields of a schema of the contract: required, limits, parts."""
    schema = SCHEMAS[name]
    return {field: _fact(facts, field in schema.get("required", ())) for field, facts in schema["properties"].items()}


def _fact(facts: dict[str, Any], is_required: bool) -> dict[str, Any]:
    if "$ref" in facts:
        return {"required": is_required, "nullable": False, "part": facts_of_contract(facts["$ref"].rpartition("/")[2])}
    found: dict[str, Any] = {"required": is_required, "nullable": facts.get("nullable", False), "type": facts["type"]}
    found |= {limit: facts[limit] for limit in ("minLength", "maxLength") if limit in facts}
    if facts["type"] == "integer" and "x-documented-range" in facts:
        found["range"] = facts["x-documented-range"]
    elif facts["type"] == "integer":
        bits = {"int32": 31, "int64": 63}[facts["format"]]
        found["range"] = [-(2**bits), 2**bits - 1]
    if facts["type"] == "array" and "$ref" in facts["items"]:
        found["part"] = facts_of_contract(facts["items"]["$ref"].rpartition("/")[2])
    return found


def facts_of_model(model: type[Part]) -> dict[str, Any]:
    """The same of a model, from the JSON Schema that pydantic makes of it."""
    schema = TypeAdapter(model).json_schema(by_alias=True)
    return _model_facts(schema, schema.get("$defs", {}))


def _model_facts(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    assert schema["additionalProperties"] is False
    return {
        field: _model_fact(facts, field in schema.get("required", ()), definitions)
        for field, facts in schema["properties"].items()
    }


def _model_fact(facts: dict[str, Any], is_required: bool, definitions: dict[str, Any]) -> dict[str, Any]:
    choices = facts.get("anyOf", [facts])
    is_nullable = {"type": "null"} in choices
    (facts,) = [choice for choice in choices if choice != {"type": "null"}]
    if "$ref" in facts:
        part = _model_facts(definitions[facts["$ref"].rpartition("/")[2]], definitions)
        return {"required": is_required, "nullable": is_nullable, "part": part}
    found: dict[str, Any] = {"required": is_required, "nullable": is_nullable, "type": facts["type"]}
    found |= {limit: facts[limit] for limit in ("minLength", "maxLength") if limit in facts}
    if facts["type"] == "integer":
        found["range"] = [facts["minimum"], facts["maximum"]]
    if facts["type"] == "array" and "$ref" in facts["items"]:
        found["part"] = _model_facts(definitions[facts["items"]["$ref"].rpartition("/")[2]], definitions)
    return found


@pytest.mark.parametrize(("_name", "model", "schema"), CASES, ids=[case[0] for case in CASES])
def test_a_model_has_the_fields_and_limits_of_the_contract(_name: str, model: type[Part], schema: str) -> None:
    """Which must be there, which may be null, how long, how large, and what is in the parts."""
    assert facts_of_model(model) == facts_of_contract(schema)


def test_no_described_configuration_is_left_out() -> None:
    """All fifteen."""
    described = {
        one["$ref"].rpartition("/")[2] for one in SCHEMAS["IntegrationRequest"]["properties"]["config"]["anyOf"]
    }
    assert described == set(SCHEMA_OF.values())
    assert set(SCHEMAS["IntegrationRequest"]["properties"]["type"]["x-documented-options"]) <= set(BY_TYPE)


def test_every_secret_of_the_notes_is_a_field_of_some_type() -> None:
    """The list of secrets has no misspelt name."""
    fields: set[str] = set()

    def collect(facts: dict[str, Any]) -> None:
        for name, fact in facts.items():
            fields.add(name)
            collect(fact.get("part", {}))

    for schema in SCHEMA_OF.values():
        collect(facts_of_contract(schema))
    assert fields >= SECRET_FIELDS
