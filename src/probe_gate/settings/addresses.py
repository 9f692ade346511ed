"""Addresses of the platform: which are valid, and which web address belongs to which API."""

from __future__ import annotations

from probe_gate.http.addresses import parse_web_url

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


def parse_api_url(text: str) -> str:
    """Return the address for `eu`, `us` or an address, without a trailing slash.

    Raises:
        ValueError: It is not a valid address.
    """
    return REGIONS.get(text.lower()) or parse_web_url(text)


def web_page_of(api_url: str) -> str | None:
    """Return the platform's web address that belongs to an API address; None if the latter is not the vendor's."""
    return _WEB_PAGES.get(api_url.removeprefix("https://"))


def api_url_of(web_page: str) -> str | None:
    """Return the API address that belongs to the platform's web address; None if the latter is not the vendor's."""
    return next((api for api in REGIONS.values() if web_page_of(api) == web_page), None)
