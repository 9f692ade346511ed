"""The settings of a target and the configuration of each connection type, as the platform's API describes them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

_UUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")

_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv
dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie
ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv
mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm
rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr
ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_CODES.split())
"""The two-letter codes of ISO 639-1."""


def one_of(*words: str) -> AfterValidator:
    """Return a validator that accepts these words only."""

    def check(value: str) -> str:
        if value not in words:
            raise PydanticCustomError("not_one_of", "is not one of {words}", {"words": ", ".join(words)})
        return value

    return AfterValidator(check)


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise PydanticCustomError("not_a_language", "is not a language of ISO 639-1, such as en")
    return value


def _uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise PydanticCustomError("not_a_uuid", "is not an id such as 123e4567-e89b-42d3-a456-426614174000")
    return value


LANGUAGE = AfterValidator(_language)
UUID = AfterValidator(_uuid)

ABSENT: Any = None
"""The default of a field that may be absent but not null."""

Short = Annotated[str, Field(min_length=2, max_length=256)]
Prompt = Annotated[str, Field(min_length=2, max_length=30_000)]
Payload = Annotated[str, Field(min_length=2, max_length=10_000)]
SessionPayload = Annotated[str, Field(min_length=2, max_length=30_000)]
ResponsePath = Annotated[str, Field(min_length=2, max_length=512)]
Version = Annotated[str, Field(min_length=1, max_length=50)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
LongPrompt = Annotated[str, Field(max_length=30_000)]
Id = Annotated[str, UUID]
Mode = Annotated[str, one_of("TEXT", "IMAGE", "DOCUMENT", "AUDIO")]
Headers = dict[str, Any] | None
TextMap = dict[str, str] | None


class Part(BaseModel):
    """A mapping of the file without unknown fields."""

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
    """Configuration of OPENAI, MISTRAL and GEMINI."""

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
"""The model of each connection type with a known configuration."""

NAME_NOT_DOCUMENTED = frozenset({"DATABRICKS", "COPILOT_STUDIO"})
"""Types whose configuration is documented, but not their names, which are guessed here."""


class SystemPrompts(Part):
    system_prompt_confidential: LongPrompt | None = None
    system_prompt_not_confidential: LongPrompt | None = None
    system_prompt_tools: LongPrompt | None = None


class PredefinedResponse(Part):
    type: Annotated[str, one_of("TEXT", "REGEX")]
    value: str


class TargetSettings(Part):
    name: Annotated[str, Field(min_length=2, max_length=256)]
    environment: Annotated[str, one_of("PROD", "STAGE", "DEV")]
    description: Annotated[str, Field(min_length=2, max_length=2000)]
    language: Annotated[str, LANGUAGE]
    rate_limit: Annotated[int, Field(ge=1, le=3000)]
    supported_modes: list[Mode]
    concurrent_requests: bool
    multi_step_attacks: bool
    system_prompt_configurations: SystemPrompts = ABSENT
    rag_file_id: Id | None = None
    predefined_responses: list[PredefinedResponse] | None = None
    rag_file_number_of_facts: Int32 | None = None
    target_preset_id: Id | None = None
    worker_pool_id: Id | None = None
