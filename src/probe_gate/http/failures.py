"""What went wrong between us and a server: its kind, whether the request may have arrived, and what to do now."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from probe_gate.errors import PlatformError


class Kind(Enum):
    """Each has its own message and advice."""

    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect-timeout"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_EARLY = "certificate-early"
    CERTIFICATE_NAME = "certificate-name"
    TLS = "tls"
    PROXY_LOGIN = "proxy-login"
    PROXY_REFUSED = "proxy-refused"
    PROXY_DOWN = "proxy-down"
    PROXY_WRONG = "proxy-wrong"
    SILENT = "silent"
    DEADLINE = "deadline"
    CUT_OFF = "cut-off"
    TOO_LARGE = "too-large"
    NOT_HTTP = "not-http"
    REDIRECT = "redirect"
    PAGE = "page"
    ABORTED = "aborted"


class LostError(PlatformError):
    """An exchange that gave no answer that can be used.

    The request is proven not to have arrived only when `maybe_sent` is False.
    """

    def __init__(self, kind: Kind, message: str, advice: str = "", *, maybe_sent: bool) -> None:
        super().__init__(message, advice)
        self.kind = kind
        self.maybe_sent = maybe_sent


@dataclass(frozen=True, slots=True)
class Road:
    """How a server is reached, as far as messages name it."""

    host: str
    """With its port when it is not the usual one."""
    proxy: str | None = None
    """Host and port of the proxy, without its login; None when there is none."""


_MESSAGES: dict[Kind, tuple[str, str]] = {
    Kind.NAME: (
        "The name {peer} does not resolve.",
        "Check the address (--api-url) and the name server of this machine; behind a proxy, set HTTPS_PROXY.",
    ),
    Kind.REFUSED: (
        "{peer} refused the connection.",
        "Check the address and its port; a firewall may also refuse in its place.",
    ),
    Kind.UNREACHABLE: (
        "{peer} cannot be reached from this machine.",
        "Check the network of the CI runner; behind a proxy, set HTTPS_PROXY.",
    ),
    Kind.CONNECT_TIMEOUT: (
        "{peer} did not take the connection in time.",
        "A firewall may swallow it: check that the CI runner may reach it; behind a proxy, set HTTPS_PROXY.",
    ),
    Kind.CERTIFICATE_UNTRUSTED: (
        "The certificate of {host} is not signed by an authority that this machine trusts.",
        "A network that inspects TLS, or a private server, needs its authority's file: name it in REQUESTS_CA_BUNDLE.",
    ),
    Kind.CERTIFICATE_EXPIRED: (
        "The certificate of {host} has expired.",
        "Check the clock of this machine; if it is right, the server's owner must renew the certificate.",
    ),
    Kind.CERTIFICATE_EARLY: ("The certificate of {host} is not valid yet.", "Check the clock of this machine."),
    Kind.CERTIFICATE_NAME: (
        "The certificate that {host} shows is for another name.",
        "Check the address; something in between may answer in its place.",
    ),
    Kind.TLS: (
        "No secure connection to {host} could be made.",
        "Check that the address is right and speaks https; an old proxy in between may be the cause.",
    ),
    Kind.PROXY_LOGIN: (
        "The proxy {proxy} wants a login, or the one it was given is wrong.",
        "Check the user name and password in HTTPS_PROXY; special characters in them are written as %40 and the like.",
    ),
    Kind.PROXY_REFUSED: (
        "The proxy {proxy} does not let this connection to {host} through.",
        "Ask for {host} to be allowed there, or name it in NO_PROXY if it can be reached directly.",
    ),
    Kind.PROXY_DOWN: ("The proxy {proxy} cannot be reached.", "Check HTTPS_PROXY."),
    Kind.PROXY_WRONG: (
        "The proxy address in the environment cannot be used.",
        "HTTPS_PROXY must look like http://proxy.example.com:3128.",
    ),
    Kind.SILENT: ("{host} took the request and then stayed silent for too long.", ""),
    Kind.DEADLINE: ("{host} did not finish its answer in time.", ""),
    Kind.CUT_OFF: ("The connection to {host} was cut before the answer was complete.", ""),
    Kind.TOO_LARGE: ("The answer of {host} is larger than {limit} MiB; it was not read further.", ""),
    Kind.NOT_HTTP: (
        "What {host} sent is not an answer that can be read.",
        "Check the address; something in between may have changed the answer.",
    ),
    Kind.REDIRECT: (
        "{host} redirects to {other} (status {status}); that is not followed, so that the key goes nowhere else.",
        "If {other} is where the API lives, give its address (--api-url); if it is a login page, check the network.",
    ),
    Kind.PAGE: (
        "{host} answered with something that is not JSON.",
        "Check the address (--api-url): it may be that of a web page, or a proxy answered in its place.",
    ),
    Kind.ABORTED: ("The request to {host} was ended by a signal.", ""),
}

_NEVER_SENT = frozenset(
    {
        Kind.NAME,
        Kind.REFUSED,
        Kind.UNREACHABLE,
        Kind.CONNECT_TIMEOUT,
        Kind.PROXY_LOGIN,
        Kind.PROXY_REFUSED,
        Kind.PROXY_DOWN,
        Kind.PROXY_WRONG,
    }
)
"""Kinds that can only happen before the request itself leaves."""

_CERTIFICATE_KINDS = {
    10: Kind.CERTIFICATE_EXPIRED,
    9: Kind.CERTIFICATE_EARLY,
    62: Kind.CERTIFICATE_NAME,
    64: Kind.CERTIFICATE_NAME,
}
"""By OpenSSL's verify code: 10 has expired, 9 not yet valid, 62 and 64 wrong host name or address."""


def lost(kind: Kind, road: Road, *, maybe_sent: bool, **facts: object) -> LostError:
    """The error of that kind, in words. `facts` fill the message of the kinds that need more."""
    message, advice = _MESSAGES[kind]
    peer = f"the proxy {road.proxy}" if road.proxy else road.host
    words = {"host": road.host, "proxy": road.proxy or "", "peer": peer, **facts}
    text = message.format(**words)
    return LostError(
        kind,
        text[:1].upper() + text[1:] if text.startswith("the ") else text,
        advice.format(**words),
        maybe_sent=maybe_sent,
    )


def classify(error: BaseException, road: Road, *, request_began: bool) -> LostError:
    """What an exception of the libraries below means.

    `request_began`: whether the first byte of the request may have left; it is proven not to have arrived otherwise.
    """
    kind = _kind_of(error, has_proxy=road.proxy is not None, request_began=request_began)
    return lost(kind, road, maybe_sent=request_began)


def _kind_of(error: BaseException, *, has_proxy: bool, request_began: bool) -> Kind:
    chain = list(_chain(error))
    if not request_began:
        for link in chain:
            kind = _kind_before(link, has_proxy=has_proxy)
            if kind is not None:
                return kind
        return Kind.UNREACHABLE
    names = {type(link).__name__ for link in chain}
    if any(isinstance(link, TimeoutError) for link in chain) or "ReadTimeoutError" in names:
        return Kind.SILENT
    if names & {
        "DecodeError",
        "ContentDecodingError",
        "BadStatusLine",
        "LineTooLong",
        "HTTPException",
        "InvalidHeader",
    }:
        return Kind.CUT_OFF if "RemoteDisconnected" in names else Kind.NOT_HTTP
    return Kind.CUT_OFF


def _kind_before(link: BaseException, *, has_proxy: bool) -> Kind | None:
    """The kind of one link of the chain, for a request that never left; None when it says nothing."""
    name = type(link).__name__
    if isinstance(link, ssl.SSLCertVerificationError):
        return _CERTIFICATE_KINDS.get(link.verify_code, Kind.CERTIFICATE_UNTRUSTED)
    if isinstance(link, ssl.SSLError) or name == "CertificateError":
        return Kind.TLS
    if name in {"InvalidProxyURL", "ProxySchemeUnknown", "LocationParseError", "InvalidSchema"}:
        return Kind.PROXY_WRONG
    if isinstance(link, OSError) and (tunnel := re.search(r"Tunnel connection failed: (\d+)", str(link))):
        return Kind.PROXY_LOGIN if tunnel[1] in {"401", "407"} else Kind.PROXY_REFUSED
    kind: Kind | None = None
    if isinstance(link, socket.gaierror):
        kind = Kind.NAME
    elif isinstance(link, ConnectionRefusedError):
        kind = Kind.REFUSED
    elif isinstance(link, TimeoutError) or name == "ConnectTimeoutError":
        kind = Kind.CONNECT_TIMEOUT
    elif isinstance(link, ConnectionError):
        kind = Kind.TLS
    elif isinstance(link, OSError) and link.errno:
        kind = Kind.UNREACHABLE
    if kind in {Kind.NAME, Kind.REFUSED, Kind.CONNECT_TIMEOUT, Kind.UNREACHABLE} and has_proxy:
        return Kind.PROXY_DOWN
    return kind


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that lie behind it, the innermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 50:
        link = waiting.pop()
        if not isinstance(link, BaseException) or any(link is known for known in found):
            continue
        found.append(link)
        waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    return reversed(found)
