"""Text to ids, probes, categories and outcomes. Each reader raises `ValueError` with what is wrong, and nothing else."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import pairwise

from probe_gate.domain.near import did_you_mean
from probe_gate.domain.probes import ALL_PROBES, ChosenProbes, ProbeChoice, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.domain.quantity import read_id, shown
from probe_gate.errors import SOFTENABLE, Outcome

LONGEST_TEXT = 200
MOST_IDS = 10_000

_RISK = re.compile(r"risk\s*>=\s*([A-Za-z]+)", re.ASCII | re.IGNORECASE)


def split_list(text: str) -> list[str]:
    """The items between commas or on lines; none of them is empty."""
    lines = [line.strip().removesuffix(",") for line in text.splitlines() if line.strip()]
    items = [item.strip() for line in lines for item in line.split(",")]
    if not items or not all(items):
        raise ValueError(f"{shown(text)} has an empty place in its list")
    return items


def read_ids(text: str) -> tuple[int, ...]:
    """Ids between commas or on lines, with or without brackets around them; ascending."""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return sort_ids([read_id(item) for item in split_list(text)])


def sort_ids(ids: list[int]) -> tuple[int, ...]:
    """The ids, ascending; none may be there twice."""
    if len(ids) > MOST_IDS:
        raise ValueError(f"{len(ids)} ids are named; at most {MOST_IDS} are taken")
    ascending = sorted(ids)
    for one, following in pairwise(ascending):
        if one == following:
            raise ValueError(f"{one} is named twice")
    return tuple(ascending)


def read_probes(text: str) -> ProbeChoice:
    """`1,2` or `[1,2]`, `recommended`, `risk>=high`, or `all`."""
    word = text.lower()
    if word == "all":
        return ALL_PROBES
    if word == "recommended":
        return RecommendedProbes()
    risk = _RISK.fullmatch(text)
    if risk is not None:
        return ProbesByRisk(read_risk_level(risk[1]))
    if not re.search("[0-9]", text):
        raise ValueError(f"{shown(text)} names no probes; write ids such as 1,2, or recommended, or risk>=high, or all")
    return ChosenProbes(read_ids(text))


def read_risk_level(text: str) -> RiskLevel:
    known = [level.value for level in RiskLevel]
    if text.lower() not in known:
        raise ValueError(f"{shown(text)} is not a risk level{did_you_mean(text, known)}")
    return RiskLevel(text.lower())


def read_text(text: str) -> str:
    """One printable line."""
    if not text.isprintable():
        raise ValueError("it holds a line break or a control character")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"it has {len(text)} characters; at most {LONGEST_TEXT} are taken")
    return text


def normalize_key(text: str) -> str:
    """Return a text that only tells things apart, such as a matrix as JSON on several lines, as one line of bounded length."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_TEXT:
        return line
    digest = sha256(line.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{line[: LONGEST_TEXT - len(digest) - 1]} {digest}"


def read_category(text: str) -> str:
    """A category's name, without outer blanks."""
    name = text.strip()
    if not name:
        raise ValueError("a category has no name")
    return read_text(name)


def read_softened(text: str) -> Outcome:
    """An outcome that can be softened."""
    known = sorted(outcome.value for outcome in SOFTENABLE)
    if text.lower() not in known:
        raise ValueError(f"{shown(text)} is not an outcome that can be softened{did_you_mean(text, known)}")
    return Outcome(text.lower())
