"""Addresses of the platform's pages, such as `https://probe.splx.ai/w/290/target/91`, which stand in for ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from probe_gate.domain.addresses import api_url_of, parse_web_url, web_page_of
from probe_gate.domain.parsing import parse_id, quoted, sort_ids, split_list

_PAGE = re.compile(
    r"(?P<site>[^?#]*?)/w/(?P<workspace>[^/?#]*)(?:/target/(?P<target>[^/?#]*)(?:/test-runs/(?P<run>[^/?#]*))?)?(?:[/?#].*)?",
    re.DOTALL,
)
_MIXED = re.compile(r"[^?#]*,\s*[0-9]+|[0-9]+\s*,.*", re.DOTALL | re.ASCII)
"""An address and an id in one list. What follows a `?` or `#` belongs to the address."""
_MAX_LENGTH = 2_000
EXAMPLE = "https://probe.splx.ai/w/290/target/91"

_WANTED = {"target-url": "/target/", "test-run-id": "/test-runs/", "target-id": "/target/", "workspace-id": "/w/"}
"""The part of the path in front of the number that each option needs."""
PAGE_OPTIONS = tuple(_WANTED)
"""The options that accept the address of a page, most specific first."""


@dataclass(frozen=True, slots=True)
class PageAddress:
    """The parts of the address of a page."""

    site: str
    """The platform's web pages, without a trailing slash."""
    workspace_id: int
    target_id: int | None = None
    test_run_id: int | None = None

    @property
    def api_url(self) -> str | None:
        """The API of the site's region; None for a site that is not the vendor's."""
        return api_url_of(self.site)


def page_url(site: str, workspace_id: int, target_id: int) -> str:
    """Return the address of a target's page on a site."""
    return f"{site}/w/{workspace_id}/target/{target_id}"


def looks_like_page(text: str) -> bool:
    """Return whether the text is meant to be the address of a page, valid or not."""
    return "://" in text or re.match(r"[A-Za-z0-9.-]+\.[A-Za-z]+(:[0-9]+)?/", text, re.ASCII) is not None


def parse_page_address(text: str, option: str) -> PageAddress:
    """Parse the address of a page.

    It may lack `https://`, as in a browser. Anything after the numbers, such as a query, is ignored and never quoted.

    Args:
        text: The address.
        option: The option that it is given to, one of `PAGE_OPTIONS`. Parts that the option does not need are left out.

    Raises:
        ValueError: It is not the address of such a page.
    """
    address = re.split(r"[?#]", text, maxsplit=1)[0]
    if "@" in address:
        raise ValueError("an address must not contain a user name or password")
    if option == "target-url" and address.count("://") > 1:
        raise ValueError("it takes one address; for several targets of a workspace use --target-id 91,92")
    match = _PAGE.fullmatch(text if "://" in text else f"https://{text}") if len(text) <= _MAX_LENGTH else None
    if match is None or match[_group(option)] is None:
        raise ValueError(
            f"{_quoted(text)} is not the address of a page with {_WANTED[option]} and a number in it, such as "
            f"{EXAMPLE}{'/test-runs/7001' if option == 'test-run-id' else ''}"
        )
    site = parse_web_url(match["site"])
    workspace_id = _read("workspace", match["workspace"])
    target_id = run_id = None
    if option != "workspace-id":
        target_id = _read("target", match["target"])
    if option == "test-run-id":
        run_id = _read("test run", match["run"])
    return PageAddress(site, workspace_id, target_id, run_id)


def parse_page_addresses(text: str) -> tuple[PageAddress, tuple[int, ...]]:
    """Parse the address of a target's page, or several with commas or on lines, which must be of one workspace.

    Returns:
        The address, without a target if there are several, and the ids of the targets, ascending.

    Raises:
        ValueError: One is not such an address, or they are of different workspaces.
    """
    if _MIXED.fullmatch(text):
        raise ValueError("addresses and ids are mixed; give either, such as --target-id 91,92")
    if text.count("://") == 1:  # what follows it may contain commas
        page = parse_page_address(text, "target-id")
        return page, (_target_of(page),)
    pages = [parse_page_address(item, "target-id") for item in split_list(text)]
    bare = {replace(page, target_id=None) for page in pages}
    if len(bare) > 1:
        raise ValueError(f"{_quoted(text)}: these pages are not all in one workspace")
    return bare.pop(), sort_ids([_target_of(page) for page in pages])


def _target_of(page: PageAddress) -> int:
    assert page.target_id is not None  # noqa: S101 - the address of a target has one
    return page.target_id


def _group(option: str) -> str:
    return {"test-run-id": "run", "workspace-id": "workspace"}.get(option, "target")


def _quoted(text: str) -> str:
    return quoted(re.split(r"[?#]", text, maxsplit=1)[0])


def _read(name: str, text: str) -> int:
    try:
        return parse_id(text)
    except ValueError as error:
        raise ValueError(f"the {name} in the address: {error}") from None


def find_region_problem(page: PageAddress, api_url: str | None, platform_url: str | None) -> str | None:
    """Return what contradicts the site of a page, or None. `api_url`, `platform_url`: as they were given."""
    if platform_url is not None and platform_url != page.site:
        return f"its site {page.site} differs from the platform's pages at {platform_url}"
    if api_url is None:
        if page.api_url is None:
            return f"{page.site} belongs to no known region; give the address of its API with --api-url"
        return None
    site = web_page_of(api_url)
    if platform_url is None and (site or page.api_url) and site != page.site:
        return f"its site {page.site} does not belong to {api_url}"
    return None
