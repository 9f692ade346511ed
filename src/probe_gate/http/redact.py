"""Mask secrets in texts before they are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from probe_gate.domain.text import MASK

MIN_SECRET_LENGTH = 6
"""Shorter values are not masked, because they would mask parts of ordinary words."""


class Redactor:
    """Replaces known secrets in texts that may echo them."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Take header values or tokens. Of `Bearer TOKEN`, the token alone is masked too."""
        found: set[str] = set()
        for value in values:
            for secret in (value.strip(), *value.split()[-1:]):
                if len(secret) >= MIN_SECRET_LENGTH:
                    found |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
        self._secrets = tuple(sorted(found, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return the text with the secrets masked, also where they are JSON-escaped or percent-encoded."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} forms)"
