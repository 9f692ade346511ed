"""Deleting a target that is known to exist, and telling "it is gone" from "it was refused"."""

from __future__ import annotations

from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.ports import Platform


async def delete_target(platform: Platform, target_id: int, deadline: float) -> None:
    """Returns when the target is gone. Raises the refusal when that is not proven.

    The request is repeated until the deadline. When the answer to the first one was lost, the next one is refused
    because the target is gone; so a refusal is looked into.
    """
    try:
        await platform.delete_target(target_id, deadline)
    except (ConfigError, AuthError):
        if not await _is_gone(platform, target_id, deadline):
            raise


async def _is_gone(platform: Platform, target_id: int, deadline: float) -> bool:
    """Whether the target cannot be read any more, while the key is still good."""
    try:
        await platform.get_target(target_id, deadline)
    except ConfigError:
        return True
    except AuthError:
        return await _is_key_good(platform, deadline)
    except PlatformError:
        return False
    return False


async def _is_key_good(platform: Platform, deadline: float) -> bool:
    try:
        await platform.list_target_types(deadline)
    except (AuthError, ConfigError, PlatformError):
        return False
    return True
