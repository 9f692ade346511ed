"""The configuration of each connection type, as the platform's API description has it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from probe_gate.target_file.checks import one_of

ABSENT: Any = None
"""The default of a field that may be left out but must not be null."""

Short = Annotated[str, Field(min_length=2, max_length=256)]
Prompt = Annotated[str, Field(min_length=2, max_length=30_000)]
Payload = Annotated[str, Field(min_length=2, max_length=10_000)]
SessionPayload = Annotated[str, Field(min_length=2, max_length=30_000)]
ResponsePath = Annotated[str, Field(min_length=2, max_length=512)]
Version = Annotated[str, Field(min_length=1, max_length=50)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Headers = dict[str, Any] | None
TextMap = dict[str, str] | None


class Part(BaseModel):
    """A mapping of the file whose names are all known."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel)


class OpenAIRestApi(Part):
    url: Short
    headers: Headers
    extra_llm_params: dict[str, Any]
    model: str | None = None
    system_prompt: str | None = None
    response_payload: ResponsePath | None = None
    api_key: str | None = None


class Oauth(Part):
    url: str
    client_id: str
    client_secret: str
    scope: str
    additional_parameters: dict[str, Any] | None = None


class OpenSession(Part):
    url: Short
    request_payload_sample: SessionPayload
    response_payload: ResponsePath = ABSENT


class CloseSession(Part):
    url: Short
    request_payload_sample: SessionPayload


class RestApi(Part):
    url: Short
    request_payload_sample: Payload
    response_payload: ResponsePath
    headers: Headers
    oauth: Oauth = ABSENT
    open_session: OpenSession = ABSENT
    close_session: CloseSession = ABSENT


class ProxySdk(Part):
    url: Short
    api_key: Annotated[str, Field(max_length=500)] | None = None
    request_payload_sample: Annotated[str, Field(max_length=10_000)] = ABSENT
    headers: Headers = None


class Dify(Part):
    api_key: Short


class KeyAndModel(Part):
    """OPENAI, MISTRAL and GEMINI need the same."""

    api_key: Short
    model: Short
    system_prompt: Prompt | None = None


class Anthropic(KeyAndModel):
    max_tokens: Int32


class HuggingFace(Part):
    token: Short
    model: Short
    api_type: Annotated[str, one_of("TEXT_GENERATION")]
    system_prompt: Prompt | None = None


class AzureOpenAI(Part):
    api_key: Short
    url: Short
    deployment_name: Short
    system_prompt: Prompt | None = None
    api_version: Version | None = None
    extra_llm_params: TextMap = None


class AzureML(Part):
    api_key: Short
    url: Short
    system_prompt: Prompt | None = None


class Bedrock(Part):
    model: Short
    aws_access_key_id: Short
    aws_secret_access_key: Short
    aws_region: Short
    system_prompt: Prompt | None = None
    extra_llm_params: TextMap = None


class OpenAIAssistant(Part):
    assistant_id: Short
    api_key: Short


class DatabricksOAuth(Part):
    client_id: str
    client_secret: str


class Databricks(Part):
    workspace_url: Short
    model: Short
    access_token: str = ABSENT
    o_auth: DatabricksOAuth = ABSENT
    system_prompt: Prompt | None = None


class CopilotNonAuth(Part):
    agent_secret: str | None
    direct_line_region: str | None


class CopilotAuth(Part):
    client_id: str | None
    tenant_id: str | None
    env_id: str | None
    schema_name: str | None
    refresh_token: str | None
    expires_at_timestamp: Int64


class CopilotStudio(Part):
    authentication_type: str | None
    non_auth: CopilotNonAuth = ABSENT
    auth: CopilotAuth = ABSENT


BY_TYPE: dict[str, type[Part]] = {
    "OPENAI": KeyAndModel,
    "OPENAI_REST_API": OpenAIRestApi,
    "REST_API": RestApi,
    "DIFY": Dify,
    "HUGGING_FACE": HuggingFace,
    "MISTRAL": KeyAndModel,
    "ANTHROPIC": Anthropic,
    "AZURE_OPENAI": AzureOpenAI,
    "AZURE_ML": AzureML,
    "GEMINI": KeyAndModel,
    "BEDROCK": Bedrock,
    "PROXY_SDK": ProxySdk,
    "OPENAI_ASSISTANT": OpenAIAssistant,
    "DATABRICKS": Databricks,
    "COPILOT_STUDIO": CopilotStudio,
}
"""Each type whose configuration is described."""

NAME_NOT_DOCUMENTED = frozenset({"DATABRICKS", "COPILOT_STUDIO"})
"""Types whose configuration is described, but not the name that they go by: these names are a guess."""


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The names of a mapping's fields, as they stand in a file."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def required_names(model: type[BaseModel]) -> frozenset[str]:
    """Those of them that must be there."""
    return frozenset(field.alias or name for name, field in model.model_fields.items() if field.is_required())
