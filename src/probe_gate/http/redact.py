"""Removes secrets from texts that are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

MIN_SECRET_LENGTH = 6
"""A shorter value would mask ordinary words, and is no secret worth the name."""
MASK = "***"


class Redactor:
    """Replaces known secrets in texts that may echo them."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Take whole header values or tokens; of `Bearer TOKEN`, the token is a secret by itself."""
        found: set[str] = set()
        for value in values:
            for secret in (value.strip(), *value.split()[-1:]):
                if len(secret) >= MIN_SECRET_LENGTH:
                    found |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
        self._secrets = tuple(sorted(found, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return the text with the secrets masked, also in the forms that JSON and addresses give them."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} forms)"
