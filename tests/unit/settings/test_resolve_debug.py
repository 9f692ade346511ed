"""The debug logging of CI systems."""

from __future__ import annotations

from datetime import date

import pytest

from probe_gate.options import DEBUG_VARIABLES
from probe_gate.settings.read import read_settings
from probe_gate.settings.resolve import is_ci_debug

ENVIRON = {"SPLX_API_KEY": "a-key", "SPLX_WORKSPACE_ID": "1", "SPLX_TARGET_ID": "2"}


@pytest.mark.parametrize("variable", DEBUG_VARIABLES)
@pytest.mark.parametrize(
    ("value", "is_debug"), [("1", True), ("true", True), ("True", True), ("0", False), ("", False), ("what", False)]
)
def test_debug_logging_is_asked_for_as_the_ci_system_asks_for_it(variable: str, value: str, is_debug: bool) -> None:
    """A value that the CI system does not use is none of the user's mistakes."""
    assert is_ci_debug({variable: value}) is is_debug
    settings = read_settings("run", {}, {**ENVIRON, variable: value}, today=date(2026, 1, 1), default_policy=False)
    assert settings.output.verbose is is_debug


def test_what_was_said_to_the_gate_itself_counts_more() -> None:
    """Its own variable turns the log off where the CI system's is on."""
    environ = {**ENVIRON, "RUNNER_DEBUG": "1", "PROBE_GATE_VERBOSE": "false"}
    for flags, is_verbose in (({}, False), ({"verbose": "true"}, True)):
        settings = read_settings("run", flags, environ, today=date(2026, 1, 1), default_policy=False)
        assert settings.output.verbose is is_verbose
