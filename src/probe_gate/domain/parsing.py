"""Text that users write becomes numbers, durations, dates, ids and lists, or a message that says what is wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise

from probe_gate.domain.probes import ALL_PROBES, ChosenProbes, ProbeChoice, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.domain.text import plain_line
from probe_gate.errors import SOFTENABLE, Outcome

HIGHEST_ID = 2**31 - 1
"""The platform's ids are int32."""

MAX_DURATION = timedelta(days=3660)

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?", re.ASCII)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)
_ANY_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"((?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?)([dhms])", re.ASCII)


def quoted(text: str) -> str:
    """Return a wrong value as a message may show it: one harmless line, not long."""
    return plain_line(text, 60) or "(blank)"


def parse_number(text: str, low: int, high: int, *, open_ends: bool = False) -> Decimal:
    """Return a plain decimal number between the two, or strictly between them with `open_ends`."""
    between = f"above {low} and below {high}" if open_ends else f"between {low} and {high}"
    if not _DECIMAL.fullmatch(text):
        if _ANY_NUMBER.fullmatch(text):
            raise ValueError(f"{quoted(text)} is not {between}, with at most 9 digits after the decimal point")
        raise ValueError(f"{quoted(text)} is not a plain number{_number_hint(text)}")
    number = Decimal(text)
    if not low <= number <= high or (open_ends and number in (low, high)):
        raise ValueError(f"{quoted(text)} is not {between}")
    return number


def parse_min_score(text: str) -> Decimal:
    """Return a minimum score, 0 to 100. One between 0 and 1 is refused: it is a share that was meant as a percentage."""
    score = parse_number(text, 0, 100)
    if 0 < score < 1:
        meant = score * 100
        hint = f"; did you mean {meant.normalize():f}?" if meant >= 1 else ""
        raise ValueError(f"{quoted(text)} is less than one point, and scores go from 0 to 100{hint}")
    return score


def _number_hint(text: str) -> str:
    if text.endswith("%"):
        return "; write it without the percent sign"
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return "; write a decimal point, not a comma"
    if re.fullmatch(r"0[0-9]+(\.[0-9]+)?", text):
        return "; write it without the leading zero"
    return ", such as 80 or 2.5"


def parse_integer(text: str, low: int, high: int = HIGHEST_ID) -> int:
    """Return a whole number between the two."""
    if not _WHOLE.fullmatch(text):
        if re.fullmatch(r"-[0-9]{1,12}", text) or re.fullmatch(r"[1-9][0-9]*", text):
            raise ValueError(f"{quoted(text)} is not between {low} and {high}")
        hint = "; write it without the leading zero" if re.fullmatch(r"0[0-9]+", text) else ""
        raise ValueError(f"{quoted(text)} is not a whole number{hint}")
    number = int(text)
    if not low <= number <= high:
        raise ValueError(f"{quoted(text)} is not between {low} and {high}")
    return number


def parse_id(text: str) -> int:
    """Return an id of the platform: a whole number from 1."""
    return parse_integer(text, 1)


def parse_duration(text: str, *, least: timedelta = timedelta(0)) -> timedelta:
    """`90s`, `10m`, `2h`, `7d`, `1h30m`, or a number of seconds."""
    seconds = Decimal(text) if _DECIMAL.fullmatch(text) else _sum_of_parts(text)
    if seconds > int(MAX_DURATION.total_seconds()):
        raise ValueError(f"{quoted(text)} is longer than ten years")
    duration = timedelta(microseconds=int(seconds * 1_000_000))
    if duration < least:
        raise ValueError(f"{quoted(text)} is too short: at least {render_duration(least)}")
    return duration


def _sum_of_parts(text: str) -> Decimal:
    total, units, position = Decimal(0), "", 0
    for part in _PART.finditer(text):
        if part.start() != position:
            break
        position = part.end()
        total += Decimal(part[1]) * _UNITS[part[2]]
        units += part[2]
    in_order = units == "".join(unit for unit in _UNITS if unit in units)
    if not units or position != len(text) or not in_order:
        raise ValueError(f"{quoted(text)} is not a time; write it like 90s, 10m, 2h or 1h30m")
    return total


def render_duration(duration: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads back as the same: `2h`, `90s`, `1h30m`, `0.5s`."""
    seconds = duration // timedelta(seconds=1)
    fraction = Decimal(duration % timedelta(seconds=1) // timedelta(microseconds=1)) / 1_000_000
    parts = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if unit == "s" and fraction:
            parts.append(f"{(count + fraction).normalize():f}s")
        elif count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_date(text: str) -> date:
    """Return a day as `2027-01-31`."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is not a date; write it like 2027-01-31")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a day in the calendar") from None


def render_number(number: Decimal) -> str:
    """Return the shortest plain text that `parse_number` reads back as the same."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


MAX_TEXT_LENGTH = 200
MAX_IDS = 10_000

_RISK = re.compile(r"risk\s*>=\s*([A-Za-z]+)", re.ASCII | re.IGNORECASE)


def split_list(text: str) -> list[str]:
    """Return the items between commas or on lines; none of them is empty."""
    lines = [line.strip().removesuffix(",") for line in text.splitlines() if line.strip()]
    items = [item.strip() for line in lines for item in line.split(",")]
    if not items or not all(items):
        raise ValueError(f"{quoted(text)} has an empty entry in its list")
    return items


def parse_ids(text: str) -> tuple[int, ...]:
    """Ids between commas or on lines, with or without brackets around them; ascending."""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return sort_ids([parse_id(item) for item in split_list(text)])


def sort_ids(ids: list[int]) -> tuple[int, ...]:
    """Return the ids, ascending; none may be there twice."""
    if len(ids) > MAX_IDS:
        raise ValueError(f"{len(ids)} ids are named; at most {MAX_IDS} are allowed")
    ascending = sorted(ids)
    for one, following in pairwise(ascending):
        if one == following:
            raise ValueError(f"{one} is named twice")
    return tuple(ascending)


def parse_probes(text: str) -> ProbeChoice:
    """`1,2` or `[1,2]`, `recommended`, `risk>=high`, or `all`."""
    word = text.lower()
    if word == "all":
        return ALL_PROBES
    if word == "recommended":
        return RecommendedProbes()
    risk = _RISK.fullmatch(text)
    if risk is not None:
        return ProbesByRisk(parse_risk_level(risk[1]))
    if not re.search("[0-9]", text):
        raise ValueError(
            f"{quoted(text)} names no probes; write ids such as 1,2, or recommended, or risk>=high, or all"
        )
    return ChosenProbes(parse_ids(text))


def parse_risk_level(text: str) -> RiskLevel:
    known = [level.value for level in RiskLevel]
    if text.lower() not in known:
        raise ValueError(f"{quoted(text)} is not a risk level{did_you_mean(text, known)}")
    return RiskLevel(text.lower())


def parse_text(text: str) -> str:
    """One printable line."""
    if not text.isprintable():
        raise ValueError("it holds a line break or a control character")
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError(f"it has {len(text)} characters; at most {MAX_TEXT_LENGTH} are allowed")
    return text


def normalize_key(text: str) -> str:
    """Return a text that only tells things apart, such as a matrix as JSON on several lines, as one line of bounded length."""
    line = " ".join(text.split())
    if len(line) <= MAX_TEXT_LENGTH:
        return line
    digest = sha256(line.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{line[: MAX_TEXT_LENGTH - len(digest) - 1]} {digest}"


def parse_category(text: str) -> str:
    """Return a category's name, without outer blanks."""
    name = text.strip()
    if not name:
        raise ValueError("a category has no name")
    return parse_text(name)


CONFIRMING_RUNS = (0, 2, 4)
"""How many runs may confirm a failure: with the first one an odd number, so that there is a middle one."""


def parse_confirm(text: str) -> int:
    """Return how many runs may confirm a failure."""
    number = parse_integer(text, 0)
    if number not in CONFIRMING_RUNS:
        raise ValueError(f"{number} is not 0, 2 or 4: together with the first run, their number must be odd")
    return number


def parse_soft_fail(text: str) -> Outcome:
    """Return an outcome that can be softened."""
    known = sorted(outcome.value for outcome in SOFTENABLE)
    if text.lower() not in known:
        raise ValueError(f"{quoted(text)} is not an outcome that can be softened{did_you_mean(text, known)}")
    return Outcome(text.lower())


_PARTS = {"workspace-id": "w", "target-id": "target", "test-run-id": "test-runs"}
"""Each option, and what its number is behind: `/w/290/target/91/test-runs/7001`."""


def explain_address(text: str, option: str) -> str | None:
    """Return what is wrong with an address as the value of an option, or None if it is none of a page.

    `option` is one of `workspace-id`, `target-id` and `test-run-id`.
    """
    found = {name: match[1] for name, part in _PARTS.items() if (match := _number_behind(part, text))}
    if not found or option not in _PARTS:
        return None
    own = found.pop(option, None)
    if own is None:
        return f"{quoted(text)} looks like an address, with no /{_PARTS[option]}/ and number in it"
    others = " and ".join(f"--{name} {number}" for name, number in found.items() if name != "test-run-id")
    return f"{quoted(text)} looks like an address; use {own}{f', and {others}' if others else ''}"


def _number_behind(part: str, text: str) -> re.Match[str] | None:
    return re.search(rf"/{part}/([1-9][0-9]{{0,9}})(?![0-9])", text[:2_000], re.ASCII)
