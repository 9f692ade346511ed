"""Addresses and authorities."""

from __future__ import annotations

import pytest

from probe_gate.errors import ConfigError
from probe_gate.http.roads import ca_bundle_from, checked_base_url, is_loopback


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "https://api.example.com:8443/base", "http://localhost:8000", "http://127.0.0.1:1",
     "http://127.9.9.9", "http://[::1]:8000"],
)  # fmt: skip
def test_https_is_taken_and_http_to_this_machine_only(url: str) -> None:
    """A trailing slash makes no difference."""
    assert checked_base_url(url) == checked_base_url(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    ["http://api.example.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://0.0.0.0:80",
     "http://[::ffff:10.0.0.1]", "ftp://127.0.0.1", "api.example.com", "", "https://", "https://user:pw@x.example.com",
     "https://x.example.com/?a=b", "https://x.example.com/#a", "https://x.example.com:port", "https://[::1",
     "https://x.example.com/a b", "https://a.example.com\\@b.example.com"],
)  # fmt: skip
def test_any_other_address_is_a_wrong_setting(url: str) -> None:
    """The key must not travel unprotected, nor to a host that only looks like the right one. A login is not shown."""
    with pytest.raises(ConfigError) as caught:
        checked_base_url(url)
    assert "pw" not in str(caught.value)


def test_loopback_is_known_by_its_address() -> None:
    """Not by a name that somebody gave it."""
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("loopback.example.com")
    assert not is_loopback(None)


def test_the_first_authority_variable_that_is_set_counts() -> None:
    """An empty one is the same as none."""
    assert ca_bundle_from({}) is None
    assert ca_bundle_from({"REQUESTS_CA_BUNDLE": " ", "SSL_CERT_FILE": "/b"}) == ("SSL_CERT_FILE", "/b")
    both = {"SSL_CERT_FILE": "/b", "REQUESTS_CA_BUNDLE": "/a"}
    assert ca_bundle_from(both) == ("REQUESTS_CA_BUNDLE", "/a")
