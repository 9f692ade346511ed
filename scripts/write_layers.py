#!/usr/bin/env python3
"""Draw the layers into ARCHITECTURE.md between their markers, from the import contracts in pyproject.toml.

Run it after a change to the contracts; a test fails while the page differs from what it writes.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN = "<!-- Layers, written by scripts/write_layers.py -->\n"
END = "<!-- end of layers -->"


def layers() -> list[list[str]]:
    """Return the packages of each layer, the highest layer first."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract: dict[str, Any] = next(item for item in linter["contracts"] if item["type"] == "layers")
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def draw() -> str:
    """Return the layers as a Mermaid diagram: an arrow points from a layer to the one that it may import."""
    found = layers()
    lines = ["```mermaid", "flowchart TB"]
    for number, names in enumerate(found):
        lines.append(f'  layer{number}["{" · ".join(names)}"]')
    lines += [f"  layer{number} --> layer{number + 1}" for number in range(len(found) - 1)]
    return "\n".join([*lines, "```"])


def with_layers(text: str) -> str:
    """Return the page's text with the diagram as it should be."""
    before, found, rest = text.partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not (found and found_end):
        raise SystemExit(f"{PAGE.name} has no place for the layers: {BEGIN.strip()} ... {END}")
    return before + BEGIN + draw() + "\n" + END + after


def main() -> None:
    PAGE.write_text(with_layers(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
