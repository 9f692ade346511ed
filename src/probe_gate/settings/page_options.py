"""Options that are set by the address of a page given to another option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from probe_gate.domain.page_address import PAGE_OPTIONS, PageAddress, find_region_problem
from probe_gate.domain.policy import DEFAULT
from probe_gate.settings.resolve import Given, Sources

if TYPE_CHECKING:
    from probe_gate.files.policy_file import PolicyFile
    from probe_gate.settings.values import Connection

OVERRIDABLE = frozenset({"runs cancel", "target delete"})
"""A cleanup step names targets by flags in a job whose variable names the gated target."""


def apply_page_addresses(sources: Sources) -> None:
    """Set options from the addresses of pages. Contradictions are added to the problems."""
    for option in PAGE_OPTIONS:
        sources.given(option)
    for option in PAGE_OPTIONS:
        given = sources.given(option)
        if given is not None and option in sources.pages:
            _apply(sources, sources.pages[option], given)


def apply_pages_of_files(sources: Sources, base: PolicyFile | None, file: PolicyFile | None) -> None:
    """Set workspace and region from the addresses in policy files. Contradictions are added to the problems.

    Links never follow such an address: the file may be part of the change under test. With a base policy, the addresses
    of the change set nothing either; they may only contradict.
    """
    for page, given in _pages_of(base):
        _set(sources, given, "workspace-id", page.workspace_id, page.workspace_id)
        _apply_region(sources, page, given)
    if base is not None and sources.given("api-url") is None and not sources.is_wrong("api-url"):
        sources.imply("api-url", Given(sources.value("api-url"), DEFAULT, by_flag=False))
    for page, given in _pages_of(file):
        if base is None or sources.given("workspace-id") is not None:
            _set(sources, given, "workspace-id", page.workspace_id, page.workspace_id)
        _apply_region(sources, page, given)


def _pages_of(file: PolicyFile | None) -> Iterator[tuple[PageAddress, Given]]:
    for page, origin in file.pages if file is not None else ():
        yield page, Given(page, origin, by_flag=False)


def is_of(page: PageAddress, connection: Connection) -> bool:
    """Return whether a page is of the workspace and the platform of a connection."""
    problem = find_region_problem(page, connection.api_url, connection.platform_url)
    return page.workspace_id == connection.workspace_id and problem is None


def _apply(sources: Sources, page: PageAddress, given: Given) -> None:
    _set(sources, given, "workspace-id", page.workspace_id, page.workspace_id)
    if page.target_id is not None:
        named = sources.given("target-id")
        is_overridden = sources.command in OVERRIDABLE and named is not None and named.by_flag and not given.by_flag
        if not is_overridden:
            _set(sources, given, "target-id", (page.target_id,), page.target_id)
    if _apply_region(sources, page, given):
        _set(sources, given, "platform-url", page.site, page.site)


def _apply_region(sources: Sources, page: PageAddress, given: Given) -> bool:
    """Set the region of a page, and return whether it is that of the platform. A contradiction is added to the problems."""
    api_url, platform_url = sources.given("api-url"), sources.given("platform-url")
    if sources.is_wrong("api-url") or sources.is_wrong("platform-url"):
        return False
    problem = find_region_problem(
        page, api_url.value if api_url else None, platform_url.value if platform_url else None
    )
    if problem is not None:
        sources.problems.append(f"{given.origin}: {problem}")
        return False
    if page.api_url is not None:
        _set(sources, given, "api-url", api_url.value if api_url else page.api_url, "")
    return True


def _set(sources: Sources, given: Given, name: str, value: Any, shown: object) -> None:
    """Set the option to the value from the address, or add a problem if it was given with another value."""
    if not sources.takes(name) or sources.is_wrong(name):
        return
    own = sources.given(name)
    if own is None:
        sources.imply(name, Given(value, given.origin, given.by_flag))
    elif own.value != value:
        ids = own.value if isinstance(own.value, tuple) else (own.value,)
        named = ", ".join(map(str, ids[:5]))
        sources.problems.append(
            f"{given.origin}: its {name.removesuffix('-id')} {shown} differs from {own.origin} ({named}); give only one"
        )
