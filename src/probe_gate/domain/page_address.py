"""The numbers in the address of one of the platform's pages, for whoever pastes an address where a number belongs."""

from __future__ import annotations

import re

from probe_gate.domain.quantity import shown

_PARTS = {"workspace-id": "w", "target-id": "target", "test-run-id": "test-runs"}
"""Each option, and what its number is behind: `/w/290/target/91/test-runs/7001`."""


def explain_address(text: str, option: str) -> str | None:
    """Return what is wrong with an address as the value of an option, or None if it is none of a page.

    `option` is one of `workspace-id`, `target-id` and `test-run-id`.
    """
    found = {name: match[1] for name, part in _PARTS.items() if (match := _number_behind(part, text))}
    if not found or option not in _PARTS:
        return None
    own = found.pop(option, None)
    if own is None:
        return f"{shown(text)} looks like an address, with no /{_PARTS[option]}/ and number in it"
    others = " and ".join(f"--{name} {number}" for name, number in found.items() if name != "test-run-id")
    return f"{shown(text)} looks like an address; use {own}{f', and {others}' if others else ''}"


def _number_behind(part: str, text: str) -> re.Match[str] | None:
    return re.search(rf"/{part}/([1-9][0-9]{{0,9}})(?![0-9])", text[:2_000], re.ASCII)
