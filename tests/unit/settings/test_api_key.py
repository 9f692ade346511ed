"""The API key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.errors import ConfigError
from probe_gate.settings import MissingKeyError
from probe_gate.settings.api_key import find_key_problem
from probe_gate.settings.policies import MISSING
from probe_gate.settings.read import MISSING_WORKSPACE
from tests.unit.settings.helpers import ENOUGH, KEY, ask, problems

NO_KEY = {"SPLX_API_KEY": ""}


def reveal(**given: object) -> str:
    connection = ask(**given).connection  # type: ignore[arg-type]
    assert connection is not None
    return connection.api_key.reveal()


def test_the_key_comes_from_the_environment_or_a_file() -> None:
    """One line break at a file's end does not belong to it."""
    assert reveal() == KEY
    assert reveal(environ={"SPLX_API_KEY": "", "SPLXAI_API_KEY": "older"}) == "older"
    for content in ("from-file", "from-file\n", "from-file\r\n", "\ufefffrom-file\n"):
        assert reveal(flags={"api-key-file": "k"}, environ=NO_KEY, files={"k": content}) == "from-file"
    assert reveal(environ={**NO_KEY, "SPLX_API_KEY_FILE": "k"}, files={"k": "from-file\n"}) == "from-file"


def test_the_same_key_twice_is_one_key() -> None:
    """Two that differ are a mistake: which one is meant cannot be told."""
    assert reveal(flags={"api-key-file": "k"}, files={"k": KEY}) == KEY
    assert problems(flags={"api-key-file": "k"}, files={"k": "another"}) == [
        "SPLX_API_KEY and --api-key-file: they contain different keys; set only one of them"
    ]
    assert problems(environ={"SPLXAI_API_KEY": "another"}) == [
        "SPLX_API_KEY and SPLXAI_API_KEY: they contain different keys; set only one of them"
    ]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("hush hush", "the key contains a space; copy it again, without one"),
        (" hush", "the key contains a space"),
        ("hush\t", "the key contains a space"),
        ("hush\u00a0", "the key contains a space"),
        ("hush\n", "the key contains a line break; copy it again, without one"),
        ("hush\r\nX-Other: 1", "the key contains a line break"),
        ("hush\u2028", "the key contains a line break"),
        ("hush\x1b[0m", "the key contains a character that no key has; copy it again"),
        ("hüsh", "the key contains a character that no key has"),
        ("hush\u200b", "the key contains a character that no key has"),
        ("$SPLX_API_KEY", "it contains the name of a variable, not its value; check that the CI system substitutes it"),
        ("${{ secrets.hush }}", "it contains the name of a variable"),
        ("$(hush)", "it contains the name of a variable"),
        ("hush" * 9999, "it is too long for a key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_a_word_of_it(key: str, says: str) -> None:
    """It would break a header, or worse, add one."""
    (problem,) = problems(environ={"SPLX_API_KEY": key})
    assert problem.startswith(f"SPLX_API_KEY: {says}")
    assert "hush" not in problem


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "--api-key-file: there is no such file"),
        ({"k": ""}, "--api-key-file: the file is empty"),
        ({"k": "\n"}, "--api-key-file: the file is empty"),
        ({"k": b"\xff\xfe"}, "--api-key-file: it contains bytes that no key has"),
        ({"k": "x" * 20_000}, "--api-key-file: it is larger than 16 KiB"),
        ({"k": "hush\n\n"}, "--api-key-file: the key contains a line break; copy it again, without one"),
        ({"k": "hush hush"}, "--api-key-file: the key contains a space; copy it again, without one"),
    ],
)
def test_a_key_file_that_is_wrong_is_not_a_missing_key(files: dict[str, str], says: str) -> None:
    """It is a mistake, also where a missing key would be skipped."""
    flags = {"api-key-file": "k", "on-missing-key": "skip"}
    assert problems(flags=flags, environ=NO_KEY, files=files) == [says]


def test_a_missing_key_is_an_error_of_its_own() -> None:
    """So that the command can say why it is missing."""
    with pytest.raises(MissingKeyError) as missing:
        ask(environ=NO_KEY)
    assert not missing.value.may_skip
    assert "SPLX_API_KEY" in missing.value.hint
    with pytest.raises(MissingKeyError) as missing:
        ask(environ=NO_KEY, from_fork=True)
    assert "forks" in missing.value.hint
    assert "pull_request_target" not in str(missing.value)


def test_a_missing_key_can_be_skipped() -> None:
    """Then what else is missing does not matter; what is wrong does."""
    skip = {**NO_KEY, "PROBE_GATE_ON_MISSING_KEY": "skip"}
    with pytest.raises(MissingKeyError) as missing:
        ask(environ={**skip, "SPLX_WORKSPACE_ID": "", "SPLX_TARGET_ID": ""})
    assert missing.value.may_skip
    with pytest.raises(ConfigError) as wrong:
        ask(environ={**skip, "PROBE_GATE_MIN_SCORE": "880"})
    assert not isinstance(wrong.value, MissingKeyError)


@pytest.mark.parametrize(
    ("wanted", "from_fork", "may_skip"),
    [
        ("fail", False, False),
        ("fail", True, False),
        ("skip-forks", False, False),
        ("skip-forks", True, True),
        ("skip", False, True),
        ("skip", True, True),
    ],
)
def test_a_forgotten_key_is_not_skipped_as_a_fork(wanted: str, from_fork: bool, may_skip: bool) -> None:
    """Only a pull request from a fork is expected to have none."""
    with pytest.raises(MissingKeyError) as missing:
        ask(environ={**NO_KEY, "PROBE_GATE_ON_MISSING_KEY": wanted}, from_fork=from_fork)
    assert missing.value.may_skip is may_skip
    assert ("--on-missing-key skip-forks" in missing.value.hint) == (from_fork and not may_skip)


@pytest.mark.parametrize("name", ["SPLX_API_KEY", "SPLXAI_API_KEY"])
def test_the_name_of_an_unset_variable_is_no_key(name: str) -> None:
    """Azure leaves `$(NAME)` as it is where NAME has no value, as on pull requests from forks."""
    with pytest.raises(MissingKeyError) as missing:
        ask(environ={**NO_KEY, name: "$(splx-api.key)"}, leaves_unset_names=True)
    assert missing.value.message == (
        f"There is no API key; {name} only contains the name of a variable that is not set."
    )
    assert reveal(environ={**NO_KEY, name: KEY}, leaves_unset_names=True) == KEY
    (problem,) = problems(environ={**NO_KEY, name: "$(splx-api.key)"})
    assert problem.startswith(f"{name}: it contains the name of a variable, not its value")


def test_a_missing_key_is_told_with_all_other_mistakes() -> None:
    """Not one after the other."""
    assert problems(environ={**dict.fromkeys(ENOUGH, ""), "PROBE_GATE_MIN_SCORE": "x"}) == [
        "SPLX_API_KEY: there is no API key",
        MISSING_WORKSPACE,
        f"{MISSING}, or list targets in the policy file",
        "PROBE_GATE_MIN_SCORE: x is not a plain number, such as 80 or 2.5",
    ]


@given(st.text(min_size=1))
def test_only_printable_ascii_is_a_key(text: str) -> None:
    """Whatever is let through can stand in a header."""
    wrong = find_key_problem(text)
    assert wrong is not None or (text.isascii() and text.isprintable() and " " not in text)


@given(st.text(min_size=1))
def test_the_key_stands_in_no_message(rest: str) -> None:
    """Right or wrong, and also where the same text was given for something else."""
    key = f"zq9zq9{rest}"
    environ = {"SPLX_API_KEY": key, "SPLX_WORKSPACE_ID": key, "PROBE_GATE_NAME": "x" * 300, "PROBE_GATE_TIMEOUT": key}
    told = problems(environ=environ)
    assert len(told) >= 3
    assert "zq9" not in "".join(told)


def test_the_key_of_a_file_stands_in_no_message_either() -> None:
    """However long it is, and wherever else it was put."""
    key = "zq9" * 40
    told = problems({"api-key-file": "k", "name": key + "x" * 200}, {**NO_KEY, "SPLX_WORKSPACE_ID": key}, {"k": key})
    assert len(told) == 2
    assert "zq9" not in "".join(told)


def test_a_wrong_key_is_not_also_a_missing_one() -> None:
    """One mistake is one message."""
    assert len(problems(environ={"SPLX_API_KEY": "hush hush"})) == 1
    assert len(problems({"api-key-file": "a\0b"}, NO_KEY)) == 1


def test_a_key_where_its_file_is_asked_for_is_not_repeated() -> None:
    """It is named as a path that does not exist, and would stand in the log."""
    assert problems(environ={**NO_KEY, "SPLX_API_KEY_FILE": KEY}) == ["SPLX_API_KEY_FILE: there is no such file"]
