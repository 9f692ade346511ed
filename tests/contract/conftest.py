"""What the contract tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SCHEMATHESIS = "test_sandbox_contract.py"
"""All of its tests are slow, and what they import takes seconds."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the file of which no test would be selected."""
    return True if collection_path.name == SCHEMATHESIS and config.getoption("markexpr") == "not slow" else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> None:
    """Load the plugin only for the file that needs it."""
    if file_path.name == SCHEMATHESIS:
        from schemathesis.pytest import plugin

        if not parent.config.pluginmanager.is_registered(plugin):
            parent.config.pluginmanager.register(plugin)
