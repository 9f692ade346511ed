"""The run tag: the part of a run's name by which its gate finds it again, and the search for it.

`pg-3f9a2c1b.2.k4x7q2m9rwtv`: a key that every attempt of one CI job shares, the attempt, and a part that is this gate's
alone. The tag of a run that confirms an earlier failure ends in that run's number: `pg-3f9a2c1b.2.k4x7q2m9rwtv.2`. A later
attempt searches for the key; after a lost response, the gate searches for the whole run tag. The last six characters of
the third part say which CI job the run belongs to, so that its clean-up step touches no other job's run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunQuery
from probe_gate.errors import PlatformError
from probe_gate.timings import Timings
from probe_gate.use_cases.ports import Clock, Platform

PREFIX = "pg-"
CHARACTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""None that are taken for each other; 32 of them."""
NONCE_LENGTH = OWNER_LENGTH = 6
NO_ATTEMPT = "0"
_MARK = re.compile(r"pg-([0-9a-f]{8})\.([0-9a-z]{1,20})\.([0-9a-z]{5,12})(?:\.([2-9]))?(?![0-9A-Za-z.])")
MAX_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class RunTag:
    """Leads the name of a run. Its text holds letters, digits, dots and a dash only."""

    key: str
    """Eight hexadecimal digits: the same for every attempt of a CI job with the same target and probes."""
    attempt: int | None
    """The number of the attempt, growing; None where the CI system does not tell attempts apart."""
    nonce: str
    """This gate's own part."""
    owner: str = ""
    """The code of the CI job that the run belongs to; empty if the job is not known."""
    number: int = 1
    """Of the run among those of its gate."""

    @property
    def text(self) -> str:
        attempt = NO_ATTEMPT if self.attempt is None else self.attempt
        number = f".{self.number}" if self.number > 1 else ""
        return f"{self.key_prefix}{attempt}.{self.nonce}{self.owner}{number}"

    @property
    def key_prefix(self) -> str:
        """What the run tags of all attempts begin with."""
        return f"{PREFIX}{self.key}."

    def is_later_attempt_than(self, other: RunTag) -> bool:
        """Return whether this gate is a later attempt of the job that left the other run tag. False where that cannot be told."""
        return (
            self.key == other.key
            and self.attempt is not None
            and other.attempt is not None
            and other.attempt < self.attempt
        )


def make_run_tag(
    identity: Sequence[str], attempt: int | None, target_id: int, probes: str, nonce: str, owner: str = ""
) -> RunTag:
    """Return the run tag of a gate.

    `identity` names the CI job: repository, pipeline, job, commit and what tells legs apart; `probes` the choice of
    probes in words.
    """
    return RunTag(_digest([*identity, str(target_id), probes]).hex()[:8], attempt, nonce, owner)


def owner_code(identity: Sequence[str]) -> str:
    """Return the code of a CI job, the same for each of its steps and attempts; "" if there is no identity."""
    if not identity:
        return ""
    bits = int.from_bytes(_digest(identity)[:4], "big")
    return "".join(CHARACTERS[bits >> 5 * place & 31] for place in range(OWNER_LENGTH))


def _digest(parts: Sequence[str]) -> bytes:
    # lengths, so that no two lists of parts give the same text
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(text.encode("utf-8", "replace")).digest()


def parse_run_tag(name: str | None) -> RunTag | None:
    """Return the run tag that leads a run's name, or None."""
    match = _MARK.match(name or "")
    if match is None:
        return None
    key, attempt, nonce, number = match.groups()
    tag = RunTag(
        key,
        int(attempt) if attempt.isdigit() and attempt != NO_ATTEMPT else None,
        nonce,
        number=int(number or 1),
    )
    has_owner = len(nonce) == NONCE_LENGTH + OWNER_LENGTH
    return replace(tag, nonce=nonce[:NONCE_LENGTH], owner=nonce[NONCE_LENGTH:]) if has_owner else tag


def belongs_to(text: str, owner: str, attempt: int | None) -> bool:
    """Return whether a run tag was made by the CI job with this owner code, in this attempt or an earlier one of it."""
    tag = parse_run_tag(text)
    if tag is None or not owner or tag.owner != owner or tag.text != text:
        return False
    return tag.attempt is None or attempt is None or tag.attempt <= attempt


def run_name(tag: RunTag, name: str) -> str:
    """Return the name to trigger a run with: the run tag, then what people read, bounded."""
    return f"{tag.text} {name}".strip()[:MAX_NAME_CHARACTERS]


MIN_LISTINGS = 3
"""A run that is missing from so many complete listings, over `Timings.absence_seconds`, does not exist."""


@dataclass(frozen=True, slots=True)
class TagSearch:
    """What a search came to."""

    runs: tuple[Run, ...]
    """The runs with the tag, by id."""
    is_absent: bool
    """Whether it is certain that no run has the tag. Where this is False and no run was found, the time was over."""
    listings: int
    """How many listings were read."""
    seconds: float
    unreadable: int
    """Entries of the last listing that could not be read as a run."""
    strangers: tuple[Run, ...] = ()
    """New runs of the last listing without any run tag: one of them may be the run that is searched for."""


async def find_by_tag(
    platform: Platform,
    clock: Clock,
    target_id: int,
    query: RunQuery,
    tag: RunTag,
    deadline: float,
    timings: Timings,
    *,
    max_unreadable: int | None = None,
    answer_seconds: float | None = None,
) -> TagSearch:
    """List the runs of a target until one has the tag, it is certain that none has, or the time is over.

    Args:
        platform: The platform.
        clock: The clock.
        target_id: The target.
        query: What else to keep of the listing.
        tag: The run tag.
        deadline: A reading of the clock.
        timings: How long to look.
        max_unreadable: With more unreadable entries a listing does not count as complete; None: with any number.
        answer_seconds: How long one answer may take, in a search that passes over failed listings and never finds
            that a run is absent; None: until the deadline, and the first failure is raised.

    Raises:
        GateError: The listing cannot be read.
    """
    began = clock.monotonic()
    pauses = timings.search_pauses_seconds if answer_seconds is None else (timings.cancel_pause_seconds,)
    first_complete: float | None = None
    listings = complete = unreadable = 0
    while True:
        try:
            until = deadline if answer_seconds is None else min(deadline, clock.monotonic() + answer_seconds)
            listing = await platform.list_runs(target_id, query, until)
        except PlatformError:
            if answer_seconds is None or clock.monotonic() >= deadline:
                raise
        else:
            listings, unreadable = listings + 1, listing.unreadable
            runs = tuple(run for run in listing.tagged if parse_run_tag(run.name) == tag)
            now = clock.monotonic()
            if runs:
                return TagSearch(runs, False, listings, now - began, unreadable)
            if answer_seconds is None and listing.complete and (max_unreadable is None or unreadable <= max_unreadable):
                first_complete = now if first_complete is None else first_complete
                complete += 1
                if complete >= MIN_LISTINGS and now - first_complete >= timings.absence_seconds:
                    strangers = tuple(run for run in listing.new if parse_run_tag(run.name) is None)
                    return TagSearch((), True, listings, now - began, unreadable, strangers)
        pause = pauses[min(max(complete - 1, 0), len(pauses) - 1)]
        if clock.monotonic() + pause >= deadline:
            return TagSearch((), False, listings, clock.monotonic() - began, unreadable)
        await clock.sleep(pause)
