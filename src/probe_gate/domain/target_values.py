"""When two values of a target are the same, and when there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probe_gate.domain.target_secrets import Path

_WORDS: frozenset[Path] = frozenset(
    {
        ("connection", "type"),
        ("settings", "environment"),
        ("settings", "language"),
        ("settings", "supportedModes"),
        ("settings", "targetPresetId"),
        ("settings", "workerPoolId"),
        ("settings", "ragFileId"),
    }
)
"""Values that are the same in any case."""
_SETS: frozenset[Path] = frozenset({("settings", "supportedModes")})


def as_map(value: object) -> Mapping[str, Any]:
    """The value, or an empty map when it is none."""
    return value if isinstance(value, Mapping) else {}


def is_nothing(value: object) -> bool:
    """Whether a value is as good as none: no platform is held to tell these apart."""
    return value is None or value == "" or (isinstance(value, Mapping | list | tuple) and not value)


def same(want: Any, have: Any, path: Path = ()) -> bool:
    """Whether two values are the same: blanks around a text and, where words are fixed, upper case aside."""
    if isinstance(want, str) and isinstance(have, str):
        one, other = _plain(want), _plain(have)
        return one.casefold() == other.casefold() if path in _WORDS else one == other
    if isinstance(want, bool) or isinstance(have, bool):
        return want is have
    if isinstance(want, int | float) and isinstance(have, int | float):
        return want == have
    if isinstance(want, list | tuple) and isinstance(have, list | tuple):
        return _same_lists(want, have, path)
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        return all(
            same(want.get(name), have.get(name)) or (is_nothing(want.get(name)) and is_nothing(have.get(name)))
            for name in {*want, *have}
        )
    return want is None and have is None


def _same_lists(want: Sequence[Any], have: Sequence[Any], path: Path) -> bool:
    if path in _SETS and all(isinstance(item, str) for item in (*want, *have)):
        return {item.casefold() for item in want} == {item.casefold() for item in have}
    return len(want) == len(have) and all(same(one, other, path) for one, other in zip(want, have, strict=True))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
