"""Addresses and certificate authorities: how a server is reached, by what the environment says."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from probe_gate.errors import ConfigError

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The first that is set names the certificate authorities to trust, as a file or a directory."""


_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def checked_base_url(url: str) -> str:
    """The address without a trailing slash.

    Raises `ConfigError` unless it is https (or http to this machine) and nothing but scheme, host, port and path.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or any(mark in url for mark in " \t\r\n\\"):
        raise ConfigError("The API address is not a web address.", "It must look like https://api.example.com.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigError(
            f"The API address of {host} has a login, a query or a fragment in it.",
            "Give only scheme, host, port and path; the key goes into its own variable.",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigError(
            f"The API address of {host} is not https.",
            "The key would travel unprotected: http is taken only for this machine itself.",
        )
    return url.rstrip("/")


def ca_bundle_from(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The variable that names certificate authorities, and their path; None when none is set."""
    for name in CA_VARIABLES:
        if path := environ.get(name, "").strip():
            return name, path
    return None


def authorities_from(ca_bundle: str | None, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what names the certificate authorities to trust, and their path; None for those that come along."""
    return ("The certificate file", ca_bundle) if ca_bundle else ca_bundle_from(environ)


def tls_context(ca_bundle: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """The TLS settings for all connections. Raises `ConfigError` when the authorities cannot be read."""
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
    """OpenSSL looks a certificate up in a directory by the hash of its subject; files of other names do not count."""
    if not any(_HASHED_NAME.fullmatch(path.name) for path in Path(directory).iterdir()):
        raise ConfigError(
            f"{source}: no certificate authority in the directory {directory} would be found, because none of its files "
            "is named by its hash.",
            f"Run openssl rehash {directory}, or name one file with all certificates.",
        )
