"""One reader for each kind of option."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.errors import Outcome
from probe_gate.options import OPTIONS, REPORT_FILES
from probe_gate.options.option import Option
from probe_gate.settings import read_job_key
from probe_gate.settings.parsers import PARSERS
from probe_gate.settings.resolve import parse_value
from tests.unit.settings.helpers import problems

S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("switch", "TRUE", True),
        ("switch", "yes", True),
        ("switch", "1", True),
        ("switch", "off", False),
        ("path", "a b/c.json", Path("a b/c.json")),
        ("score", "79.5", Decimal("79.5")),
        ("category-scores", "70", (("*", Decimal(70)),)),
        ("category-scores", "Security=90, Safety = 80", (("Security", Decimal(90)), ("Safety", Decimal(80)))),
        ("category-scores", "Security=90\n*=70\n", (("Security", Decimal(90)), ("*", Decimal(70)))),
        ("category-scores", "A=B=1", (("A=B", Decimal(1)),)),
        ("confidence", "95", Decimal(95)),
        ("count", "50", 50),
        ("duration", "45m", 2700 * S),
        ("interval", "5s", (5 * S, 5 * S)),
        ("interval", "2s..30s", (2 * S, 30 * S)),
        ("interval", "0.1s .. 1m", (0.1 * S, 60 * S)),
        ("baseline", "Before", "before"),
        ("baseline", "out/report.json", "out/report.json"),
        ("soft-fail", "failed, Timed-Out", frozenset({Outcome.FAILED, Outcome.TIMED_OUT})),
        ("reports", "ALL", frozenset(REPORT_FILES)),
        ("reports", "json,html", frozenset({"json", "html"})),
        ("shard", "2/5", (2, 5)),
        ("shard", "1 / 1", (1, 1)),
        ("parallel", "64", 64),
    ],
)
def test_a_value_is_read(kind: str, text: str, value: Any) -> None:
    """In the syntax of the interface."""
    assert PARSERS[kind](text) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("switch", "maybe", "maybe is not true or false"),
        ("path", "a\0b", "is not a path"),
        ("category-scores", "70,Security=90", r"70 names no category; write NAME=SCORE, or \*=SCORE for all others"),
        ("category-scores", "Security=90,security=80", "security is named twice"),
        ("category-scores", "=90", "a category has no name"),
        ("category-scores", "Safety:80", "Safety:80 is not NAME=SCORE; write Safety=80"),
        ("category-scores", "Security=90,Safety: 80", "Safety: 80 is not NAME=SCORE; write Safety=80"),
        ("category-scores", "Data Privacy 80", "Data Privacy 80 is not NAME=SCORE; write Data Privacy=80"),
        ("category-scores", '{"Safety": 80}', "is not NAME=SCORE; write Safety=80"),
        ("category-scores", "*:70", r"\*:70 is not NAME=SCORE; write \*=70"),
        ("category-scores", "Safety", "Safety has no score; write Safety=80"),
        ("category-scores", "80%", "80% is not a plain number; write it without the percent sign"),
        ("category-scores", "Security=", "is not a plain number"),
        ("category-scores", "Security=101", "101 is not between 0 and 100"),
        ("confidence", "100", "100 is not above 0 and below 100"),
        ("count", "0", "0 is not between 1 and"),
        ("interval", "30s..2s", "30s..2s ends with a shorter time than it begins with"),
        ("interval", "0.05s", "0.05s is too short: at least 0.1s"),
        ("interval", "0s", "0s is too short"),
        ("interval", "2h", "2h is too long: at most 1h"),
        ("interval", "1s...3s", "is not a time"),
        ("soft-fail", "passed", "passed is not an outcome that can be softened"),
        ("reports", "pdf", "pdf is not a report; known: junit, summary, json, html, sarif"),
        ("reports", "sarifs", "did you mean sarif?"),
        ("shard", "6/5", "6 is not between 1 and 5"),
        ("shard", "0/5", "0 is not between 1 and 5"),
        ("shard", "/", "is not a whole number"),
        ("shard", "2", "2 is not a part, such as 2/5"),
        ("shard", "1/2/3", "is not a part"),
        ("parallel", "65", "65 is not between 1 and 64"),
    ],
)
def test_a_wrong_value_is_refused_with_a_reason(kind: str, text: str, says: str) -> None:
    """That can stand behind the name of the option."""
    with pytest.raises(ValueError, match=says):
        PARSERS[kind](text)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_default_is_a_right_value(option: Option) -> None:
    """Each option's default goes through its own reader, and each kind has one."""
    assert option.kind == "choice" or option.kind in PARSERS
    if option.default:
        parse_value(option, option.default)


@given(st.sampled_from(OPTIONS), st.text() | st.from_regex(r"[a-z0-9*=,./\[\]\n-]{1,30}", fullmatch=True))
def test_no_text_raises_anything_but_a_value_error(option: Option, text: str) -> None:
    """A hostile environment gives exit 2, never a bug."""
    stripped = text.strip()
    if not stripped:
        return
    message = refusal(option, stripped)
    assert message.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert len(message) < 400


def refusal(option: Option, text: str) -> str:
    try:
        parse_value(option, text)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("command", "flags", "environ", "key"),
    [
        ("run", {"job-key": "a"}, {"PROBE_GATE_JOB_KEY": "b"}, "a"),
        ("run", {}, {"PROBE_GATE_JOB_KEY": "b"}, "b"),
        ("run", {}, {}, ""),
        ("merge", {}, {"PROBE_GATE_JOB_KEY": "b"}, ""),
    ],
)
def test_the_job_key_is_found_without_settings(
    command: str, flags: dict[str, str | None], environ: dict[str, str], key: str
) -> None:
    """A gate whose other options were wrong updates the comment that it always had."""
    assert read_job_key(command, flags, environ) == key


def test_a_job_key_may_be_a_matrix_of_several_lines() -> None:
    """As `toJSON(matrix)` is, which the GitHub action takes unless it is given another one."""
    matrix = {"PROBE_GATE_JOB_KEY": '{\n  "part": 1,\n  "region": "eu"\n}'}
    assert read_job_key("run", {}, matrix) == '{ "part": 1, "region": "eu" }'
    long = [read_job_key("run", {"job-key": "x" * 300 + end}, {}) for end in ("a", "b")]
    assert long[0] != long[1]
    assert {len(one) for one in long} == {200}
    assert problems({"job-key": "a\x1bb"}) == ["--job-key: it holds a line break or a control character"]
