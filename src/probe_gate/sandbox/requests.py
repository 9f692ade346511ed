"""The API's request bodies as pydantic models, and how they are parsed.

The models are as strict as the API description and no stricter: closed objects, exact types (`"1"` is not a number),
lengths, int32. A response lists all errors of a request as `validationErrors`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from probe_gate.sandbox.responses import ApiError, invalid

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
MAX_BODY_BYTES = 4 * 1024 * 1024

Int32 = Annotated[int, Field(ge=INT32_MIN, le=INT32_MAX)]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]

ABSENT: Any = None
"""The default of a field that may be absent but not null."""

WorkspaceId = Annotated[str, Path(alias="workspaceId")]
TargetId = Annotated[str, Path(alias="targetId")]
TestRunId = Annotated[str, Path(alias="testRunId")]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")


class Closed(BaseModel):
    """A closed object: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class TriggerTestRunRequest(Closed):
    target_id: Int32
    probe_ids: list[Int32] | None
    name: str
    notify_when_finished: bool
    run_ai_analysis: bool


Model = TypeVar("Model", bound=BaseModel)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("duplicate key")
    return read


def parse_json(body: bytes) -> Any:
    """Return the JSON value of a request body, or raise `ApiError` (400) if it is not JSON."""
    if len(body) > MAX_BODY_BYTES:
        raise invalid("$", "The body is too long.")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise invalid("$", f"The body is not JSON: {type(error).__name__}.") from None


def parse_request(model: type[Model], body: bytes) -> tuple[Model, Any]:
    """Return the validated request and its plain JSON, or raise `ApiError` (400) with all problems."""
    value = parse_json(body)
    try:
        return model.model_validate(value), value
    except ValidationError as error:
        raise ApiError(400, "VALIDATION_ERROR", "The request is not valid.", _texts(error)) from None


def _texts(error: ValidationError) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(str(part) for part in item["loc"]) or "$"
        texts.setdefault(field, []).append(item["msg"])
    return texts


def parse_int32(text: str, name: str) -> int:
    """Return a path parameter as a number, or raise `ApiError` (400) if it is not an int32."""
    if not _INTEGER.fullmatch(text) or not INT32_MIN <= (value := int(text[:12])) <= INT32_MAX or len(text) > 11:
        raise invalid(name, "The value is not a 32-bit integer.")
    return value


Short = Annotated[str, Field(min_length=2, max_length=256)]
Prompt = Annotated[str, Field(min_length=2, max_length=30_000)]
Payload = Annotated[str, Field(min_length=2, max_length=10_000)]
LongPayload = Annotated[str, Field(min_length=2, max_length=30_000)]
ResponsePath = Annotated[str, Field(min_length=2, max_length=512)]
Version = Annotated[str, Field(min_length=1, max_length=50)]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Headers = dict[str, Any] | None


class OpenAIRestApi(Closed):
    url: Short
    headers: Headers
    extra_llm_params: dict[str, Any]
    model: str | None = None
    system_prompt: str | None = None
    response_payload: ResponsePath | None = None
    api_key: str | None = None


class RestApiOauth(Closed):
    url: str
    client_id: str
    client_secret: str
    scope: str
    additional_parameters: dict[str, Any] | None = None


class OpenSession(Closed):
    url: Short
    request_payload_sample: LongPayload
    response_payload: ResponsePath = ABSENT


class CloseSession(Closed):
    url: Short
    request_payload_sample: LongPayload


class RestApi(Closed):
    url: Short
    request_payload_sample: Payload
    response_payload: ResponsePath
    headers: Headers
    oauth: RestApiOauth = ABSENT
    open_session: OpenSession = ABSENT
    close_session: CloseSession = ABSENT


class ProxySdk(Closed):
    url: Short
    api_key: Annotated[str, Field(max_length=500)] | None = None
    request_payload_sample: Annotated[str, Field(max_length=10_000)] = ABSENT
    headers: Headers = None


class Dify(Closed):
    api_key: Short


class OpenAI(Closed):
    api_key: Short
    model: Short
    system_prompt: Prompt | None = None


class HuggingFace(Closed):
    token: Short
    model: Short
    api_type: str
    system_prompt: Prompt | None = None


class Mistral(OpenAI):
    pass


class Gemini(OpenAI):
    pass


class Anthropic(OpenAI):
    max_tokens: Int32


class AzureOpenAI(Closed):
    api_key: Short
    url: Short
    deployment_name: Short
    system_prompt: Prompt | None = None
    api_version: Version | None = None
    extra_llm_params: dict[str, str] | None = None


class AzureML(Closed):
    api_key: Short
    url: Short
    system_prompt: Prompt | None = None


class Bedrock(Closed):
    model: Short
    aws_access_key_id: Short
    aws_secret_access_key: Short
    aws_region: Short
    system_prompt: Prompt | None = None
    extra_llm_params: dict[str, str] | None = None


class OpenAIAssistant(Closed):
    assistant_id: Short
    api_key: Short


class DatabricksOAuth(Closed):
    client_id: str
    client_secret: str


class Databricks(Closed):
    workspace_url: Short
    model: Short
    access_token: str = ABSENT
    o_auth: DatabricksOAuth = ABSENT
    system_prompt: Prompt | None = None


class CopilotNonAuth(Closed):
    agent_secret: str | None
    direct_line_region: str | None


class CopilotAuth(Closed):
    client_id: str | None
    tenant_id: str | None
    env_id: str | None
    schema_name: str | None
    refresh_token: str | None
    expires_at_timestamp: Int64


class CopilotStudio(Closed):
    authentication_type: str | None
    non_auth: CopilotNonAuth = ABSENT
    auth: CopilotAuth = ABSENT


BY_TYPE: dict[str, type[BaseModel]] = {
    "OPENAI": OpenAI,
    "OPENAI_REST_API": OpenAIRestApi,
    "REST_API": RestApi,
    "DIFY": Dify,
    "HUGGING_FACE": HuggingFace,
    "MISTRAL": Mistral,
    "ANTHROPIC": Anthropic,
    "AZURE_OPENAI": AzureOpenAI,
    "AZURE_ML": AzureML,
    "GEMINI": Gemini,
    "BEDROCK": Bedrock,
    "PROXY_SDK": ProxySdk,
    "OPENAI_ASSISTANT": OpenAIAssistant,
}
"""The connection types with known names."""

ALL_CONFIGS: tuple[type[BaseModel], ...] = (*BY_TYPE.values(), Databricks, CopilotStudio)


def config_errors(connection_type: str, config: dict[str, Any]) -> dict[str, list[str]]:
    """Return the problems of a configuration by field; empty if it is valid.

    If the name of the type is unknown, the configuration must be valid for any of the types.
    """
    model = BY_TYPE.get(connection_type)
    if model is None:
        if any(not _errors(candidate, config) for candidate in ALL_CONFIGS):
            return {}
        return {"connection.config": ["The configuration is not that of any connection type."]}
    return _errors(model, config)


def _errors(model: type[BaseModel], config: dict[str, Any]) -> dict[str, list[str]]:
    try:
        model.model_validate(config)
    except ValidationError as error:
        texts: dict[str, list[str]] = {}
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            field = ".".join(("connection", "config", *map(str, item["loc"])))
            texts.setdefault(field, []).append(item["msg"])
        return texts
    return {}


Text30000 = Annotated[str, Field(max_length=30_000)]


class IntegrationRequest(Closed):
    type: str
    config: dict[str, Any]


class SystemPromptConfigurations(Closed):
    system_prompt_confidential: Text30000 | None = None
    system_prompt_not_confidential: Text30000 | None = None
    system_prompt_tools: Text30000 | None = None


class PredefinedResponse(Closed):
    type: str
    value: str


class TargetSettings(Closed):
    name: Annotated[str, Field(min_length=2, max_length=256)]
    environment: str
    description: Annotated[str, Field(min_length=2, max_length=2000)]
    language: str
    rate_limit: Int32
    supported_modes: list[str]
    concurrent_requests: bool
    multi_step_attacks: bool
    system_prompt_configurations: SystemPromptConfigurations = ABSENT
    rag_file_id: Uuid | None = None
    predefined_responses: list[PredefinedResponse] | None = None
    rag_file_number_of_facts: Int32 | None = None
    target_preset_id: Uuid | None = None
    worker_pool_id: Uuid | None = None


class CreateTarget(Closed):
    connection: IntegrationRequest
    settings: TargetSettings


class UpdateTarget(Closed):
    connection: IntegrationRequest = ABSENT
    settings: TargetSettings = ABSENT


def parse_target_request(model: type[CreateTarget | UpdateTarget], body: bytes, *, strict: bool) -> dict[str, Any]:
    """Return the request as plain JSON, or raise `ApiError` (400) with all problems.

    `strict` also enforces limits that the API description gives only in prose, such as a rate limit over 3000.
    """
    value: dict[str, Any]
    _, value = parse_request(model, body)
    errors: dict[str, list[str]] = {}
    if "connection" in value:
        errors.update(config_errors(value["connection"]["type"], value["connection"]["config"]))
    if strict:
        for field, text in _described_errors(value):
            errors.setdefault(field, []).append(text)
    if errors:
        raise ApiError(400, "VALIDATION_ERROR", "The request is not valid.", errors)
    return value


_OPTIONS = {
    "environment": ("PROD", "STAGE", "DEV"),
    "supportedModes": ("TEXT", "IMAGE", "DOCUMENT", "AUDIO"),
}
_RATES = range(1, 3001)


def _described_errors(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    connection = value.get("connection")
    if connection is not None and connection["type"] not in BY_TYPE:
        yield "connection.type", f"Use one of {', '.join(BY_TYPE)}."
    settings = value.get("settings")
    if settings is None:
        return
    for name, options in _OPTIONS.items():
        given = settings[name] if isinstance(settings[name], list) else [settings[name]]
        if not set(given) <= set(options):
            yield f"settings.{name}", f"Use {', '.join(options)}."
    if settings["rateLimit"] not in _RATES:
        yield "settings.rateLimit", "Use 1 to 3000 requests per second."
    if not re.fullmatch("[a-z]{2}", settings["language"]):
        yield "settings.language", "Use an ISO 639-1 code, such as en."
    if settings.get("ragFileId") is not None and settings.get("ragFileNumberOfFacts") is None:
        yield "settings.ragFileNumberOfFacts", "Required with ragFileId."
    for response in settings.get("predefinedResponses") or ():
        if response["type"] not in ("TEXT", "REGEX"):
            yield "settings.predefinedResponses", "Use TEXT, REGEX."
