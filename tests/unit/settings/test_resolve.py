"""Where an option's value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.options import OPTIONS
from probe_gate.options.option import Option
from probe_gate.settings.resolve import Sources


def test_a_flag_outranks_the_environment_and_that_the_default() -> None:
    """The value says where it was set."""
    flags, environ = {"min-score": "90"}, {"PROBE_GATE_MIN_SCORE": "70"}
    for given_flags, given_environ, value, origin in (
        (flags, environ, "90", "--min-score"),
        ({}, environ, "70", "PROBE_GATE_MIN_SCORE"),
        ({}, {}, "80", "default"),
    ):
        sources = Sources("run", given_flags, given_environ)
        assert (str(sources.value("min-score")), str(sources.origin("min-score"))) == (value, origin)


def test_an_empty_value_falls_through() -> None:
    """CI systems set variables and inputs that nobody filled in."""
    sources = Sources(
        "run", {"min-score": " "}, {"PROBE_GATE_MIN_SCORE": "", "SPLX_TARGET_ID": "\n", "SPLXAI_TARGET_ID": "7"}
    )
    assert str(sources.origin("min-score")) == "default"
    assert (sources.value("target-id"), str(sources.origin("target-id"))) == ((7,), "SPLXAI_TARGET_ID")


def test_the_newer_of_two_variables_wins() -> None:
    """The older names are still about."""
    sources = Sources("run", {}, {"SPLXAI_API_URL": "us", "SPLX_API_URL": "eu"})
    assert str(sources.origin("api-url")) == "SPLX_API_URL"


def test_a_mistake_is_named_as_it_was_given() -> None:
    """By flag or by variable; the value reads as the default meanwhile."""
    sources = Sources("run", {"on-busy": "wayt"}, {"PROBE_GATE_MIN_SCORE": "880"})
    assert (str(sources.value("min-score")), sources.value("on-busy")) == ("80", "wait")
    assert sources.is_wrong("min-score")
    assert sources.problems == [
        "PROBE_GATE_MIN_SCORE: 880 is not between 0 and 100",
        "--on-busy: wayt is not one of wait, fail, proceed",
    ]


def test_a_mistake_is_told_once() -> None:
    """However often the value is asked for."""
    sources = Sources("run", {"min-score": "x"}, {})
    for _ in range(3):
        sources.value("min-score")
        sources.given("min-score")
    assert len(sources.problems) == 1


def test_a_command_does_not_see_the_options_of_others() -> None:
    """A wrong variable that a command does not take is no mistake of its."""
    sources = Sources("merge", {}, {"PROBE_GATE_MIN_SCORE": "880", "PROBE_GATE_REPORT_DIR": "out"})
    assert (str(sources.value("min-score")), sources.value("report-dir")) == ("80", Path("out"))
    assert sources.problems == []
    assert not sources.takes("min-score")


@pytest.mark.parametrize("value", ["1", "0", "false", "anything"])
def test_no_color_holds_whatever_the_variable_says(value: str) -> None:
    """That is the convention of NO_COLOR; our own variable is true or false."""
    assert Sources("run", {}, {"NO_COLOR": value}).value("no-color") is True
    assert Sources("run", {}, {"NO_COLOR": value, "PROBE_GATE_NO_COLOR": "false"}).value("no-color") is False
    assert Sources("run", {}, {"NO_COLOR": ""}).value("no-color") is False


def test_a_key_in_the_wrong_place_is_not_repeated() -> None:
    """Someone pasted it into another variable: the message must not put it into the log."""
    sources = Sources("run", {}, {"SPLX_WORKSPACE_ID": "hush-hush", "SPLX_API_URL": "https://hush-hush.example"})
    sources.keep_secret("hush-hush\n")
    assert (sources.value("workspace-id"), sources.value("api-url")) == (None, "https://api.probe.splx.ai")
    assert len(sources.problems) == 2
    assert "hush" not in "".join(sources.problems)
    assert sources.without_secrets("a hush-hush b") == "a *** b"


@given(st.sampled_from(OPTIONS), st.text(), st.text())
def test_precedence_holds_for_every_option(option: Option, flag: str, variable: str) -> None:
    """The flag decides when it is not empty, right or wrong; else the first variable; else the default."""
    sources = Sources(option.commands[0], {option.name: flag}, {option.env[0]: variable})
    expected = option.flag if flag.strip() else option.env[0] if variable.strip() else "default"
    if sources.given(option.name) is not None:
        assert str(sources.origin(option.name)) == expected
    elif expected == "default":
        assert sources.problems == []
    else:
        assert [problem.split(":")[0] for problem in sources.problems] == [expected]
