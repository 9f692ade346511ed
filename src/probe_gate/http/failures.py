"""The ways in which an exchange can fail, each in plain words with what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from probe_gate.errors import NO_DESCRIPTOR, NO_THREAD, PlatformError


class Kind(Enum):
    """Each has its own message and advice."""

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
    """An exchange that gave no answer that can be used.

    The request is proven not to have arrived only when `maybe_sent` is False.
    """

    def __init__(self, kind: Kind, message: str, advice: str = "", *, maybe_sent: bool) -> None:
        super().__init__(message, advice)
        self.kind = kind
        self.maybe_sent = maybe_sent


@dataclass(frozen=True, slots=True)
class Route:
    """How a server is reached, as far as messages name it."""

    host: str
    """With its port when it is not the usual one."""
    proxy: str | None = None
    """Host and port of the proxy, without its login; None when there is none."""
    proxy_source: str = "HTTPS_PROXY"
    """What names the proxy."""
    no_proxy_hint: str = ""
    """What is wrong with the entry of NO_PROXY that was meant to cover the host."""
    authorities_source: str = ""
    """What names the certificate authorities to trust; empty for those that come along."""
    authorities_path: str = ""


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
    Kind.CERTIFICATE_NOT_NAMED: (
        "The certificate of {host} is not signed by an authority in {authorities_path} ({reason}).",
        "{authorities_source} must name the authority that signs for {host}: in a file, or a directory after `openssl rehash`.",
    ),
    Kind.CERTIFICATE_REFUSED: (
        "The certificate of {host}, or of the authority that signed it, is not accepted: {reason}.",
        "It must be issued again by these rules (RFC 5280), which Python checks more strictly from version 3.13 on.",
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
        "The certificate that {host} shows is for another name.",
        "Check the address; something in between may answer in its place.",
    ),
    Kind.TLS: (
        "No secure connection to {host} could be made.",
        "Check that the address is right and speaks https; an old proxy in between may be the cause.",
    ),
    Kind.PROXY_LOGIN: (
        "The proxy {proxy} wants a login, or the one it was given is wrong.",
        "Check the user name and password in {proxy_source}; special characters in them are written as %40 and the like.",
    ),
    Kind.PROXY_REFUSED: (
        "The proxy {proxy} does not let this connection to {host} through.",
        "Ask for {host} to be allowed there, or name it in NO_PROXY if it can be reached directly.",
    ),
    Kind.PROXY_TLS: (
        "No secure connection to the proxy {proxy} could be made.",
        "{proxy_source} begins with https://, and most proxies are spoken to over http://.",
    ),
    Kind.PROXY_DOWN: ("The proxy {proxy} cannot be reached.", "Check {proxy_source}."),
    Kind.NO_THREAD: (f"The request to {{host}} failed. {NO_THREAD[0]}", NO_THREAD[1]),
    Kind.NO_DESCRIPTOR: (f"The request to {{host}} failed. {NO_DESCRIPTOR[0]}", NO_DESCRIPTOR[1]),
    Kind.READ_TIMEOUT: ("{host} took the request and then stayed silent for too long.", ""),
    Kind.DEADLINE: ("{host} did not finish its answer in time.", ""),
    Kind.NO_TIME: ("There was no time left to ask {host}.", ""),
    Kind.TRUNCATED: ("The connection to {host} was cut before the answer was complete.", ""),
    Kind.TOO_LARGE: ("The answer of {host} is larger than {limit} MiB; it was not read further.", ""),
    Kind.NOT_HTTP: (
        "What {host} sent is not an answer that can be read.",
        "Check the address; something in between may have changed the answer.",
    ),
    Kind.REDIRECT: (
        "{host} redirects to {other} (status {status}); that is not followed, so that the key goes nowhere else.",
        "If {other} is where the API lives, give its address (--api-url); if it is a login page, check the network.",
    ),
    Kind.NOT_JSON: (
        "{host} answered with something that is not JSON.",
        "Check the address (--api-url): it may be that of a web page, or a proxy answered in its place.",
    ),
    Kind.CANCELLED: ("The request to {host} was ended by a signal.", ""),
}


_PROXY_KINDS = frozenset({Kind.PROXY_LOGIN, Kind.PROXY_REFUSED, Kind.PROXY_DOWN})


def transport_error(kind: Kind, route: Route, *, maybe_sent: bool, **facts: object) -> TransportError:
    """The error of that kind, in words. `facts` fill the message of the kinds that need more."""
    message, advice = _MESSAGES[kind]
    peer = f"The proxy {route.proxy}" if route.proxy else route.host
    words = {"host": route.host, "proxy": route.proxy or "", "peer": peer, **facts}
    words |= {
        "proxy_source": route.proxy_source,
        "authorities_source": route.authorities_source,
        "authorities_path": route.authorities_path,
    }
    hint = f" {route.no_proxy_hint}" if route.no_proxy_hint and kind in _PROXY_KINDS else ""
    return TransportError(kind, message.format(**words), f"{advice.format(**words)}{hint}", maybe_sent=maybe_sent)
