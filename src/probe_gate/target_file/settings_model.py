"""The settings of a target, as the platform's API description has them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from probe_gate.target_file.checks import LANGUAGE, UUID, one_of
from probe_gate.target_file.connections import ABSENT, Int32, Part

MORE_PROMPT = Annotated[str, Field(max_length=30_000)]
Id = Annotated[str, UUID]
Mode = Annotated[str, one_of("TEXT", "IMAGE", "DOCUMENT", "AUDIO")]


class SystemPrompts(Part):
    system_prompt_confidential: MORE_PROMPT | None = None
    system_prompt_not_confidential: MORE_PROMPT | None = None
    system_prompt_tools: MORE_PROMPT | None = None


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
