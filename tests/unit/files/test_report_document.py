"""Writing `report.json`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings

from probe_gate.domain.dates import NO_ZONE
from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.policy import Limit, Policy
from probe_gate.domain.run import Run
from probe_gate.domain.verdict import Part, Verdict
from probe_gate.errors import Outcome
from probe_gate.files.report_document import MAX_TEXT_LENGTH, render, to_document
from tests.harness import factories as make
from tests.harness.profiles import examples


def document_of(verdict: Verdict) -> Any:
    return json.loads(render(verdict))


def test_the_decision_is_read_first() -> None:
    """The file begins with what a person looks for: the outcome, the exit code and the reason."""
    keys = list(document_of(make.make_verdict()))
    assert keys[:7] == ["schemaVersion", "writtenBy", "command", "outcome", "exitCode", "reason", "hint"]
    assert keys[-1] == "targets"


def test_it_carries_what_the_verdict_rests_on() -> None:
    """Run, mark, trigger, job, probes, counts, dates, overlaps, the moment, digests, limits with origins, waivers."""
    policy = make.make_strict_policy(waivers=(make.make_waiver(),))
    facts = make.make_facts(probe_ids=(3, 5))
    target = make.make_target_verdict(policy=policy, evidence=make.make_evidence(facts=facts))
    found = document_of(make.make_verdict(target, shard=(2, 5)))["targets"][0]
    evidence = found["evidence"]

    assert evidence["run"]["id"] == 7001
    assert evidence["run"]["probes"] == ["Prompt Injection", "Toxicity"]
    assert evidence["run"]["counts"] == {"passedCount": 96, "failedCount": 3, "errorCount": 1, "totalCount": 100}
    assert evidence["facts"]["runTag"] == "pg-k3x9q2"
    assert evidence["facts"]["triggeredAt"] == "2026-11-24T11:51:58Z"
    assert evidence["facts"]["job"] == "https://ci.example.com/jobs/815"
    assert evidence["facts"]["probeIds"] == [3, 5]
    assert evidence["scores"]["latestExecutionDate"] == "2026-11-24T11:59:00Z"
    assert evidence["overlaps"] == []
    assert evidence["judgedAt"] == "2026-11-24T12:00:00Z"
    assert [answer["sha256"] for answer in evidence["responses"]] == ["b" * 64, "c" * 64, "a" * 64]
    assert found["policy"]["minScore"]["value"] == "80"
    assert found["policy"]["minScore"]["origin"]["text"] == ".probe-gate.yml:3:14"
    assert found["policy"]["maxAgeSeconds"]["value"] == 30 * 86400
    assert found["policy"]["waivers"][0]["until"] == "2026-12-24"
    assert found["checks"][0]["id"] == "run-completed"


def test_a_part_says_which() -> None:
    """A shard is written as the option takes it."""
    assert document_of(make.make_verdict(shard=(2, 5)))["shard"] == "2/5"
    parts = (Part((1, 2), Outcome.PASSED, 0), Part(None, Outcome.PASSED, 0))
    assert [part["shard"] for part in document_of(make.make_verdict(parts=parts))["parts"]] == ["1/2", None]


def test_each_target_says_what_it_exits_with() -> None:
    """A softened target keeps its outcome and exits 0."""
    soft = make.make_failed_target(policy=make.make_policy(soft_fail=frozenset({Outcome.FAILED})))
    hard = make.make_failed_target(id=7)
    first, second = document_of(make.make_verdict(soft, hard))["targets"]
    assert (first["outcome"], first["softened"], first["exitCode"]) == ("failed", True, 0)
    assert (second["outcome"], second["softened"], second["exitCode"]) == ("failed", False, 1)


def test_who_started_a_run_stands_nowhere() -> None:
    """An e-mail address of the listing does not reach the file, by the run or by the trend."""
    run = make.make_run(started_by="someone@example.com")
    target = make.make_target_verdict(evidence=make.make_evidence(run=run, trend=(run,)))
    text = render(make.make_verdict(target))
    assert "example.com/w/5" in text
    assert "someone@" not in text
    assert "startedBy" not in text


def test_what_could_not_be_had_says_why() -> None:
    """Something missing is an object with its reason, never null."""
    evidence = make.make_evidence(
        run=Unavailable("the run vanished"), overlaps=Unavailable("the listing was not whole")
    )
    found = document_of(make.make_verdict(make.make_target_verdict(evidence=evidence)))["targets"][0]["evidence"]
    assert found["run"] == {"unavailable": "the run vanished"}
    assert found["overlaps"] == {"unavailable": "the listing was not whole"}


def test_text_is_bounded() -> None:
    """A text of a million characters is cut, and the cut shows."""
    reason = document_of(make.make_verdict(reason="x" * 1_000_000))["reason"]
    assert len(reason) == MAX_TEXT_LENGTH
    assert reason.endswith("…")


@pytest.mark.parametrize(
    ("character", "written"),
    [("\u202e", r"\u202e"), ("\x7f", r"\u007f"), ("\x1b", r"\u001b"), ("\u200b", r"\u200b"), ("\ufeff", r"\ufeff")],
)
def test_unseen_characters_are_written_as_escapes(character: str, written: str) -> None:
    """A viewer of the file cannot be fooled by characters it does not show, and no character is lost."""
    text = render(make.make_verdict(reason=f"a{character}b"))
    assert character not in text
    assert f"a{written}b" in text
    assert json.loads(text)["reason"] == f"a{character}b"


def test_a_log_that_shows_the_file_takes_nothing_for_a_command() -> None:
    """No `##` stands in the text, and none is lost."""
    reason = "##vso[task.setvariable]x ###[error]y"
    text = render(make.make_verdict(reason=reason))
    assert "##" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert json.loads(text)["reason"] == reason


def test_numbers_that_json_lacks_are_null() -> None:
    """A chart value that is not a number is no reason to lose the report."""
    check = make.make_check(measured_value=float("nan"), limit_value=float("inf"))
    found = document_of(make.make_verdict(make.make_target_verdict(checks=(check,))))["targets"][0]["checks"][0]
    assert (found["measuredValue"], found["limitValue"]) == (None, None)


def test_moments_are_utc() -> None:
    """The gate's own are."""
    verdict = replace(make.make_verdict(), judged_at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert document_of(verdict)["judgedAt"] == "2026-11-24T12:00:00Z"


@pytest.mark.parametrize(
    ("zone", "text"),
    [(timezone(timedelta(hours=2)), "2026-11-24T14:00:00+02:00"), (NO_ZONE, "2026-11-24T14:00:00")],
)
def test_a_date_of_the_platform_keeps_its_zone(zone: timezone, text: str) -> None:
    """What it proves depends on the zone, or on there being none."""
    run = make.make_run(started_at=datetime(2026, 11, 24, 14, 0, tzinfo=zone))
    verdict = make.make_verdict(make.make_target_verdict(evidence=make.make_evidence(run=run)))
    assert document_of(verdict)["targets"][0]["evidence"]["run"]["executionDate"] == text


def test_the_order_is_stable() -> None:
    """The same verdict is the same text, sets included."""
    policy = make.make_policy(soft_fail=frozenset({Outcome.TIMED_OUT, Outcome.FAILED, Outcome.INCONCLUSIVE}))
    found = document_of(make.make_verdict(make.make_target_verdict(policy=policy)))
    assert found["targets"][0]["policy"]["softFail"] == ["failed", "inconclusive", "timed-out"]


def test_a_kind_that_has_no_place_is_refused() -> None:
    """A field of a new kind is noticed by whoever adds it, not written as something else."""
    policy = Policy(min_test_cases=Limit(object()))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is not supported in report"):
        to_document(make.make_verdict(make.make_target_verdict(policy=policy)))


@settings(max_examples=examples(60))
@given(make.verdicts(make.hostile_text()))
def test_any_text_makes_a_valid_file(verdict: Verdict) -> None:
    """Whatever the platform said, the file is UTF-8, pretty, one object, and ends with one line break."""
    text = render(verdict)
    assert text.encode("utf-8").decode("utf-8") == text
    assert text.startswith("{\n  ")
    assert text.endswith("\n}\n")
    assert json.loads(text)["outcome"] == verdict.outcome.value


def test_the_run_is_there_in_full() -> None:
    """Every field of a run but the one is written."""
    written = document_of(make.make_verdict())["targets"][0]["evidence"]["run"]
    assert len(written) == len(Run.__dataclass_fields__) - 1
