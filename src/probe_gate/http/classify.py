"""What an exception of the libraries below means: its kind, and whether the request may have arrived."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

from probe_gate.domain.text import plain_line
from probe_gate.http.failures import Kind, Route, TransportError, transport_error

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
"""By OpenSSL's verify code (x509_vfy.h): 2, 20 and 21 no issuer found, 9 not yet valid, 10 has expired, 18 and 19
self-signed, 62 and 64 wrong host name or address. The others are rules that a certificate breaks."""


NO_DESCRIPTOR_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE})


def classify(error: BaseException, route: Route, *, request_began: bool) -> TransportError:
    """What an exception of the libraries below means.

    `request_began`: whether the first byte of the request may have left; it is proven not to have arrived otherwise.
    """
    chain = list(_chain(error))
    kind = _kind_of(chain, has_proxy=route.proxy is not None, request_began=request_began)
    is_proxys = route.proxy is not None and any(type(link).__name__ == "ProxyError" for link in chain)
    if kind is Kind.TLS and is_proxys:
        kind = Kind.PROXY_TLS
    refused = next((link for link in chain if isinstance(link, ssl.SSLCertVerificationError)), None)
    if refused is None or request_began:
        return transport_error(kind, route, maybe_sent=request_began)
    if is_proxys:
        route = replace(route, host=route.proxy or route.host)  # a proxy that speaks TLS itself
    if kind is Kind.CERTIFICATE_UNTRUSTED and route.authorities_path:
        kind = Kind.CERTIFICATE_NOT_NAMED
    return transport_error(kind, route, maybe_sent=False, reason=plain_line(refused.verify_message, 200))


def _kind_of(chain: list[BaseException], *, has_proxy: bool, request_began: bool) -> Kind:
    if not request_began:
        for link in chain:
            kind = _kind_before(link, has_proxy=has_proxy)
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


def _kind_before(link: BaseException, *, has_proxy: bool) -> Kind | None:
    """The kind of one link of the chain, for a request that never left; None when it says nothing."""
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
    """Return the limit of this machine that kept a connection from being opened; None when it was none."""
    if type(link).__name__ == "ClosedPoolError":
        return Kind.NO_DESCRIPTOR  # another request has just given up the idle connections for want of one
    if isinstance(link, socket.gaierror):
        # without a descriptor no name server can be asked, and the name is said not to resolve
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            link = error
    return Kind.NO_DESCRIPTOR if isinstance(link, OSError) and link.errno in NO_DESCRIPTOR_ERRNOS else None


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
