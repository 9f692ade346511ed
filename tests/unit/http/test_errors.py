"""The words for each failure."""

from __future__ import annotations

import pytest

from probe_gate.http.errors import Kind, Route, transport_error


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("proxy", [None, "proxy.example.com:3128"])
def test_each_kind_names_who_it_is_about(kind: Kind, proxy: str | None) -> None:
    """A whole sentence, with nothing left open, about the host or the proxy."""
    route = Route("api.example.com", proxy)
    error = transport_error(kind, route, maybe_sent=False, limit=64, other="login.example.com", status=302, reason="x")
    assert error.message.endswith(".")
    assert "{" not in str(error)
    assert "None" not in str(error)
    if proxy or "PROXY" not in kind.name:
        assert "api.example.com" in error.message or str(proxy) in error.message


def test_no_two_kinds_say_the_same() -> None:
    """Each needs other action, so each must be told from the others."""
    route = Route("api.example.com", "proxy.example.com")
    facts = {"limit": 64, "other": "x", "status": 302, "reason": "x"}
    messages = {transport_error(kind, route, maybe_sent=True, **facts).message for kind in Kind}
    assert len(messages) == len(Kind)


def test_an_error_carries_the_hint_of_its_kind() -> None:
    """With the names in it filled in."""
    route = Route("api.example.com", "proxy.example.com", proxy_source="ALL_PROXY")
    error = transport_error(Kind.PROXY_DOWN, route, maybe_sent=False)
    assert error.hint == "Check ALL_PROXY."
    assert "HTTPS_PROXY" in transport_error(Kind.NAME, Route("api.example.com"), maybe_sent=False).hint


def test_the_hint_about_no_proxy_follows_the_hint_of_the_kind() -> None:
    """Only where the proxy is the cause."""
    route = Route("api.example.com", "proxy.example.com", no_proxy_hint="In NO_PROXY, a * works only on its own.")
    error = transport_error(Kind.PROXY_DOWN, route, maybe_sent=False)
    assert error.hint == "Check HTTPS_PROXY. In NO_PROXY, a * works only on its own."
    assert "NO_PROXY" not in transport_error(Kind.TRUNCATED, route, maybe_sent=True).hint
