"""Which targets fall to which part when a gate is split over several jobs."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def take_shard(ids: Iterable[int], number: int, count: int) -> tuple[int, ...]:
    """The ids that fall to part `number` (from 1) of `count`, in the order given.

    An id falls to the same part whatever other ids there are, so that adding a target moves no other one.
    Every id falls to exactly one part; a part may be empty. Raises `ValueError` for a part that does not exist.
    """
    if not 1 <= number <= count:
        raise ValueError(f"there is no part {number} of {count}")
    return tuple(target_id for target_id in ids if _part_of(target_id, count) == number)


def _part_of(target_id: int, count: int) -> int:
    digest = sha256(str(target_id).encode()).digest()
    return int.from_bytes(digest[:8], "big") % count + 1
