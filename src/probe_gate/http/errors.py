"""The kinds of transport error, with a message and a hint for each, and the mapping from the libraries' exceptions."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from probe_gate.domain.text import plain_line
from probe_gate.errors import NO_DESCRIPTOR, NO_THREAD, AuthError, PlatformError


class Kind(Enum):
    """Why a request failed. Each kind has its own message and hint."""

    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect-timeout"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_NOT_NAMED = "certificate-not-named"
    CERTIFICATE_REFUSED = "certificate-refused"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_EARLY = "certificate-early"
    CERTIFICATE_NAME = "certificate-name"
    TLS = "tls"
    PROXY_LOGIN = "proxy-login"
    PROXY_REFUSED = "proxy-refused"
    PROXY_DOWN = "proxy-down"
    PROXY_TLS = "proxy-tls"
    NO_THREAD = "no-thread"
    NO_DESCRIPTOR = "no-descriptor"
    READ_TIMEOUT = "read-timeout"
    DEADLINE = "deadline"
    NO_TIME = "no-time"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    NOT_HTTP = "not-http"
    REDIRECT = "redirect"
    NOT_JSON = "not-json"
    CANCELLED = "cancelled"


class TransportError(PlatformError):
    """A request got no usable response.

    Only if `maybe_sent` is False is the request proven not to have reached the server.
    """

    def __init__(self, kind: Kind, message: str, hint: str = "", *, maybe_sent: bool) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.maybe_sent = maybe_sent


@dataclass(frozen=True, slots=True)
class Route:
    """How a server is reached, as far as messages need it."""

    host: str
    """With the port unless it is the default one."""
    proxy: str | None = None
    """Host and port of the proxy, without its login; None when there is none."""
    proxy_source: str = "HTTPS_PROXY"
    """The variable or setting that names the proxy."""
    no_proxy_hint: str = ""
    """What is wrong with the entry of NO_PROXY that was meant to cover the host; empty if there is none."""
    authorities_source: str = ""
    """The variable or option that names the certificate authorities; empty for those of the package certifi."""
    authorities_path: str = ""


_MESSAGES: dict[Kind, tuple[str, str]] = {
    Kind.NAME: (
        "The name {peer} does not resolve.",
        "Check the address (--api-url) and the name server of this machine; behind a proxy, set HTTPS_PROXY.",
    ),
    Kind.REFUSED: (
        "{peer} refused the connection.",
        "Check the address and its port; a firewall may have refused it instead.",
    ),
    Kind.UNREACHABLE: (
        "{peer} cannot be reached from this machine.",
        "Check the network of the CI runner; behind a proxy, set HTTPS_PROXY.",
    ),
    Kind.CONNECT_TIMEOUT: (
        "{peer} did not accept the connection in time.",
        "A firewall may be dropping it: check that the CI runner can reach it; behind a proxy, set HTTPS_PROXY.",
    ),
    Kind.CERTIFICATE_UNTRUSTED: (
        "The certificate of {host} is not signed by an authority that this machine trusts.",
        "A network that inspects TLS, or a private server, needs its authority's file: name it in REQUESTS_CA_BUNDLE.",
    ),
    Kind.CERTIFICATE_NOT_NAMED: (
        "The certificate of {host} is not signed by an authority in {authorities_path} ({reason}).",
        "{authorities_source} must name the authority that signs for {host}: in a file, or a directory after `openssl rehash`.",
    ),
    Kind.CERTIFICATE_REFUSED: (
        "The certificate of {host}, or of the authority that signed it, is not accepted: {reason}.",
        "It must be reissued according to these rules (RFC 5280), which Python checks more strictly from version 3.13 on.",
    ),
    Kind.CERTIFICATE_EXPIRED: (
        "The certificate of {host}, or of the authority that signed it, has expired.",
        "Check the clock of this machine; if it is right, the certificate's owner must renew it.",
    ),
    Kind.CERTIFICATE_EARLY: (
        "The certificate of {host}, or of the authority that signed it, is not valid yet.",
        "Check the clock of this machine.",
    ),
    Kind.CERTIFICATE_NAME: (
        "The certificate of {host} is for a different name.",
        "Check the address; a proxy or gateway may respond instead.",
    ),
    Kind.TLS: (
        "No secure connection to {host} could be made.",
        "Check that the address is right and serves https; an old proxy may also be the cause.",
    ),
    Kind.PROXY_LOGIN: (
        "The proxy {proxy} requires a login, or the one that it was given is wrong.",
        "Check the user name and password in {proxy_source}; write special characters in them percent-encoded, such as %40.",
    ),
    Kind.PROXY_REFUSED: (
        "The proxy {proxy} does not let this connection to {host} through.",
        "Ask for {host} to be allowed there, or name it in NO_PROXY if it can be reached directly.",
    ),
    Kind.PROXY_TLS: (
        "No secure connection to the proxy {proxy} could be made.",
        "{proxy_source} begins with https://, but most proxies need http://.",
    ),
    Kind.PROXY_DOWN: ("The proxy {proxy} cannot be reached.", "Check {proxy_source}."),
    Kind.NO_THREAD: (f"The request to {{host}} failed. {NO_THREAD[0]}", NO_THREAD[1]),
    Kind.NO_DESCRIPTOR: (f"The request to {{host}} failed. {NO_DESCRIPTOR[0]}", NO_DESCRIPTOR[1]),
    Kind.READ_TIMEOUT: ("{host} accepted the request and then sent nothing for too long.", ""),
    Kind.DEADLINE: ("{host} did not finish its response in time.", ""),
    Kind.NO_TIME: ("There was no time left to send the request to {host}.", ""),
    Kind.TRUNCATED: ("The connection to {host} was closed before the response was complete.", ""),
    Kind.TOO_LARGE: ("The response from {host} is larger than {limit} MiB; reading stopped there.", ""),
    Kind.NOT_HTTP: (
        "{host} did not send a valid HTTP response.",
        "Check the address; a proxy or gateway may have changed the response.",
    ),
    Kind.REDIRECT: (
        "{host} redirects to {other} (status {status}); that is not followed, so that the key goes nowhere else.",
        "If {other} is where the API lives, give its address (--api-url); if it is a login page, check the network.",
    ),
    Kind.NOT_JSON: (
        "The response from {host} is not JSON.",
        "Check the address (--api-url): it may be that of a web page, or a proxy may have responded instead.",
    ),
    Kind.CANCELLED: ("The request to {host} was cancelled by a signal.", ""),
}


_PROXY_KINDS = frozenset({Kind.PROXY_LOGIN, Kind.PROXY_REFUSED, Kind.PROXY_DOWN})


def transport_error(kind: Kind, route: Route, *, maybe_sent: bool, **facts: object) -> TransportError:
    """Return the error of a kind. `facts` fill the placeholders in the messages of some kinds."""
    message, hint = _MESSAGES[kind]
    peer = f"The proxy {route.proxy}" if route.proxy else route.host
    words = {"host": route.host, "proxy": route.proxy or "", "peer": peer, **facts}
    words |= {
        "proxy_source": route.proxy_source,
        "authorities_source": route.authorities_source,
        "authorities_path": route.authorities_path,
    }
    hint = hint.format(**words)
    if route.no_proxy_hint and kind in _PROXY_KINDS:
        hint = f"{hint} {route.no_proxy_hint}"
    return TransportError(kind, message.format(**words), hint, maybe_sent=maybe_sent)


class StatusError(PlatformError):
    """The server responded with a status after which the same request may succeed later."""

    def __init__(self, message: str, hint: str = "", *, status: int, retry_after_seconds: float | None) -> None:
        super().__init__(message, hint)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class UnexpectedRefusalError(PlatformError):
    """The server refused a request that it had accepted before; a gateway may have responded instead."""


class UnexpectedAuthError(AuthError):
    """The same as `UnexpectedRefusalError`, for 401 and 403."""


_CERTIFICATE_KINDS = {
    2: Kind.CERTIFICATE_UNTRUSTED,
    9: Kind.CERTIFICATE_EARLY,
    10: Kind.CERTIFICATE_EXPIRED,
    18: Kind.CERTIFICATE_UNTRUSTED,
    19: Kind.CERTIFICATE_UNTRUSTED,
    20: Kind.CERTIFICATE_UNTRUSTED,
    21: Kind.CERTIFICATE_UNTRUSTED,
    62: Kind.CERTIFICATE_NAME,
    64: Kind.CERTIFICATE_NAME,
}
"""By OpenSSL's verify code (x509_vfy.h): 2, 20, 21: no issuer found; 9: not yet valid; 10: expired; 18, 19: self-signed;
62, 64: wrong host name or IP address. Any other code means that the certificate breaks a rule."""


NO_DESCRIPTOR_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE})


def classify(error: BaseException, route: Route, *, maybe_sent: bool) -> TransportError:
    """Return the transport error for an exception of requests, urllib3, ssl or socket.

    Args:
        error: The exception; its causes are examined too.
        route: How the server is reached.
        maybe_sent: Whether the first byte of the request may have been sent.
    """
    chain = list(_chain(error))
    kind = _kind_of(chain, has_proxy=route.proxy is not None, maybe_sent=maybe_sent)
    is_proxy_error = route.proxy is not None and any(type(link).__name__ == "ProxyError" for link in chain)
    if kind is Kind.TLS and is_proxy_error:
        kind = Kind.PROXY_TLS
    refused = next((link for link in chain if isinstance(link, ssl.SSLCertVerificationError)), None)
    if refused is None or maybe_sent:
        return transport_error(kind, route, maybe_sent=maybe_sent)
    if is_proxy_error:
        route = replace(route, host=route.proxy or route.host)  # a proxy that speaks TLS itself
    if kind is Kind.CERTIFICATE_UNTRUSTED and route.authorities_path:
        kind = Kind.CERTIFICATE_NOT_NAMED
    return transport_error(kind, route, maybe_sent=False, reason=plain_line(refused.verify_message, 200))


def _kind_of(chain: list[BaseException], *, has_proxy: bool, maybe_sent: bool) -> Kind:
    if not maybe_sent:
        for link in chain:
            kind = _kind_before_sending(link, has_proxy=has_proxy)
            if kind is not None:
                return kind
        return Kind.UNREACHABLE
    names = {type(link).__name__ for link in chain}
    if any(isinstance(link, TimeoutError) for link in chain) or "ReadTimeoutError" in names:
        return Kind.READ_TIMEOUT
    if names & {
        "DecodeError",
        "ContentDecodingError",
        "BadStatusLine",
        "LineTooLong",
        "HTTPException",
        "InvalidHeader",
    }:
        return Kind.TRUNCATED if "RemoteDisconnected" in names else Kind.NOT_HTTP
    return Kind.TRUNCATED


def _kind_before_sending(link: BaseException, *, has_proxy: bool) -> Kind | None:
    """Return the kind of error for one exception of the chain, before anything was sent; None if it does not say."""
    name = type(link).__name__
    if isinstance(link, ssl.SSLCertVerificationError):
        return _CERTIFICATE_KINDS.get(link.verify_code, Kind.CERTIFICATE_REFUSED)
    if isinstance(link, ssl.SSLError) or name == "CertificateError":
        return Kind.TLS
    if isinstance(link, OSError) and (tunnel := re.search(r"Tunnel connection failed: (\d+)", str(link))):
        return Kind.PROXY_LOGIN if tunnel[1] in {"401", "407"} else Kind.PROXY_REFUSED
    if (exhausted := _exhausted_kind(link)) is not None:
        return exhausted
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


def _exhausted_kind(link: BaseException) -> Kind | None:
    """Return `NO_DESCRIPTOR` if too few file descriptors kept a connection from being opened, or None."""
    if type(link).__name__ == "ClosedPoolError":
        return (
            Kind.NO_DESCRIPTOR
        )  # another request has just closed the idle connections because it ran out of descriptors
    if isinstance(link, socket.gaierror):
        # without a descriptor no name server can be queried, which looks like a name that does not resolve
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            link = error
    return Kind.NO_DESCRIPTOR if isinstance(link, OSError) and link.errno in NO_DESCRIPTOR_ERRNOS else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all of its causes, the innermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 50:
        link = waiting.pop()
        if not isinstance(link, BaseException) or any(link is known for known in found):
            continue
        found.append(link)
        waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    return reversed(found)
