"""Variables that are nearly ours."""

from __future__ import annotations

import pytest

from probe_gate.errors import ConfigError
from probe_gate.settings import MissingKeyError
from probe_gate.settings.misspelt import misspelt_variables
from tests.unit.settings.asking import ask


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PROBE_GATE_MINSCORE", "PROBE_GATE_MIN_SCORE"),
        ("PROBE_GATE_MIN_SCORES", "PROBE_GATE_MIN_SCORE"),
        ("PROBE_GATE_SOFTFAIL", "PROBE_GATE_SOFT_FAIL"),
        ("SPLX_TARGET_IDS", "SPLX_TARGET_ID"),
        ("SPLX_WORKSPACEID", "SPLX_WORKSPACE_ID"),
    ],
)
def test_a_misspelt_variable_is_told(name: str, meant: str) -> None:
    """Whoever set it believes that it does something; its value is not shown."""
    notes = ask(environ={name: "hush"}).notes
    assert notes == (f"The variable {name} is not read by probe-gate. Is {meant} meant?",)


def test_it_is_told_with_what_is_missing() -> None:
    """It is probably the reason."""
    with pytest.raises(MissingKeyError) as missing:
        ask(environ={"SPLX_API_KEY": "", "SPLX_APIKEY": "hush"})
    assert missing.value.advice.endswith("SPLX_APIKEY is not read by probe-gate. Is SPLX_API_KEY meant?")
    with pytest.raises(ConfigError) as refused:
        ask(environ={"SPLX_TARGET_ID": "", "SPLX_TARGETID": "42"})
    assert refused.value.advice.endswith("SPLX_TARGETID is not read by probe-gate. Is SPLX_TARGET_ID meant?")


@pytest.mark.parametrize(
    "name",
    ["PROBE_GATE_IMAGE", "PROBE_GATE_VERSION", "PROBE_GATE_COMMENT_TOKEN", "SPLX_API_KEY", "MIN_SCORE", "PROBE_GATE_"],
)
def test_other_variables_are_nobodys_business(name: str) -> None:
    """A pipeline may have its own, and ours are right."""
    assert misspelt_variables({name: "x"}) == ()


def test_an_empty_variable_does_nothing_anyway() -> None:
    """Like any other."""
    assert misspelt_variables({"PROBE_GATE_MINSCORE": " "}) == ()


def test_notes_are_few() -> None:
    """And harmless."""
    notes = misspelt_variables({f"PROBE_GATE_MIN_SCORE{number}\x1b": "x" for number in range(50)})
    assert len(notes) == 5
    assert all(note.isprintable() for note in notes)
