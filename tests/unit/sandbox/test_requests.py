"""Reading requests as strictly as the contract says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probe_gate.sandbox.requests import (
    ALL_CONFIGS,
    BY_TYPE,
    CreateTarget,
    TriggerTestRunRequest,
    UpdateTarget,
    parse_int32,
    parse_request,
    parse_target_request,
)
from probe_gate.sandbox.responses import ApiError
from probe_gate.sandbox.targets import first_targets

GOOD: dict[str, Any] = {
    "targetId": 1, "probeIds": None, "name": "", "notifyWhenFinished": False, "runAiAnalysis": True,
}  # fmt: skip


def refused(body: bytes) -> dict[str, list[str]]:
    with pytest.raises(ApiError) as refusal:
        parse_request(TriggerTestRunRequest, body)
    assert refusal.value.status == 400
    return refusal.value.body["error"]["validationErrors"]  # type: ignore[no-any-return]


def test_a_request_of_the_contract_is_read() -> None:
    """An empty name and no probes are allowed."""
    asked, plain = parse_request(TriggerTestRunRequest, json.dumps(GOOD).encode())
    assert (asked.target_id, asked.probe_ids, asked.run_ai_analysis) == (1, None, True)
    assert plain == GOOD


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"targetId": "1"}, "targetId"),
        ({"targetId": 1.5}, "targetId"),
        ({"targetId": True}, "targetId"),
        ({"targetId": 2**31}, "targetId"),
        ({"targetId": None}, "targetId"),
        ({"probeIds": [1, -(2**31) - 1]}, "probeIds.1"),
        ({"probeIds": "all"}, "probeIds"),
        ({"name": None}, "name"),
        ({"notifyWhenFinished": 0}, "notifyWhenFinished"),
        ({"runAiAnalysis": "false"}, "runAiAnalysis"),
        ({"extra": 1}, "extra"),
    ],
)
def test_each_mistake_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    """Nothing is converted, nothing is ignored."""
    assert list(refused(json.dumps({**GOOD, **changes}).encode())) == [field]


def test_all_mistakes_are_named_at_once() -> None:
    """Missing fields, too."""
    assert set(refused(b'{"targetId":"x","y":1}')) == {
        "targetId", "probeIds", "name", "notifyWhenFinished", "runAiAnalysis", "y",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b'{"a":NaN}', b'{"a":1,"a":1}', b"\xff", b"[" * 200_000,
        b" " * (5 * 1024 * 1024),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    """With 400, never with a crash."""
    assert refused(body)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-5", -5), ("2147483647", 2**31 - 1)])
def test_path_parameters_are_32_bit(text: str, value: int) -> None:
    """To their very ends."""
    assert parse_int32(text, "id") == value


@pytest.mark.parametrize("text", ["", "x", "1.0", "+1", "01", "1_0", " 1", "1 ", "2147483648", "9" * 5000, "١"])
def test_other_path_parameters_are_refused(text: str) -> None:
    """However much they look like a number."""
    with pytest.raises(ApiError):
        parse_int32(text, "id")


CONTRACT = json.loads((Path(__file__).parents[2] / "contract" / "openapi.json").read_text())["components"]["schemas"]
CONFIGS: dict[str, Any] = {
    "OPENAI_REST_API": "OpenAIRestApiIntegrationConfig",
    "REST_API": "RestApiIntegrationConfig",
    "PROXY_SDK": "ProxySdkIntegrationConfig",
    "DIFY": "DifyIntegrationConfig",
    "OPENAI": "OpenAIIntegrationConfig",
    "HUGGING_FACE": "HuggingFaceIntegrationConfig",
    "MISTRAL": "MistralIntegrationConfig",
    "ANTHROPIC": "AnthropicIntegrationConfig",
    "AZURE_OPENAI": "AzureOpenAIIntegrationConfig",
    "AZURE_ML": "AzureMLIntegrationConfig",
    "GEMINI": "GeminiIntegrationConfig",
    "BEDROCK": "BedrockIntegrationConfig",
    "OPENAI_ASSISTANT": "OpenAIAssistantConfig",
}


def settings(**changes: Any) -> dict[str, Any]:
    return {**first_targets(1, 1)[1].settings, **changes}


def request(config: dict[str, Any], kind: str = "REST_API", **changes: Any) -> bytes:
    return json.dumps({"connection": {"type": kind, "config": config}, "settings": settings(**changes)}).encode()


def example(schema: dict[str, Any], *, only_required: bool) -> Any:
    """A value that fits a schema of the contract."""
    if "$ref" in schema:
        return example(CONTRACT[schema["$ref"].rpartition("/")[2]], only_required=only_required)
    match schema.get("type"):
        case "integer":
            return 5
        case "string":
            return "x" * schema.get("minLength", 2)
        case "object":
            names = schema.get("required", ()) if only_required else schema.get("properties", {})
            return {name: example(schema["properties"][name], only_required=only_required) for name in names}
    raise NotImplementedError(schema)


def refused_fields(body: bytes, *, strict: bool = False) -> set[str]:
    with pytest.raises(ApiError) as refusal:
        parse_target_request(CreateTarget, body, strict=strict)
    assert refusal.value.status == 400
    return set(refusal.value.body["error"]["validationErrors"])


@pytest.mark.parametrize("kind", sorted(CONFIGS))
@pytest.mark.parametrize("only_required", [True, False])
def test_each_connection_type_takes_what_the_contract_describes(kind: str, only_required: bool) -> None:
    """The least that is required, and every field."""
    config = example(CONTRACT[CONFIGS[kind]], only_required=only_required)
    assert parse_target_request(CreateTarget, request(config, kind), strict=True)["connection"]["config"] == config


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_each_required_field_is_required_and_no_other_is_known(kind: str) -> None:
    """One by one."""
    schema = CONTRACT[CONFIGS[kind]]
    config = example(schema, only_required=True)
    for name in schema["required"]:
        less = {key: value for key, value in config.items() if key != name}
        assert refused_fields(request(less, kind)) == {f"connection.config.{name}"}
    assert refused_fields(request({**config, "other": 1}, kind)) == {"connection.config.other"}


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_lengths_are_held(kind: str) -> None:
    """One character beyond each end."""
    schema = CONTRACT[CONFIGS[kind]]
    config = example(schema, only_required=True)
    for name, field in schema["properties"].items():
        for length in (field.get("minLength", 0) - 1, field.get("maxLength", -2) + 1):
            if length >= 0:
                assert refused_fields(request({**config, name: "x" * length}, kind)) == {f"connection.config.{name}"}


def test_the_types_are_those_of_the_contract() -> None:
    """All with a name, and two without."""
    documented = CONTRACT["IntegrationRequest"]["properties"]
    assert set(documented["type"]["x-documented-options"]) <= set(BY_TYPE)
    assert len(documented["config"]["anyOf"]) == len(ALL_CONFIGS) == len(BY_TYPE) + 2


def test_a_type_that_is_not_known_takes_any_known_configuration() -> None:
    """And no other."""
    assert parse_target_request(CreateTarget, request({"apiKey": "made-up"}, "NEW"), strict=False)
    assert refused_fields(request({"key": "made-up"}, "NEW")) == {"connection.config"}


def test_what_may_be_left_out_may_not_be_null() -> None:
    """Unless the contract says so."""
    config = example(CONTRACT[CONFIGS["REST_API"]], only_required=True)
    assert refused_fields(request({**config, "oauth": None})) == {"connection.config.oauth"}
    assert parse_target_request(CreateTarget, request({**config, "headers": None}), strict=False)
    assert refused_fields(request(config, systemPromptConfigurations=None)) == {"settings.systemPromptConfigurations"}
    assert parse_target_request(CreateTarget, request(config, targetPresetId=None), strict=False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rateLimit": 3001}, "rateLimit"),
        ({"rateLimit": 0}, "rateLimit"),
        ({"environment": "TEST"}, "environment"),
        ({"language": "english"}, "language"),
        ({"supportedModes": ["TEXT", "VIDEO"]}, "supportedModes"),
        ({"ragFileId": "5b3d8d5e-0000-4000-8000-000000000001"}, "ragFileNumberOfFacts"),
        ({"predefinedResponses": [{"type": "JSON", "value": "x"}]}, "predefinedResponses"),
    ],
)
def test_what_the_contract_only_describes_is_refused_when_told(changes: dict[str, Any], field: str) -> None:
    """By its schema it is allowed."""
    config = example(CONTRACT[CONFIGS["DIFY"]], only_required=True)
    assert parse_target_request(CreateTarget, request(config, "DIFY", **changes), strict=False)
    assert refused_fields(request(config, "DIFY", **changes), strict=True) == {f"settings.{field}"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "x"}, "name"),
        ({"name": "x" * 257}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"rateLimit": 2**31}, "rateLimit"),
        ({"rateLimit": "5"}, "rateLimit"),
        ({"targetPresetId": "no-uuid"}, "targetPresetId"),
        ({"supportedModes": "TEXT"}, "supportedModes"),
        ({"more": 1}, "more"),
    ],
)
def test_settings_are_held_to_the_contract(changes: dict[str, Any], field: str) -> None:
    """Types, lengths and ranges."""
    assert refused_fields(request({"apiKey": "made-up"}, "DIFY", **changes)) == {f"settings.{field}"}


def test_an_update_may_leave_out_either_part() -> None:
    """Or both, but not null."""
    assert parse_target_request(UpdateTarget, b"{}", strict=True) == {}
    assert set(parse_target_request(UpdateTarget, json.dumps({"settings": settings()}).encode(), strict=True)) == {
        "settings"
    }
    with pytest.raises(ApiError):
        parse_target_request(UpdateTarget, b'{"settings":null}', strict=False)
