"""The target types of the sandbox: which probes are recommended for a kind of target, and how grave each is."""

from __future__ import annotations

from typing import Any

from probe_gate.sandbox.probes import PROBES

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
    """The id of the type at that place of the list, counted from 1."""
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
"""As `listTargetTypes` answers them."""
