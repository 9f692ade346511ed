"""How the client goes by way of proxies and certificates: a real proxy, a real authority, on loopback."""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from probe_gate.errors import ConfigError
from probe_gate.http.errors import Kind, TransportError
from probe_gate.http.network import tls_context
from probe_gate.http.session import HttpSession
from tests.harness.abandoning import abandon
from tests.harness.servers import (
    Peer,
    RawServer,
    answer,
    answers,
    drips_headers,
    interim,
    sends,
    stays_silent,
)
from tests.harness.waiting import MAX_WAIT_SECONDS
from tests.integration.networks import HOST, LOGIN, lax_authority, real_proxy, relays_to, served_by

KEY = "key-that-must-not-show"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def platform(authority: trustme.CA) -> Iterator[RawServer]:
    """An https server whose certificate is for this machine and for a name that only the proxy knows."""
    with RawServer(answers("{}"), served_by(authority, "127.0.0.1", HOST)) as server:
        yield server


@pytest.fixture(scope="module")
def open_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with real_proxy(tmp_path_factory.mktemp("open") / "port") as port:
        yield port


@pytest.fixture(scope="module")
def login_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with real_proxy(tmp_path_factory.mktemp("login") / "port", "--basic-auth", "gate:pa@ss") as port:
        yield port


def ask(url: str) -> int:
    session = HttpSession(url, {"X-Api-Key": KEY}, monotonic=time.monotonic)
    status = session.request("GET", "/x", deadline=time.monotonic() + MAX_WAIT_SECONDS).status
    session.close()
    return status


def failure_of(url: str) -> TransportError:
    """Every failure on the route proves that nothing was sent, and shows neither key nor login."""
    with pytest.raises(TransportError) as caught:
        ask(url)
    assert not caught.value.maybe_sent
    assert KEY not in str(caught.value)
    assert "pa" + "@ss" not in str(caught.value)
    assert LOGIN not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_authority_is_trusted_by_any_of_its_variables(
    variable: str, platform: RawServer, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests itself would ignore SSL_CERT_FILE."""
    monkeypatch.setenv(variable, ca_file)
    assert ask(platform.url) == 200


def test_an_unknown_authority_is_not_trusted(platform: RawServer) -> None:
    """The message says how to trust it."""
    failure = failure_of(platform.url)
    assert failure.kind is Kind.CERTIFICATE_UNTRUSTED
    assert "REQUESTS_CA_BUNDLE" in failure.hint
    assert platform.requests == []


def test_an_expired_certificate_is_called_expired(
    authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is another matter than an unknown authority, and needs other action."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    context = served_by(authority, "127.0.0.1", expires=datetime.now(UTC) - timedelta(days=1))
    with RawServer(answers("{}"), context) as server:
        failure = failure_of(server.url)
    assert failure.kind is Kind.CERTIFICATE_EXPIRED
    assert "has expired" in failure.message


def test_a_certificate_for_another_name_is_refused(
    authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else answers in the platform's place."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    with RawServer(answers("{}"), served_by(authority, "other.example.com")) as server:
        failure = failure_of(server.url)
    assert failure.kind is Kind.CERTIFICATE_NAME


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_that_is_not_among_those_named_is_said_to_be_missing_there(
    variable: str, platform: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice is not to name what is named already."""
    path = tmp_path / "other-ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    monkeypatch.setenv(variable, str(path))
    failure = failure_of(platform.url)
    assert failure.kind is Kind.CERTIFICATE_NOT_NAMED
    assert f"not signed by an authority in {path}" in failure.message
    assert failure.hint.startswith(f"{variable} must name the authority")


def test_a_directory_of_authorities_needs_names_by_hash(
    platform: RawServer, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them nothing in it would be found: that is a wrong setting, and no authority that nobody trusts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    for names in ((), ("ca.pem", "5ed36f99.r0", "5ED36F99.0x")):
        for name in names:
            (tmp_path / name).write_text(Path(ca_file).read_text())
        with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE") as caught:
            ask(platform.url)
        assert "named by its hash" in caught.value.message
        assert f"openssl rehash {tmp_path}" in caught.value.hint
    (tmp_path / "12345678.0").write_text(Path(ca_file).read_text())
    assert failure_of(platform.url).kind is Kind.CERTIFICATE_NOT_NAMED
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    assert ask(platform.url) == 200
    assert platform.requests


def test_a_certificate_that_breaks_a_rule_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To trust its authority, which is trusted already, would not help. Python 3.13 is as strict as this."""
    lax = lax_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with RawServer(answers("{}"), lax) as server:
        strict = sys.version_info >= (3, 13)
        assert strict or ask(server.url) == 200
        monkeypatch.setattr("probe_gate.http.session.tls_context", strict_context)
        failure = failure_of(server.url)
    assert failure.kind is Kind.CERTIFICATE_REFUSED
    assert "missing authority key identifier" in failure.message.lower()
    assert "REQUESTS_CA_BUNDLE" not in str(failure)


def strict_context(ca_bundle: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    context = tls_context(ca_bundle, environ)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def test_the_certificate_of_a_proxy_is_told_from_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy may be spoken to over TLS as well."""
    with RawServer(stays_silent, served_by(trustme.CA(), "127.0.0.1")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        failure = failure_of(f"https://{HOST}")
        assert f"127.0.0.1:{proxy.port}" in failure.message
    assert failure.kind is Kind.CERTIFICATE_UNTRUSTED
    assert HOST not in failure.message


def test_a_proxy_that_does_not_speak_tls_is_told_from_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many write https:// before the address of an http proxy."""
    with RawServer(lambda peer: peer.send(answer("", "400 Bad Request"))) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http:", "https:"))
        failure = failure_of(f"https://{HOST}")
        assert f"the proxy 127.0.0.1:{proxy.port}" in failure.message
    assert failure.kind is Kind.PROXY_TLS
    assert failure.hint.startswith("ALL_PROXY begins with https://")


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_authorities_that_cannot_be_read_are_a_wrong_setting(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable and the path are named, before anything is sent."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE") as caught:
        ask("https://127.0.0.1:1")
    assert str(path) in caught.value.message


def test_http_on_an_https_port_is_called_what_it_is() -> None:
    """The address is wrong, or something in between is."""
    with RawServer(lambda peer: peer.send(answer("{}"))) as server:
        failure = failure_of(server.url.replace("http:", "https:"))
    assert failure.kind is Kind.TLS


def test_a_name_that_does_not_resolve_is_called_so() -> None:
    """The message names the host."""
    failure = failure_of("https://no-such-host.invalid")
    assert failure.kind is Kind.NAME
    assert "no-such-host.invalid does not resolve" in failure.message


def test_the_platform_is_reached_through_a_proxy(
    platform: RawServer, open_proxy: int, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is known to the proxy only, so nothing but the proxy can have reached it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{open_proxy}")
    assert ask(f"https://{HOST}:{platform.port}") == 200


@pytest.mark.parametrize("login", [LOGIN, "gate:pa@ss"])
def test_a_proxy_gets_its_login_and_the_platform_does_not(
    login: str, platform: RawServer, login_proxy: int, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password with special characters works when it is written as addresses need it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    monkeypatch.setenv("https_proxy", f"http://{login}@127.0.0.1:{login_proxy}")
    assert ask(f"https://{HOST}:{platform.port}") == 200
    assert b"roxy-" not in platform.requests[0]


@pytest.mark.parametrize("login", ["", "gate:wrong@", "gate@"])
def test_a_wrong_proxy_login_is_called_so(
    login: str, platform: RawServer, login_proxy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not a wrong API key."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://{login}127.0.0.1:{login_proxy}")
    failure = failure_of(f"https://{HOST}:{platform.port}")
    assert failure.kind is Kind.PROXY_LOGIN
    assert f"127.0.0.1:{login_proxy}" in failure.message
    assert "wrong@" not in str(failure)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", Kind.PROXY_LOGIN),
        ("407 Proxy Authentication Required", Kind.PROXY_LOGIN),
        ("403 Forbidden", Kind.PROXY_REFUSED),
        ("502 Bad Gateway", Kind.PROXY_REFUSED),
    ],
)
def test_what_a_proxy_refuses_is_not_the_platforms_answer(
    status: str, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some proxies answer 401 to a wrong login, others 407."""
    with RawServer(sends(answer("{}", status))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert failure_of(f"https://{HOST}").kind is kind


def test_a_proxy_may_announce_its_answer(platform: RawServer, ca_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes ahead of its answer to CONNECT is not that answer."""

    def play(peer: Peer) -> None:
        peer.read_request()
        peer.send(interim("102 Processing") + interim() + b"HTTP/1.1 200 Connection established\r\n\r\n")
        relays_to(platform.port)(peer)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    with RawServer(play) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert ask(f"https://{HOST}:{platform.port}") == 200


@pytest.mark.parametrize("play", [stays_silent, drips_headers])
def test_a_proxy_that_hangs_is_given_up(play: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The one deadline covers the way through the proxy too."""
    with RawServer(play) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        session = HttpSession(f"https://{HOST}", {}, monotonic=time.monotonic)
        error = abandon(session, lambda: proxy.requests)
    assert (error.kind, error.maybe_sent) == (Kind.CONNECT_TIMEOUT, False)


def test_a_proxy_that_is_not_there_is_named_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of the platform, which may be well."""
    with RawServer(stays_silent) as gone:
        port = gone.port
    monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}@127.0.0.1:{port}")
    failure = failure_of(f"https://{HOST}")
    assert failure.kind is Kind.PROXY_DOWN
    assert f"127.0.0.1:{port}" in failure.message


@pytest.mark.parametrize(
    "address",
    ["http://", "socks5://127.0.0.1:1", "http://[::1", '"http://127.0.0.1:1"', f"http://{LOGIN}@127.0.0.1:99999"],
)
def test_a_proxy_address_that_cannot_be_used_is_a_wrong_setting(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no outage, and nothing is sent."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as caught:
        ask(f"https://{HOST}")
    assert LOGIN not in str(caught.value)


def test_no_proxy_names_hosts_to_reach_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy would have refused."""
    with RawServer(sends(answer("", "403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "example.com,.invalid")
        assert failure_of("https://no-such-host.invalid").kind is Kind.NAME
        assert proxy.connections == 0


def test_this_machine_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox works behind any proxy setting, and the key does not travel to it in the clear."""
    with RawServer(sends(answer("", "403 Forbidden"))) as proxy, RawServer(answers("{}")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert ask(server.url) == 200
        assert proxy.connections == 0
