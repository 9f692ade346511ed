"""Which addresses of the platform are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.addresses import is_loopback, parse_api_url, parse_web_url, web_page_of


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("eu", "https://api.probe.splx.ai"),
        ("US", "https://us.api.probe.splx.ai"),
        ("https://api.us.probe.splx.ai/", "https://api.us.probe.splx.ai"),
        ("HTTPS://API.Probe.SPLX.ai///", "https://api.probe.splx.ai"),
        ("https://api.probe.splx.ai:443", "https://api.probe.splx.ai"),
        ("https://gateway.example.com:8443/probe/v1/", "https://gateway.example.com:8443/probe/v1"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://10.0.0.7", "https://10.0.0.7"),
    ],
)
def test_an_address_is_taken_without_its_trailing_slash(text: str, url: str) -> None:
    """Regions stand for the two addresses of the API description."""
    assert parse_api_url(text) == url
    assert parse_api_url(url) == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://api.probe.splx.ai", "is not encrypted"),
        ("http://127.0.0.1.example.com", "is not encrypted"),
        ("http://127.0.0.999", "is not encrypted"),
        ("http://0.0.0.0:8000", "is not encrypted"),
        ("http://localhost.example.com", "is not encrypted"),
        ("http://[::2]", "is not encrypted"),
        ("https://api.example.com?key=hush", r"a query \(\?\) or a fragment"),
        ("https://api.example.com#hush", r"a query \(\?\) or a fragment"),
        ("https://user:hush@api.example.com", "a user name or password"),
        ("https://hush@api.example.com", "a user name or password"),
        ("https://user:hush@api.example.com/w/1", "a user name or password"),
        ("http://probe.splx.ai/w/290/target/91", "probe.splx.ai is the web site, not the API"),
        ("ftp://api.example.com", "is not an https address"),
        ("https://probe.splx.ai", "is the web site, not the API; write eu,"),
        ("us.probe.splx.ai/", "is the web site, not the API; write us,"),
        ("https://probe.splx.ai/w/290/target/91?token=hush", "with --target-url"),
        ("https://probe.example.com/w/290/target/91", "is the address of a page, not the API"),
        ("api.probe.splx.ai", "is not an https address"),
        ("asia", "is not an https address"),
        ("https://", "is not an https address"),
        ("https:///path", "is not an https address"),
        ("https://api.example.com:0", "an invalid port"),
        ("https://api.example.com:99999", "an invalid port"),
        ("https://api.example.com:x", "is not an https address"),
        ("https://api.example.com/a/../b", "has . or .. in its path"),
        ("https://api.example.com/a b", "is not an https address"),
        ("https://api.example.com\\@evil.example", "a user name"),
        ("https://api.example.com\nHost: evil.example", "is not an https address"),
        ("https://аpi.example.com", "is not an https address"),
        ("https://" + "a" * 3000, "is not an https address"),
    ],
)
def test_an_address_that_could_betray_the_key_is_refused(text: str, says: str) -> None:
    """And what could be a secret in it is not repeated."""
    with pytest.raises(ValueError, match=says) as refused:
        parse_api_url(text)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.probe.splx.ai", "https://probe.splx.ai"),
        ("https://us.api.probe.splx.ai", "https://us.probe.splx.ai"),
        ("https://api.us.probe.splx.ai", "https://us.probe.splx.ai"),
        ("https://gateway.example.com", None),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_the_web_page_follows_the_region(api: str, page: str | None) -> None:
    """Of another address it is not known, and then there are no links rather than wrong ones."""
    assert web_page_of(api) == page


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
