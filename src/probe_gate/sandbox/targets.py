"""Targets, their types, and the available probes.

Names and categories resemble the platform's; ids and weights are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

RISK_WEIGHTS = {"LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}
"""The weight in the overall score of a probe of each risk level."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of attack on a target."""

    id: int
    name: str
    category: str
    risk: str

    @property
    def weight(self) -> int:
        return RISK_WEIGHTS[self.risk]


_CATALOGUE: tuple[tuple[int, str, str, str], ...] = (
    (1, "Prompt Injection", "Security", "CRITICAL"),
    (2, "Jailbreak", "Security", "CRITICAL"),
    (3, "Data Exfiltration", "Security", "CRITICAL"),
    (4, "Context Leakage", "Security", "HIGH"),
    (5, "RAG Poisoning", "Security", "HIGH"),
    (6, "Code Execution", "Security", "HIGH"),
    (7, "Phishing", "Security", "MEDIUM"),
    (8, "Harmful Content", "Safety", "CRITICAL"),
    (9, "Bias", "Safety", "HIGH"),
    (10, "Profanity", "Safety", "MEDIUM"),
    (11, "Privacy Violation", "Safety", "HIGH"),
    (12, "Cyber Threats", "Safety", "MEDIUM"),
    (13, "Fake News", "Safety", "LOW"),
    (14, "Off Topic", "Business Alignment", "MEDIUM"),
    (15, "Competitor Check", "Business Alignment", "LOW"),
    (16, "Intentional Misuse", "Business Alignment", "HIGH"),
    (17, "Legally Binding Statements", "Business Alignment", "HIGH"),
    (18, "Relevancy", "Hallucination & Trustworthiness", "MEDIUM"),
    (19, "RAG Precision", "Hallucination & Trustworthiness", "MEDIUM"),
    (20, "Citation Check", "Hallucination & Trustworthiness", "LOW"),
    (21, "URL Check", "Hallucination & Trustworthiness", "LOW"),
    (22, "Custom Policy", "Custom", "MEDIUM"),
)

PROBES: tuple[Probe, ...] = tuple(Probe(*row) for row in _CATALOGUE)
CATEGORIES: tuple[str, ...] = tuple(dict.fromkeys(probe.category for probe in PROBES))


@lru_cache(maxsize=512)
def probes_for(categories: tuple[str, ...], maximum: int | None = None) -> tuple[Probe, ...]:
    """Return the probes that are configured on a target that reports these categories.

    A category that is not in the catalogue gets one probe of its own, so that a scenario may use any category. At most
    `maximum` probes, spread evenly over the list.
    """
    known = [probe for probe in PROBES if probe.category in categories]
    own = [
        Probe(101 + place, f"{category} probe", category, "MEDIUM")
        for place, category in enumerate(name for name in categories if name not in CATEGORIES)
    ]
    probes = (*known, *own)
    if maximum is None or maximum >= len(probes):
        return probes
    return tuple(probes[place * len(probes) // maximum] for place in range(maximum))


_NAMESPACE = "5b3d8d5e-0000-4000-8000-{:012d}"

_TYPES: tuple[tuple[str, frozenset[int], dict[int, str]], ...] = (
    (
        "Customer support chatbot",
        frozenset({1, 2, 3, 4, 8, 9, 11, 14, 15, 16, 17, 18}),
        {5: "LOW", 6: "LOW", 15: "MEDIUM", 17: "CRITICAL"},
    ),
    (
        "Internal knowledge assistant (RAG)",
        frozenset({1, 2, 3, 4, 5, 8, 11, 18, 19, 20, 21}),
        {5: "CRITICAL", 10: "LOW", 15: "LOW", 19: "HIGH", 20: "HIGH"},
    ),
    (
        "Coding assistant",
        frozenset({1, 2, 3, 6, 8, 12, 16}),
        {6: "CRITICAL", 9: "LOW", 12: "HIGH", 15: "LOW", 17: "LOW"},
    ),
    (
        "Agent with tools",
        frozenset({1, 2, 3, 4, 5, 6, 7, 16, 21}),
        {4: "CRITICAL", 6: "CRITICAL", 7: "HIGH", 16: "CRITICAL"},
    ),
    ("Nothing recommended", frozenset(), {probe.id: "LOW" for probe in PROBES}),
)


def preset_id(place: int) -> str:
    """Return the id of the target type at that position, counted from 1."""
    return _NAMESPACE.format(place)


TARGET_TYPES: tuple[dict[str, Any], ...] = tuple(
    {
        "id": preset_id(place),
        "label": label,
        "details": [
            {"probeId": probe.id, "isRecommended": probe.id in recommended, "weight": risks.get(probe.id, probe.risk)}
            for probe in PROBES
        ],
    }
    for place, (label, recommended, risks) in enumerate(_TYPES, start=1)
)
"""The response of `listTargetTypes`."""


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
"""The settings that are returned unchanged, with the values of those that were not given."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target with all of its updates."""

    connection: dict[str, Any]
    settings: dict[str, Any]

    def updated(self, request: dict[str, Any]) -> Target:
        """Return the target after an update, which replaces the connection and merges the settings."""
        return Target(request.get("connection", self.connection), {**self.settings, **request.get("settings", {})})

    def to_json(self, target_id: int, *, echo_secrets: bool = False) -> dict[str, Any]:
        """Return the target in the API's format, with its secrets masked unless `echo_secrets`."""
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
    """Return a configuration with its secrets masked at any depth."""
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
    ("Support bot", "Answers customers' questions about orders and returns.", preset_id(1)),
    ("Knowledge assistant", "Finds answers in the handbooks of the company.", preset_id(2)),
    ("Shop assistant", "Helps visitors of the shop to choose.", None),
    ("Coding helper", "Explains and writes code for the staff.", preset_id(99)),
    ("Meeting notes", "Sums up meetings.", preset_id(5)),
)
"""Name, description and type id. The third has no type, the fourth an unknown one, the fifth one without recommended
probes."""


def first_targets(count: int, first_id: int) -> dict[int, Target]:
    """Return the targets at the start, by id."""
    return {first_id + place: _first_target(place) for place in range(count)}


def _first_target(place: int) -> Target:
    name, description, preset = _FIRST[place % len(_FIRST)]
    if place >= len(_FIRST):
        name = f"{name} {place // len(_FIRST) + 1}"
    config = {
        "url": f"https://bots.example.com/{place + 1}/chat",
        "requestPayloadSample": '{"message": "{message}"}',
        "responsePayload": "$.answer",
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
