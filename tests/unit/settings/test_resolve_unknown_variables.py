"""Variables that look like ours and are not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from probe_gate.errors import ConfigError
from probe_gate.options import KEY_VARIABLES, OPTIONS
from probe_gate.settings import MissingKeyError
from probe_gate.settings.resolve import MAX_VARIABLES_NAMED, find_unknown_variables
from tests.unit.settings.helpers import ask, problems

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PROBE_GATE_MINSCORE", "PROBE_GATE_MIN_SCORE"),
        ("PROBE_GATE_MIN_SCORES", "PROBE_GATE_MIN_SCORE"),
        ("PROBE_GATE_MIN_SCOER", "PROBE_GATE_MIN_SCORE"),
        ("PROBE_GATE_SOFTFAIL", "PROBE_GATE_SOFT_FAIL"),
        ("PROBE_GATE_MAX_ATTACK_RATE", "PROBE_GATE_MAX_ATTACK_SUCCESS_RATE"),
        ("PROBEGATE_MIN_SCORE", "PROBE_GATE_MIN_SCORE"),
        ("PROBE_GATEMIN_SCORE", "PROBE_GATE_MIN_SCORE"),
        ("PROBE-GATE-MIN-SCORE", "PROBE_GATE_MIN_SCORE"),
        ("probe_gate_min_score", "PROBE_GATE_MIN_SCORE"),
        ("Probe_Gate_Baselin", "PROBE_GATE_BASELINE"),
        ("PROBE_GATE_NO_COLOUR", "PROBE_GATE_NO_COLOR"),
    ],
)
def test_a_misspelt_variable_is_a_mistake(name: str, meant: str) -> None:
    """Whoever set it believes that a limit holds; its value is not shown."""
    assert problems(environ={name: "hush"}) == [f"{name}: there is no such variable; did you mean {meant}?"]


@pytest.mark.parametrize("command", ["run", "check", "merge", "init", "runs list", "target apply"])
def test_every_command_that_reads_options_says_so(command: str) -> None:
    """A gate is not the only one that would do something else than was meant."""
    assert problems(environ={"PROBE_GATE_MINSCORE": "95"}, command=command) == [
        "PROBE_GATE_MINSCORE: there is no such variable; did you mean PROBE_GATE_MIN_SCORE?"
    ]


@pytest.mark.parametrize("command", ["runs cancel", "target delete"])
def test_it_keeps_nothing_from_being_cleaned_up(command: str) -> None:
    """A run that is not cancelled because of a typo costs money."""
    assert ask(environ={"PROBE_GATE_MINSCORE": "95"}, command=command).command == command


def test_a_variable_that_is_like_none_has_no_hint() -> None:
    """A wrong hint is worse than none."""
    assert problems(environ={"PROBE_GATE_XYZZY": "x"}) == ["PROBE_GATE_XYZZY: there is no such variable"]
    assert problems(environ={"PROBE_GATE_": "x"}) == ["PROBE_GATE_: there is no such variable"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("SPLX_TARGET_IDS", "; did you mean SPLX_TARGET_ID?"),
        ("SPLX_WORKSPACEID", "; did you mean SPLX_WORKSPACE_ID?"),
        ("SPLXWORKSPACE_ID", "; did you mean SPLX_WORKSPACE_ID?"),
        ("splx_workspace_id", "; did you mean SPLX_WORKSPACE_ID?"),
        ("SPLX_REGION", "."),
    ],
)
def test_a_variable_of_the_platforms_tools_is_a_warning(name: str, hint: str) -> None:
    """Another tool may read it."""
    assert ask(environ={name: "hush"}).notes == (f"The variable {name} is not read by probe-gate{hint}",)


def test_the_warning_stands_beside_what_is_missing() -> None:
    """It is probably the reason."""
    with pytest.raises(MissingKeyError) as missing:
        ask(environ={"SPLX_API_KEY": "", "SPLX_APIKEY": "hush"})
    assert missing.value.hint.endswith("SPLX_APIKEY is not read by probe-gate; did you mean SPLX_API_KEY?")
    with pytest.raises(ConfigError) as refused:
        ask(environ={"SPLX_TARGET_ID": "", "SPLX_TARGETID": "42"})
    assert refused.value.hint.endswith("SPLX_TARGETID is not read by probe-gate; did you mean SPLX_TARGET_ID?")


@pytest.mark.parametrize(
    "name",
    [
        "PROBE_GATE_SERVICE_HOST",
        "PROBE_GATE_SERVICE_PORT",
        "PROBE_GATE_SERVICE_PORT_HTTP",
        "PROBE_GATE_PORT",
        "PROBE_GATE_PORT_8080_TCP",
        "PROBE_GATE_PORT_8080_TCP_ADDR",
        "PROBE_GATE_SANDBOX_SERVICE_HOST",
        "PROBE_GATE_SANDBOX_PORT_8080_TCP_PROTO",
        "PROBE_GATE_IMAGE",
        "PROBE_GATE_COMMENT_TOKEN",
        "PROBE_GATEWAY_URL",
        "MY_PROBE_GATE_SETTING",
        "GATE_INPUT_MIN_SCORE",
        "SPLX_API_KEY",
        "MIN_SCORE",
    ],
)
def test_other_variables_are_left_alone(name: str) -> None:
    """What Kubernetes sets for a service, what our own files set, and names that only resemble ours."""
    assert find_unknown_variables({name: "x"}) == ((), ())


def test_an_empty_variable_is_ignored() -> None:
    """Like any other empty value."""
    assert find_unknown_variables({"PROBE_GATE_MINSCORE": " "}) == ((), ())


def test_every_variable_that_our_own_files_set_is_known() -> None:
    """Whoever uses the action, the component or an example as it is must not be refused."""
    paths = [
        ROOT / "action.yml",
        ROOT / "Dockerfile",
        *(ROOT / "templates").rglob("*"),
        *(ROOT / "examples").rglob("*"),
    ]
    paths += (ROOT / "src" / "probe_gate" / "scaffold" / "templates").rglob("*")
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
    names = set(re.findall(r"\b(?:PROBE_GATE|SPLX)_[A-Z0-9_]+", text))
    assert names
    assert find_unknown_variables(dict.fromkeys(names, "x")) == ((), ())
    every = {name for option in OPTIONS for name in option.env} | set(KEY_VARIABLES)
    assert find_unknown_variables(dict.fromkeys(every, "x")) == ((), ())


def test_few_are_named() -> None:
    """And nothing in a name acts on a terminal."""
    names = [f"PROBE_GATE_MIN_SCORE{number}\x1b" for number in range(50)]
    unknown, _ = find_unknown_variables(dict.fromkeys(names, "x"))
    assert len(unknown) == MAX_VARIABLES_NAMED + 1
    assert unknown[-1] == "40 more variables are unknown"
    assert all(one.isprintable() for one in unknown)
