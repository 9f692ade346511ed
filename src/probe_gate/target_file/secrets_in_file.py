"""What is wrong with a secret of the file, and which secrets had better not stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from probe_gate.domain.target_state import Path, is_mask, is_secret
from probe_gate.target_file.plain import FullPath, PlainValues, without_indexes
from probe_gate.yaml_text.mistakes import Mistakes

PLACE: Path = ("connection", "config")


def check_secrets(config: Mapping[str, Any], plain: PlainValues, mistakes: Mistakes) -> list[str]:
    """Adds what is wrong with secrets to the mistakes. Returns the fields whose secret stands in the file itself."""
    in_the_open: list[str] = []
    for path, text in _texts(config, PLACE):
        names = without_indexes(path)
        if not is_secret(names):
            continue
        is_header = "headers" in names
        if text != text.strip():
            mistakes.add(plain.places[path], f"{names[-1]} has blanks or a line break at an end; copy it again without")
        elif is_mask(text) and not is_header:
            mistakes.add(
                plain.places[path], f"{names[-1]} is what is shown in place of a secret, not the secret itself"
            )
        elif text and names not in plain.hidden and not is_header:
            in_the_open.append(".".join(names))
    return in_the_open


def _texts(value: Any, path: FullPath) -> Iterator[tuple[FullPath, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, str):
        yield path, value
