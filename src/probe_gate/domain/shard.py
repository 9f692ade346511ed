"""The part of the targets that one job of a matrix takes."""

from __future__ import annotations

from binascii import crc32


def is_in_shard(target_id: int, shard: tuple[int, int]) -> bool:
    """Return whether the target belongs to part K of N.

    It depends on the id alone, so that a target that is added or removed moves no other one.
    """
    part, parts = shard
    return crc32(str(target_id).encode()) % parts == part - 1
