"""ARCHITECTURE.md says what the code is: its layers are those of the import contracts, and what it names exists."""

from __future__ import annotations

import re

import pytest

from scripts.write_layers import PAGE, ROOT, layers, with_layers

TEXT = PAGE.read_text(encoding="utf-8")
PACKAGE = ROOT / "src" / "probe_gate"


def test_the_diagram_is_made_from_the_import_contracts() -> None:
    assert with_layers(TEXT) == TEXT, "run make generate"


def test_every_package_is_described() -> None:
    described = {
        name
        for cell in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", TEXT, re.MULTILINE)
        for name in re.findall(r"\w+", cell)
    }
    assert described == {name for layer in layers() for name in layer}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:[\w.*-]+/)+[\w.*-]*|\w+\.py)`", TEXT))))
def test_every_path_exists(path: str) -> None:
    """A name in capitals, such as GROUP in options/GROUP.py, stands for any name."""
    pattern = re.sub(r"(PACKAGE|MODULE|GROUP|FORMAT|SYSTEM)\*?", "*", path).rstrip("/")
    assert any(PACKAGE.glob(pattern)) or any(ROOT.glob(pattern))
