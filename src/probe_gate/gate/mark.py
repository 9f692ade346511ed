"""The mark: the part of a run's name by which its gate finds it again.

`pg-3f9a2c1b.2.k4x7q`: a key that every attempt of one CI job shares, the attempt, and a part that is this gate's
alone. The key is what a later attempt looks for; the whole mark is what a lost answer is looked for by.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from probe_gate.quick_dataclass import dataclass

PREFIX = "pg-"
NO_ATTEMPT = "0"
_MARK = re.compile(r"pg-([0-9a-f]{8})\.([0-9a-z]{1,20})\.([0-9a-z]{5,12})(?![0-9A-Za-z.])")
MOST_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """Leads the name of a run. Its text holds letters, digits, dots and a dash only."""

    key: str
    """Eight hexadecimal digits: the same for every attempt of a CI job with the same target and probes."""
    attempt: int | None
    """The number of the attempt, growing; None where the CI system does not tell attempts apart."""
    nonce: str
    """This gate's own part."""

    @property
    def text(self) -> str:
        return f"{self.key_prefix}{NO_ATTEMPT if self.attempt is None else self.attempt}.{self.nonce}"

    @property
    def key_prefix(self) -> str:
        """What the marks of all attempts begin with."""
        return f"{PREFIX}{self.key}."

    def is_later_attempt_than(self, other: Mark) -> bool:
        """Whether this gate is a later attempt of the job that left the other mark. False where that cannot be told."""
        return (
            self.key == other.key
            and self.attempt is not None
            and other.attempt is not None
            and other.attempt < self.attempt
        )


def make_mark(identity: Sequence[str], attempt: int | None, target_id: int, probes: str, nonce: str) -> Mark:
    """The mark of a gate.

    `identity` names the CI job: repository, pipeline, job, commit and what tells legs apart; `probes` the choice of
    probes in words.
    """
    parts = [*identity, str(target_id), probes]
    # lengths, so that no two lists of parts give the same text
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return Mark(sha256(text.encode("utf-8", "replace")).hexdigest()[:8], attempt, nonce)


def read_mark(name: str | None) -> Mark | None:
    """The mark that leads a run's name, or None."""
    match = _MARK.match(name or "")
    if match is None:
        return None
    key, attempt, nonce = match.groups()
    number = int(attempt) if attempt.isdigit() and attempt != NO_ATTEMPT else None
    return Mark(key, number, nonce)


def run_name(mark: Mark, name: str) -> str:
    """The name to trigger a run with: the mark, then what people read, bounded."""
    return f"{mark.text} {name}".strip()[:MOST_NAME_CHARACTERS]
