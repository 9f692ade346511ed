"""What `doctor` reports about key, region and workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probe_gate.errors import AuthError, GateError, Outcome
from probe_gate.use_cases.doctor.findings import Finding, Status, problem
from probe_gate.use_cases.doctor.read import TargetReading


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """What a region of the platform answered to the key."""

    name: str
    """As `--api-url` takes it: `eu`, `us` or an address."""
    error: GateError | None = None
    """None if it accepts the key."""

    @property
    def rejects_key(self) -> bool:
        """Whether the answer was 401."""
        return isinstance(self.error, AuthError) and self.error.status == 401

    @property
    def accepts_key(self) -> bool:
        """Whether the key is known there; that it may not do something (403) says so too."""
        return self.error is None or (isinstance(self.error, AuthError) and self.error.status == 403)


def diagnose_region(own: RegionAnswer, other: RegionAnswer | None, api_url: str) -> Finding:
    """Return what to say of the key and the platform.

    Args:
        own: What the platform answered that is set.
        other: What the other region answered; None if it was not asked.
        api_url: The address of the platform that is set.
    """
    data = {"apiUrl": api_url, "region": own.name}
    if own.error is None:
        return Finding("platform", "Platform", Status.OK, f"{api_url} accepts the key.", data=data)
    if own.rejects_key:
        return _diagnose_rejected_key(other, api_url, data)
    if own.accepts_key:
        text = f"{api_url} knows the key, but does not let it read the target types. {own.error.message}"
        hint = "Only --probe-ids recommended and risk>=LEVEL need them."
        return Finding("platform", "Platform", Status.NOTE, text, hint, data=data)
    found = problem("platform", "Platform", own.error)
    return Finding(found.id, found.title, found.status, found.text, found.hint, outcome=found.outcome, data=data)


def _diagnose_rejected_key(other: RegionAnswer | None, api_url: str, data: Mapping[str, Any]) -> Finding:
    text = f"{api_url} does not accept the key (401)."
    hint = (
        "Copy the key again, or create a new one in the platform's account settings: it is wrong, has expired, or was "
        "revoked."
    )
    if other is None:
        hint = f"{hint} A key of the vendor's regions is accepted at --api-url eu or us only."
    elif other.accepts_key:
        text = f"{text} The region {other.name} does."
        hint = f"Set --api-url {other.name} (SPLX_API_URL): the key belongs to that region."
    elif other.rejects_key:
        text = f"{text} The region {other.name} does not, either."
    elif other.error is not None:
        text = f"{text} The region {other.name} could not be asked: {other.error.message}"
    return Finding("platform", "Platform", Status.PROBLEM, text, hint, outcome=Outcome.AUTH_ERROR, data=data)


def diagnose_workspace(workspace_id: int, readings: Sequence[TargetReading]) -> Finding:
    """Return what to say of the workspace: any target that can be read proves it."""
    data = {"workspaceId": workspace_id}
    if not readings:
        return Finding(
            "workspace",
            "Workspace",
            Status.SKIPPED,
            f"{workspace_id}; it can be checked only with a target.",
            data=data,
        )
    if any(not isinstance(reading.description, GateError) for reading in readings):
        return Finding("workspace", "Workspace", Status.OK, f"The key may use workspace {workspace_id}.", data=data)
    text = f"Not known whether the key may use workspace {workspace_id}: no target could be read."
    return Finding("workspace", "Workspace", Status.SKIPPED, text, data=data)
