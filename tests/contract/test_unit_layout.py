"""A unit test is found by the name of the module that it tests."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests" / "unit"
SOURCE = ROOT / "src" / "probe_gate"
FILES = sorted(path.relative_to(UNIT) for path in UNIT.rglob("test_*.py"))
OF_THE_UNIT_TESTS_THEMSELVES = {Path("test_conftest.py")}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_each_file_of_unit_tests_is_named_for_a_module(path: Path) -> None:
    """As `test_MODULE.py`, `test_MODULE_SUBJECT.py`, or `test_all_SUBJECT.py` for all modules of a package."""
    if path in OF_THE_UNIT_TESTS_THEMSELVES:
        return
    modules = {module.stem for module in (SOURCE / path.parent).glob("*.py")}
    name = path.stem.removeprefix("test_")
    assert modules
    assert name in modules or name.startswith(tuple(f"{module}_" for module in ("all", *modules)))
