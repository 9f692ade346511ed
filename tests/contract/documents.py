"""The target files in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(r"\$\{(PROBE_TARGET_[A-Z_]+)\}")
_TYPE = re.compile(r"^  type: (\w+)$", re.MULTILINE)


def target_files(page: str) -> list[str]:
    """Each complete target file of a page, as it stands there."""
    blocks = _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    return [block for block in blocks if "connection:\n" in block and "settings:\n" in block]


def workflow(page: str) -> str:
    """The GitHub workflow of a page."""
    (found,) = [block for block in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")) if "\njobs:\n" in block]
    return str(found)


def type_of(text: str) -> str:
    """The connection type of a file."""
    (found,) = _TYPE.findall(text)
    return str(found)


def variables_for(text: str) -> dict[str, str]:
    """A value for each variable that the file takes."""
    return {name: f"value-of-{name.lower()}-0815" for name in _VARIABLE.findall(text)}
