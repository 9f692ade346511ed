"""The configuration of each connection type, as the contract describes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from probe_gate.sandbox.contract import ABSENT, Closed, Int32

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
"""The types whose name is known."""

ALL_CONFIGS: tuple[type[BaseModel], ...] = (*BY_TYPE.values(), Databricks, CopilotStudio)


def config_errors(connection_type: str, config: dict[str, Any]) -> dict[str, list[str]]:
    """What is wrong with a configuration, by field; nothing when it is right.

    One of a type whose name is not known must be right for any of the types.
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
