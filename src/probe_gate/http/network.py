"""Addresses, proxies and certificate authorities, from the options and the environment.

The proxy variables, their order and the list of hosts without a proxy follow curl (`lib/proxy.c`), so that all requests
of a job take the same route.
"""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from probe_gate.domain.addresses import is_loopback
from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError

if TYPE_CHECKING:
    import ssl

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The first that is set names the certificate authorities to trust, as a file or a directory."""


_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def ca_bundle_from(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable that names certificate authorities, and their path; None if none is set."""
    for name in CA_VARIABLES:
        if path := environ.get(name, "").strip():
            return name, path
    return None


def authorities_from(ca_bundle: str | None, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what names the certificate authorities to trust, and their path; None for those of the package certifi."""
    return ("The certificate file", ca_bundle) if ca_bundle else ca_bundle_from(environ)


def tls_context(ca_bundle: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return the TLS context for all connections.

    Raises:
        ConfigError: The authorities cannot be read.
    """
    import ssl  # settings import this module for its rules of addresses only

    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.util.ssl_ import create_urllib3_context

    source, path = authorities_from(ca_bundle, environ) or ("The certificate file", DEFAULT_CA_BUNDLE_PATH)
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.check_hostname = True
    try:
        if Path(path).is_dir():
            _refuse_without_hashed_names(source, path)
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except (OSError, ValueError):
        raise ConfigError(
            f"{source}: the certificate authorities in {path} cannot be read.",
            "It must be a file of certificates in PEM form, or a directory of them.",
        ) from None
    return context


def _refuse_without_hashed_names(source: str, directory: str) -> None:
    """Raise `ConfigError` for a directory in which OpenSSL, which looks files up by subject hash, finds nothing."""
    if not any(_HASHED_NAME.fullmatch(path.name) for path in Path(directory).iterdir()):
        raise ConfigError(
            f"{source}: no certificate authority in the directory {directory} would be found, because none of its files "
            "is named by its hash.",
            f"Run openssl rehash {directory}, or name one file with all certificates.",
        )


PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
NO_PROXY_VARIABLES = ("no_proxy", "NO_PROXY")
HAS_SYSTEM_SETTINGS: bool = sys.platform in ("darwin", "win32")
SYSTEM_SETTINGS = "The proxy settings of this system"

PROXY_EXAMPLE = "It must look like http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128."

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:(?P<login>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#@]*\]|[^:/?#@\[\]]*)(?::(?P<port>[^/?#@]*))?(?P<rest>[/?#].*)?"
)
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
BLANKS = " \t"
_QUOTES = "\"'`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_SOCKS = frozenset({"socks", "socks4", "socks4a", "socks5", "socks5h"})
_PORT_SUFFIX = re.compile(r":\d+\Z")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy to send requests through."""

    source: str
    """The variable or setting that names it."""
    url: str
    """Scheme, host and port, without the login."""
    headers: Mapping[str, str] = field(repr=False)
    """The login. Sent to the proxy only."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return self.url.partition("://")[2]


def find_proxy(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for an https address, or None. Loopback needs no proxy.

    Raises:
        ConfigError: The environment names a proxy that cannot be used. The message does not repeat its login.
    """
    host = urlsplit(url).hostname or ""
    if is_loopback(host) or is_excluded(host, no_proxy_from(environ)):
        return None
    for variable in PROXY_VARIABLES:
        value = environ.get(variable, "").strip(BLANKS)
        if value:
            return parse_proxy(variable, value)
    return _system_proxy(host)


def no_proxy_from(environ: Mapping[str, str]) -> str:
    """Return the list of hosts that need no proxy; empty when there is none."""
    return next((environ[name] for name in NO_PROXY_VARIABLES if environ.get(name)), "")


def parse_proxy(source: str, value: str) -> Proxy:
    """Return the proxy at an address. `source` names the variable that holds it.

    Raises:
        ConfigError: The address cannot be used.
    """
    found = _ADDRESS.fullmatch(value)
    problem = _find_problem(value, found)
    if problem is not None or found is None:
        raise ConfigError(f"{source}: {problem}.", PROXY_EXAMPLE)
    scheme, port, login = (found["scheme"] or "http").lower(), found["port"], found["login"]
    headers = {}
    if login:
        user, colon, password = login.partition(":")
        credentials = unquote_to_bytes(user) + b":" + unquote_to_bytes(password if colon else "")
        headers["Proxy-Authorization"] = f"Basic {b64encode(credentials).decode('ascii')}"
    return Proxy(source, f"{scheme}://{found['host'].lower()}{f':{int(port)}' if port else ''}", headers)


def _find_problem(text: str, found: re.Match[str] | None) -> str | None:
    """Return what is wrong with a proxy's address, without quoting any of it; None if it is valid."""
    if any(character in "\r\n\v\f\x85\u2028\u2029" for character in text):
        return "the address of the proxy has a line break in it"
    if text[0] in _QUOTES or text[-1] in _QUOTES:
        return "the address of the proxy has quotation marks around it; leave them out"
    if any(character.isspace() or not character.isprintable() for character in text):
        return "the address of the proxy has a space or a control character in it"
    if "\\" in text:
        return r"a backslash in the address of the proxy must be written as %5C, so corp\user as corp%5Cuser"
    place = text.rpartition("@")[2].rpartition("://")[2].partition("/")[0]
    if "$" in place:
        return "it holds the name of a variable, not its value; check that the CI system fills it in"
    if "@" in text and (found is None or (found["rest"] and "@" in found["rest"])):
        return "a /, ? or # in the proxy's user name or password must be written as %2F, %3F or %23"
    if place.count(":") > 1 and "[" not in place:
        return "an IPv6 address must be in square brackets, such as http://[2001:db8::1]:3128"
    if found is None or place.count("[") != place.count("]"):
        return "the address of the proxy is not an address"
    return _find_wrong_part(found)


def _find_wrong_part(found: re.Match[str]) -> str | None:
    scheme, host, port = (found["scheme"] or "http").lower(), found["host"], found["port"]
    if scheme in _SOCKS:
        return "SOCKS proxies are not supported; name an http proxy"
    if scheme not in ("http", "https"):
        return "the address of the proxy begins neither with http:// nor with https://"
    if not host:
        return "the address of the proxy has no host in it"
    if port and not (port.isascii() and port.isdecimal() and 1 <= int(port[:6]) <= 65535):
        return "the port of the proxy is not a number from 1 to 65535"
    if (found["rest"] or "").strip("/"):
        return "the address of the proxy has a path, a query or a fragment in it"
    if not _is_host(host):
        return "the host of the proxy is neither a name in ASCII nor an IP address"
    return None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        with suppress(ValueError):
            return ip_address(host[1:-1]).version == 6
        return False
    return _HOST_NAME.fullmatch(host) is not None


def _system_proxy(host: str) -> Proxy | None:
    """Return the proxy from the system settings of macOS or Windows, or None."""
    if not HAS_SYSTEM_SETTINGS:
        return None
    from urllib.request import getproxies, proxy_bypass

    found = getproxies()
    value = found.get("https") or found.get("all") or ""
    return parse_proxy(SYSTEM_SETTINGS, value) if value and not proxy_bypass(host) else None


def is_excluded(host: str, no_proxy: str) -> bool:
    """Return whether a list such as `NO_PROXY` excludes a host from the proxy.

    Names match the host itself and its subdomains; IP addresses may have a prefix length. Entries are separated by
    commas, or by spaces as in curl before 8.10. The only wildcard is a list that is a single `*`; an entry with a port
    or with `*.` before a name matches nothing.
    """
    if no_proxy == "*":
        return True
    return any(_covers(item, host) for item in re.split(r"[, \t]+", no_proxy) if item)


def explain_no_proxy(host: str, no_proxy: str) -> str:
    """Return how to correct an entry of `NO_PROXY` that was meant to cover the host and does not; empty without one."""
    if is_excluded(host, no_proxy):
        return ""
    for item in re.split(r"[,\s]+", no_proxy):
        name = _PORT_SUFFIX.sub("", item.removeprefix("*"))
        if item == "*":
            return "In NO_PROXY, a * works only on its own."
        if name and _covers(name, host):
            if name == item:
                return "Separate the entries of NO_PROXY with commas."
            return f"In NO_PROXY, write {plain_line(name.removeprefix('.'))} instead of {plain_line(item)}."
    return ""


def _covers(item: str, host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        host = host.lower().removesuffix(".")
        name = item.lower().removesuffix(".").removeprefix(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    network, slash, bits = item.partition("/")
    if slash and not (bits.isascii() and bits.isdecimal()):
        return False
    try:
        if int(bits or "0") == 0:
            return ip_address(network) == address
        return address in ip_network(f"{network}/{bits}", strict=False)
    except ValueError:
        return False
