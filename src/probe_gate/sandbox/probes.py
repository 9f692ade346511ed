"""The probes of the sandbox: what a target can be attacked with.

The names and categories are plausible, the numbers are the sandbox's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

RISK_WEIGHTS = {"LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}
"""How much a probe of each risk level counts in the overall score."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One attack on a target."""

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
def probes_for(categories: tuple[str, ...], most: int | None = None) -> tuple[Probe, ...]:
    """The probes that are configured on a target which reports these categories.

    A category that the catalogue does not know gets one probe of its own, so that a scenario may
    name any category that it likes. At most `most` probes, from all over the list.
    """
    known = [probe for probe in PROBES if probe.category in categories]
    own = [
        Probe(101 + place, f"{category} probe", category, "MEDIUM")
        for place, category in enumerate(name for name in categories if name not in CATEGORIES)
    ]
    probes = (*known, *own)
    if most is None or most >= len(probes):
        return probes
    return tuple(probes[place * len(probes) // most] for place in range(most))
