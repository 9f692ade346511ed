"""Parsers of option values, one for each kind of option.

A parser gets text that is not empty and has no surrounding whitespace. It raises only `ValueError`, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from probe_gate.domain.addresses import parse_api_url, parse_web_url
from probe_gate.domain.page_address import parse_page_address
from probe_gate.domain.parsing import (
    normalize_key,
    parse_category,
    parse_confirm,
    parse_duration,
    parse_id,
    parse_ids,
    parse_integer,
    parse_min_score,
    parse_number,
    parse_probes,
    parse_soft_fail,
    parse_text,
    quoted,
    split_list,
)
from probe_gate.domain.policy import BEFORE, REST
from probe_gate.domain.run import RunState, run_state_of
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.errors import Outcome
from probe_gate.options import REPORT_FILES

MAX_SHARDS = 10_000
MAX_PARALLEL = 64
MIN_POLL_INTERVAL = timedelta(seconds=0.1)

_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
_PAIR = re.compile(r"""[{\s]*["']?([^:"']+?)["']?\s*[:\s]\s*([0-9.]+)[}\s]*""")
_NAMED = re.compile(r"""[{\s]*["']?(?:[^\W\d]|\*)""")
_SHARD = re.compile(r"([^/]*)/([^/]*)")


def parse_path(text: str) -> Path:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{quoted(text)} is not a path")
    return Path(text)


def parse_switch(text: str) -> bool:
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"{quoted(text)} is not true or false")


def parse_choice(text: str, choices: Iterable[str]) -> str:
    """Return the choice that the text is, in any case."""
    known = tuple(choices)
    if text.lower() in known:
        return text.lower()
    raise ValueError(f"{quoted(text)} is not one of {', '.join(known)}")


def parse_percent(text: str) -> Decimal:
    return parse_number(text, 0, 100)


def parse_confidence(text: str) -> Decimal:
    return parse_number(text, 0, 100, open_ends=True)


def parse_category_scores(text: str) -> tuple[tuple[str, Decimal], ...]:
    """Return pairs of category and minimum score. A single number is for all categories that have a score (`*`)."""
    items = split_list(text)
    if len(items) == 1 and "=" not in items[0] and not _NAMED.match(items[0]):
        return ((REST, parse_min_score(items[0])),)
    pairs: dict[str, tuple[str, Decimal]] = {}
    for item in items:
        name, sign, score = (part.strip() for part in item.rpartition("="))
        if not sign:
            raise ValueError(_not_a_pair(item))
        name = parse_category(name)
        if name.casefold() in pairs:
            raise ValueError(f"{quoted(name)} is named twice")
        pairs[name.casefold()] = (name, parse_min_score(score))
    return tuple(pairs.values())


def _not_a_pair(item: str) -> str:
    """Return why the item is not a pair; users may write `Safety: 80` as in YAML."""
    pair = _PAIR.fullmatch(item)
    if pair is not None:
        return f"{quoted(item)} is not NAME=SCORE; write {quoted(pair[1])}={pair[2]}"
    if not any(character.isdigit() for character in item):
        return f"{quoted(item)} has no score; write {quoted(item)}=80"
    return f"{quoted(item)} names no category; write NAME=SCORE, or *=SCORE for all others"


def parse_soft_fails(text: str) -> frozenset[Outcome]:
    return frozenset(parse_soft_fail(item) for item in split_list(text))


def parse_interval(text: str) -> tuple[timedelta, timedelta]:
    """Return the minimum and maximum poll interval, equal if only one duration is given."""
    first, dots, second = (part.strip() for part in text.partition(".."))
    low = parse_duration(first, least=MIN_POLL_INTERVAL)
    high = parse_duration(second, least=MIN_POLL_INTERVAL) if dots else low
    if high < low:
        raise ValueError(f"{quoted(text)} ends with a shorter time than it begins with")
    if high > timedelta(hours=1):
        raise ValueError(f"{quoted(text)} is too long: at most 1h")
    return low, high


def parse_completed_statuses(text: str) -> frozenset[str]:
    """Return run statuses in upper case. Raise `ValueError` for one that is known to mean something else."""
    statuses = frozenset(item.upper() for item in split_list(text))
    for status in sorted(statuses):
        state = run_state_of(status)
        if state not in (RunState.UNKNOWN, RunState.SUCCEEDED):
            raise ValueError(f"{quoted(status)} already means that a run is {state.value}")
    return statuses


def parse_baseline(text: str) -> str:
    """Return `before`, or the path of a report."""
    return BEFORE if text.lower() == BEFORE else str(parse_path(text))


def parse_reports(text: str) -> frozenset[str]:
    if text.lower() == "all":
        return frozenset(REPORT_FILES)
    items = [item.lower() for item in split_list(text)]
    for item in items:
        if item not in REPORT_FILES:
            raise ValueError(f"{quoted(item)} is not a report{did_you_mean(item, REPORT_FILES)}")
    return frozenset(items)


def parse_shard(text: str) -> tuple[int, int]:
    """Return the number of the part and the number of parts."""
    match = _SHARD.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is not a part, such as 2/5")
    parts = parse_integer(match[2].strip(), 1, MAX_SHARDS)
    return parse_integer(match[1].strip(), 1, parts), parts


def parse_key(text: str) -> str:
    return parse_text(normalize_key(text))


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "text": parse_text,
    "key": parse_key,
    "id": parse_id,
    "ids": parse_ids,
    "path": parse_path,
    "api-url": parse_api_url,
    "web-url": parse_web_url,
    "page-address": lambda text: parse_page_address(text, "target-url"),
    "probes": parse_probes,
    "score": parse_min_score,
    "category-scores": parse_category_scores,
    "percent": parse_percent,
    "confidence": parse_confidence,
    "count": lambda text: parse_integer(text, 1),
    "points": parse_percent,
    "switch": parse_switch,
    "duration": parse_duration,
    "soft-fail": parse_soft_fails,
    "confirm": parse_confirm,
    "interval": parse_interval,
    "completed-statuses": parse_completed_statuses,
    "baseline": parse_baseline,
    "reports": parse_reports,
    "shard": parse_shard,
    "parallel": lambda text: parse_integer(text, 1, MAX_PARALLEL),
}
"""By `Option.kind`, except for `choice`, which needs the choices too."""
