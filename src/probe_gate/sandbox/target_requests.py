"""The requests that create and change a target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from probe_gate.sandbox.connections import BY_TYPE, config_errors
from probe_gate.sandbox.contract import ABSENT, Closed, Int32, Uuid, read_request
from probe_gate.sandbox.problems import RefusalError

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


def read_target(model: type[CreateTarget | UpdateTarget], body: bytes, *, strict: bool) -> dict[str, Any]:
    """The request as plain JSON. Raises `RefusalError` (400) with all mistakes.

    `strict` refuses also what the contract describes in words only, such as a rate limit over 3000.
    """
    value: dict[str, Any]
    _, value = read_request(model, body)
    errors: dict[str, list[str]] = {}
    if "connection" in value:
        errors.update(config_errors(value["connection"]["type"], value["connection"]["config"]))
    if strict:
        for field, text in _described_errors(value):
            errors.setdefault(field, []).append(text)
    if errors:
        raise RefusalError(400, "VALIDATION_ERROR", "The request is not valid.", errors)
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
