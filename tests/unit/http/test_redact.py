"""Keeping secrets out of texts."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.http.redact import MIN_SECRET_LENGTH, Redactor

SECRETS = st.text("abcXYZ019-_.~/+=% \"'", min_size=MIN_SECRET_LENGTH, max_size=30).filter(
    lambda text: len(text.strip()) >= MIN_SECRET_LENGTH and "*" not in text
)


@given(SECRETS, st.text(), st.text())
def test_a_secret_is_taken_out_wherever_it_stands(secret: str, before: str, after: str) -> None:
    """As it is, and as addresses and JSON write it."""
    scrub = Redactor([secret])
    for form in (secret.strip(), quote(secret.strip(), safe=""), json.dumps(secret.strip())[1:-1]):
        assert form not in scrub(before + form + after)


def test_the_token_of_a_header_is_a_secret_by_itself() -> None:
    """Of `Bearer TOKEN`, what is echoed is mostly the token."""
    scrub = Redactor(["Bearer abc123456"])
    assert scrub("token abc123456, Bearer abc123456") == "token ***, ***"


def test_ordinary_words_stay() -> None:
    """A value too short to be a secret does not blot out half the text, and nothing is shown of the rest."""
    scrub = Redactor(["", "abc", "abcdefgh"])
    assert scrub("abc is not abcdefgh") == "abc is not ***"
    assert "abcdefgh" not in repr(scrub)
