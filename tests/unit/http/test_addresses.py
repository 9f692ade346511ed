"""Which web addresses a key may be sent to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.http.addresses import is_loopback, parse_web_url


def test_loopback_is_known_by_its_address() -> None:
    """Not by a name that somebody gave it."""
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("loopback.example.com")
    assert not is_loopback(None)


@given(st.text() | st.from_regex(r"https?://[a-z0-9.:/@?#\[\]%-]{0,40}", fullmatch=True))
def test_what_is_taken_is_safe_whatever_it_was(text: str) -> None:
    """Encrypted or loopback, and nothing in it but scheme, host, port and path."""
    try:
        url = parse_web_url(text)
    except ValueError:
        return
    assert url.startswith(("https://", "http://localhost", "http://127.", "http://[::1]"))
    assert not set(url) & set("@?#\\ \n\t%")
    assert not url.endswith("/")
    assert parse_web_url(url) == url
