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
