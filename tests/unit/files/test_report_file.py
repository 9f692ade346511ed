"""Reading `report.json` back."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import ConfigError
from probe_gate.files import report_file
from probe_gate.files.report_document import render, to_document
from probe_gate.files.report_file import load_report, parse_report
from tests.harness import factories as make
from tests.harness.profiles import examples

EARLIEST = Path(__file__).with_name("report-3.json")


@settings(max_examples=examples(80))
@given(make.verdicts())
def test_what_was_written_is_read(verdict: Verdict) -> None:
    """A verdict comes back as it was, to the last field."""
    assert parse_report(render(verdict), "report.json") == verdict


@settings(max_examples=examples(80))
@given(make.verdicts(make.hostile_text()))
def test_hostile_text_is_read_as_written(verdict: Verdict) -> None:
    """Text that was made harmless when it was written stays as it is from then on."""
    text = render(verdict)
    assert render(parse_report(text, "report.json")) == text


def test_reports_of_the_first_format_stay_readable() -> None:
    """A baseline may be as old as the format: fields added since are named in `ADDED_LATER`."""
    verdict = load_report(EARLIEST)
    assert verdict.outcome.value == "failed"
    assert verdict.targets[0].target.id == 42
    assert not isinstance(verdict.targets[0].evidence.scores, Unavailable)


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_report(text, "old/report.json")
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1 is not JSON"),
        ("<html>", "line 1, column 1 is not JSON"),
        ('{\n  "a": 1,\n}', "line 3"),
        ("[]", "it is not a JSON object"),
        ("null", "it is not a JSON object"),
        ("{}", "it has no schemaVersion"),
        ('{"schemaVersion": "1"}', "its schemaVersion is 1, but this probe-gate supports 3"),
        ('{"schemaVersion": 3}', "its schemaVersion is 3, but this"),
        ('{"schemaVersion": "3"}', "outcome is missing"),
        ('{"a": 1, "a": 2}', "the key a appears twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": ' + "1" * 5000 + "}", "thousands of digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("\ufeff{}", "is not JSON"),
    ],
)
def test_what_is_no_report_is_refused(text: str, said: str) -> None:
    """The message names the file and what is wrong with it."""
    message = refusal(text)
    assert message.startswith("old/report.json cannot be read as a report: ")
    assert said in message


def changed(path: str, value: Any) -> str:
    """A report with the value at a path such as `targets.0.checks` replaced; `...` takes it away."""
    document = copy.deepcopy(to_document(make.make_verdict()))
    place: Any = document
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("outcome", "green", "outcome is not 'passed', "),
        ("outcome", ["passed"], "outcome is not 'passed', "),
        ("exitCode", "0", "exitCode is not a whole number"),
        ("exitCode", True, "exitCode is not a whole number"),
        ("exitCode", 2**70, "exitCode is not a whole number"),
        ("exitCode", 1.0, "exitCode is not a whole number"),
        ("reason", None, "reason is not text"),
        ("reason", 1, "reason is not text"),
        ("reason", "x" * 20_001, "reason is longer than"),
        ("judgedAt", "yesterday", "judgedAt is not a date"),
        ("judgedAt", "0001-01-01T00:00:00+14:00", "judgedAt is not a date"),
        ("shard", "0/3", "shard is not a part"),
        ("shard", "4/3", "shard is not a part"),
        ("shard", [1, 3], "shard is not a part"),
        ("targets", {}, "targets is not a list"),
        ("targets.0", None, "targets[0] is not an object"),
        ("targets.0", [], "targets[0] is not an object"),
        ("targets.0.evidence", ..., "targets[0].evidence is missing"),
        ("targets.0.evidence.run.counts.passedCount", "96", "targets[0].evidence.run.counts.passedCount is not a whole"),
        ("targets.0.evidence.run", {"unavailable": "x", "id": 1}, "targets[0].evidence.run has other keys"),
        ("targets.0.evidence.run", None, "targets[0].evidence.run is not an object"),
        ("targets.0.evidence.scores.scores.Security", "91", "scores.Security is not a number"),
        ("targets.0.evidence.scores.scores.Security", True, "scores.Security is not a"),
        ("targets.0.evidence.stableSeconds", "1", "stableSeconds is not a number"),
        ("targets.0.policy.minScore", {"value": "80"}, "targets[0].policy.minScore.origin is missing"),
        ("targets.0.policy.minScore.value", 80, "minScore.value is not a decimal number in quotes"),
        ("targets.0.policy.minScore.value", "NaN", "minScore.value is not a decimal number"),
        ("targets.0.policy.minScore.value", "1" * 5000, "minScore.value is not a decimal number"),
        ("targets.0.policy.minTestCases.value", "1", "minTestCases.value is not a whole number"),
        ("targets.0.policy.softFail", "failed", "softFail is not a list"),
        ("targets.0.checks.0.outcome", "PASSED", "targets[0].checks[0].outcome is not 'passed', 'failed'"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_by_its_place(path: str, value: Any, said: str) -> None:
    """Whoever made the file finds the value by the message."""
    assert said in refusal(changed(path, value))


def test_huge_numbers_are_refused() -> None:
    """`1e400` reads as infinity, which is no score."""
    text = changed("targets.0.evidence.scores.scores.Security", 0.25).replace("0.25", "1e400")
    assert "scores.Security is not a number" in refusal(text)


def test_too_long_a_time_is_refused() -> None:
    """A number of seconds that no time can hold is not a crash."""
    policy = {"value": 1e300, "origin": {"text": "default", "file": None, "line": None, "column": None}}
    assert "maxAgeSeconds.value is too long a duration" in refusal(changed("targets.0.policy.maxAgeSeconds", policy))


def test_unknown_keys_are_passed_over() -> None:
    """A report of a later version that only added keys is read."""
    text = changed("targets.0.evidence.addedLater", {"a": [1]})
    assert parse_report(text, "report.json") == make.make_verdict()


def test_lone_surrogates_are_cleaned_where_they_come_in() -> None:
    """A broken character in a report cannot break the reports that are made from it."""
    assert parse_report(changed("reason", "a\ud800b"), "report.json").reason == "a\ufffdb"


def test_hostile_text_in_a_message_is_inert() -> None:
    """A key out of a hostile file is shown in a message without its control characters."""
    message = refusal('{"\\u001b[31m\\n::error::x": 1, "\\u001b[31m\\n::error::x": 2}')
    assert message.isprintable()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | make.hostile_text(20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(make.hostile_text(10), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    "outcome", "shard", "targets", "targets.0", "targets.0.target", "targets.0.policy", "targets.0.policy.minScore",
    "targets.0.policy.waivers", "targets.0.evidence", "targets.0.evidence.run", "targets.0.evidence.scores",
    "targets.0.evidence.scores.scores", "targets.0.evidence.overlaps", "targets.0.evidence.baseline",
    "targets.0.evidence.facts", "targets.0.checks", "targets.0.checks.0.measuredValue",
]  # fmt: skip


@settings(max_examples=examples(150))
@given(st.sampled_from(PATHS), JSON_VALUES)
def test_nonsense_is_a_verdict_or_an_error_of_ours(path: str, value: Any) -> None:
    """Whatever stands in a place, reading it ends in a verdict or in a message for people."""
    said = "a verdict"
    try:
        render(parse_report(changed(path, value), "report.json")).encode()
    except ConfigError as error:
        said = str(error)
    assert said.isprintable()


@settings(max_examples=examples(100))
@given(
    st.binary(max_size=200)
    | st.text(st.characters(exclude_categories=())).map(lambda t: t.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_refused_politely(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """A file of anything ends in a `ConfigError`."""
    path = tmp_path_factory.getbasetemp() / "anything.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load_report(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message says which file, and that it is missing."""
    with pytest.raises(ConfigError, match=r"report\.json cannot be read as a report: No such file"):
        load_report(tmp_path / "report.json")


def test_a_directory_is_not_a_report(tmp_path: Path) -> None:
    """A path to a directory is refused in words."""
    with pytest.raises(ConfigError, match="cannot be read as a report"):
        load_report(tmp_path)


def test_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the bound is refused before it is parsed, from a file and as text."""
    monkeypatch.setattr(report_file, "MAX_BYTES", 1024 * 1024)
    path = tmp_path / "report.json"
    path.write_text(" " * (1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        load_report(path)
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        parse_report(path.read_text(), "report.json")
