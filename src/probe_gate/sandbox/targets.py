"""Targets as the platform keeps them, and as it shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from probe_gate.sandbox.target_types import preset_id

SECRET_FIELDS = frozenset(
    {
        "apiKey",
        "token",
        "clientSecret",
        "awsAccessKeyId",
        "awsSecretAccessKey",
        "accessToken",
        "agentSecret",
        "refreshToken",
    }
)
MASK = "********"

_PLAIN_SETTINGS: dict[str, Any] = {
    "name": None,
    "environment": None,
    "supportedModes": None,
    "description": None,
    "concurrentRequests": False,
    "multiStepAttacks": False,
    "language": None,
    "rateLimit": None,
    "targetPresetId": None,
    "systemPromptConfigurations": {},
    "workerPoolId": None,
    "predefinedResponses": None,
    "ragFileNumberOfFacts": None,
}
"""The settings that are shown as they were given, and what is shown of those that were not."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it was created, every change merged in."""

    connection: dict[str, Any]
    settings: dict[str, Any]

    def updated(self, request: dict[str, Any]) -> Target:
        """With the parts of an update: a connection is replaced, settings are changed one by one."""
        return Target(request.get("connection", self.connection), {**self.settings, **request.get("settings", {})})

    def to_json(self, target_id: int, *, echo_secrets: bool = False) -> dict[str, Any]:
        """The target as the contract shows it, its secrets masked unless they are to be echoed."""
        settings = {name: self.settings.get(name, default) for name, default in _PLAIN_SETTINGS.items()}
        rag_file = self.settings.get("ragFileId")
        if rag_file is not None:
            settings["ragFile"] = {
                "ragFileId": rag_file,
                "ragFileName": "facts.pdf",
                "ragFileUrl": f"https://files.example.com/{rag_file}",
            }
        config = self.connection["config"]
        return {
            "id": target_id,
            "scanId": target_id + 9000,
            "connection": {
                "type": self.connection["type"],
                "config": config if echo_secrets else mask_secrets(config),
            },
            "settings": settings,
        }


def mask_secrets(value: Any) -> Any:
    """A configuration with its secrets masked, wherever in it they stand."""
    if isinstance(value, list):
        return [mask_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    masked: dict[str, Any] = {}
    for name, item in value.items():
        if name in SECRET_FIELDS and item is not None:
            masked[name] = MASK
        elif name == "headers" and isinstance(item, dict):
            masked[name] = dict.fromkeys(item, MASK)
        else:
            masked[name] = mask_secrets(item)
    return masked


_FIRST: tuple[tuple[str, str, str | None], ...] = (
    ("Support bot", "Answers questions of customers about orders and returns.", preset_id(1)),
    ("Knowledge assistant", "Finds answers in the handbooks of the company.", preset_id(2)),
    ("Shop assistant", "Helps visitors of the shop to choose.", None),
    ("Coding helper", "Explains and writes code for the staff.", preset_id(99)),
    ("Meeting notes", "Sums up meetings.", preset_id(5)),
)
"""Name, description and type. The third has no type, that of the fourth is not listed, the fifth's
recommends nothing."""


def first_targets(count: int, first_id: int) -> dict[int, Target]:
    """The targets that are there at the start."""
    return {first_id + place: _first_target(place) for place in range(count)}


def _first_target(place: int) -> Target:
    name, description, preset = _FIRST[place % len(_FIRST)]
    if place >= len(_FIRST):
        name = f"{name} {place // len(_FIRST) + 1}"
    config = {
        "url": f"https://bots.example.com/{place + 1}/chat",
        "requestPayloadSample": '{"message": "{PROMPT}"}',
        "responsePayload": "{RESPONSE}",
        "headers": {"Authorization": "Bearer made-up"},
    }
    settings = {
        "name": name,
        "environment": "STAGE",
        "description": description,
        "language": "en",
        "rateLimit": 60,
        "supportedModes": ["TEXT"],
        "concurrentRequests": True,
        "multiStepAttacks": True,
        "targetPresetId": preset,
    }
    return Target({"type": "REST_API", "config": config}, settings)
