"""Web addresses: to which a key may be sent, and which belong to the platform's regions."""

from __future__ import annotations

import re
from ipaddress import ip_address

from probe_gate.domain.parsing import quoted

REGIONS = {
    "eu": "https://api.probe.splx.ai",
    "us": "https://us.api.probe.splx.ai",
}

_WEB_PAGES = {
    "api.probe.splx.ai": "https://probe.splx.ai",
    "us.api.probe.splx.ai": "https://us.probe.splx.ai",
    # the US host as in the vendor's own pipeline templates
    "api.us.probe.splx.ai": "https://us.probe.splx.ai",
}

_MAX_LENGTH = 2000
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/*",
    re.ASCII | re.IGNORECASE,
)
_DEFAULT_PORTS = {"https": "443", "http": "80"}


def is_loopback(host: str | None) -> bool:
    """Return whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def parse_web_url(text: str) -> str:
    """Return an HTTPS address (HTTP only for loopback) without a trailing slash.

    Raises:
        ValueError: It is not a valid address. The message does not quote credentials, queries or fragments.
    """
    _reject_extra_parts(text)
    match = _URL.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if match is None:
        raise ValueError(f"{quoted(text)} is not an https address, such as https://api.example.com")
    scheme, host, port = match["scheme"].lower(), match["host"].lower().rstrip("."), match["port"]
    if scheme == "http" and not is_loopback(host.strip("[]")):
        raise ValueError(f"{quoted(text)} is not encrypted, so others could read the API key; use https")
    if port is not None and not 1 <= int(port) <= 65535:
        raise ValueError(f"{quoted(text)} has an invalid port")
    if any(segment in (".", "..") for segment in match["path"].split("/")):
        raise ValueError(f"{quoted(text)} has . or .. in its path")
    place = host if port is None or int(port) == int(_DEFAULT_PORTS[scheme]) else f"{host}:{int(port)}"
    return f"{scheme}://{place}{match['path']}"


def _reject_extra_parts(text: str) -> None:
    # these can contain a secret, so the address is not quoted
    if "@" in text:
        raise ValueError("an address must not contain a user name or password")
    if "?" in text or "#" in text:
        raise ValueError("an address must not have a query (?) or a fragment (#)")


def parse_api_url(text: str) -> str:
    """Return the address for `eu`, `us` or an address, without a trailing slash.

    Raises:
        ValueError: It is not a valid address.
    """
    if region := REGIONS.get(text.lower()):
        return region
    if "@" not in text and (wrong := _explain_page(text)):  # a login must not be quoted
        raise ValueError(wrong)
    return parse_web_url(text)


def _explain_page(text: str) -> str:
    """Return why an address of the platform's pages is not that of its API; empty if it is none. It is not quoted whole."""
    address = re.split(r"[?#]", text[:_MAX_LENGTH], maxsplit=1)[0]
    site = re.sub(r"^https?://", "", address.lower()).partition("/")[0]
    region = next((name for name, url in REGIONS.items() if web_page_of(url) == f"https://{site}"), None)
    if region is None and not re.search(r"/w/[0-9]+(/|$)", address, re.ASCII):
        return ""
    write = f"write {region}" if region else "give the API's address"
    what = "the web site" if region else "the address of a page"
    return f"{quoted(site)} is {what}, not the API; {write}, or the page's with --target-url"


def web_page_of(api_url: str) -> str | None:
    """Return the platform's web address that belongs to an API address; None if the latter is not the vendor's."""
    return _WEB_PAGES.get(api_url.removeprefix("https://"))


def api_url_of(web_page: str) -> str | None:
    """Return the API address that belongs to the platform's web address; None if the latter is not the vendor's."""
    return next((api for api in REGIONS.values() if web_page_of(api) == web_page), None)


def region_of(api_url: str) -> str:
    """Return the name of the region with that API address; the address itself if it is not the vendor's."""
    return next((name for name, url in REGIONS.items() if url == api_url), api_url)
