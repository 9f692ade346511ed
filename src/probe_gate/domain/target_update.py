"""The request that brings a target to its state, and no further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probe_gate.domain.target_diff import TargetDiff, may_be_carried, seen_settings
from probe_gate.domain.target_state import TargetState
from probe_gate.domain.target_values import as_map, is_nothing, same

TEXT_SETTINGS = ("ragFileId", "targetPresetId", "workerPoolId")
PROMPTS = "systemPromptConfigurations"
PROMPT_NAMES = ("systemPromptConfidential", "systemPromptNotConfidential", "systemPromptTools")


def build_update(
    state: TargetState, current: Mapping[str, Any], diff: TargetDiff, *, send_secrets: bool = False
) -> dict[str, Any]:
    """The body for `updateTarget`; empty when nothing differs.

    The platform takes the connection, and the settings, only whole. What the file does not name is therefore sent as
    it was read, unless it may hold a secret: what is secret comes from the file alone, so no mask is ever written back.
    """
    body: dict[str, Any] = {}
    if diff.changes_connection or send_secrets:
        connection = as_map(current.get("connection"))
        carried = {}
        if same(state.connection_type, connection.get("type"), ("connection", "type")):
            config = as_map(connection.get("config"))
            carried = {name: value for name, value in config.items() if may_be_carried(name, value, state)}
        body["connection"] = {"type": state.connection_type, "config": {**carried, **state.config}}
    if diff.changes_settings:
        carried = carried_settings(as_map(current.get("settings")))
        settings = {**carried, **state.settings}
        wanted = state.settings.get(PROMPTS)
        if isinstance(wanted, Mapping):
            settings[PROMPTS] = {**as_map(carried.get(PROMPTS)), **wanted}
        body["settings"] = settings
    return body


def carried_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The optional settings of an answer, in the form that a request has for them; what has another form is left out."""
    seen = seen_settings(settings)
    carried: dict[str, Any] = {name: seen[name] for name in TEXT_SETTINGS if isinstance(seen.get(name), str)}
    facts = seen.get("ragFileNumberOfFacts")
    if isinstance(facts, int) and not isinstance(facts, bool):
        carried["ragFileNumberOfFacts"] = facts
    prompts = as_map(seen.get(PROMPTS))
    texts = {name: prompts[name] for name in PROMPT_NAMES if isinstance(prompts.get(name), str)}
    if texts:
        carried[PROMPTS] = texts
    responses = seen.get("predefinedResponses")
    if isinstance(responses, list) and not is_nothing(responses) and all(map(_is_response, responses)):
        carried["predefinedResponses"] = [{"type": one["type"], "value": one["value"]} for one in responses]
    return carried


def _is_response(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(name), str) for name in ("type", "value"))
