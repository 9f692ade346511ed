"""An earlier report as a baseline."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Baseline, Unavailable
from probe_gate.domain.policy import BEFORE, Limit, Policy
from probe_gate.domain.verdict import Verdict, combine
from probe_gate.errors import Outcome
from probe_gate.files import report_file
from probe_gate.files.baseline import BaselineFiles
from probe_gate.files.report_document import render
from tests.harness import factories as make
from tests.harness import samples


def judged(*ids: int) -> Verdict:
    """A gate over these targets that passed."""
    targets = [
        evaluate(make.make_policy(), make.make_evidence(target=make.make_target(id=id_, name=None))) for id_ in ids
    ]
    return combine(targets, started_at=make.STARTED, judged_at=make.NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(render(judged(1, 2)))
    return path


def find(path: Path | str, target_id: int = 1) -> Baseline | Unavailable | None:
    policy = make.make_policy(baseline=Limit(str(path)), max_score_drop=Limit(Decimal(5)))
    return BaselineFiles().find(policy, target_id)


def test_the_scores_of_the_target_are_the_baseline(path: Path) -> None:
    """With when they were judged, and how."""
    verdict = judged(1, 2)
    found = find(path, 2)
    assert isinstance(found, Baseline)
    assert (found.source, found.target_id, found.judged_at) == (str(path), 2, make.NOW)
    assert (found.scores, found.outcome) == (verdict.targets[1].evidence.scores, verdict.targets[1].outcome)


@pytest.mark.parametrize("baseline", [None, Limit(BEFORE)])
def test_without_a_file_there_is_none(baseline: Limit[str] | None) -> None:
    """The reading before the trigger is made elsewhere."""
    assert BaselineFiles().find(Policy(baseline=baseline), 1) is None


def reason(path: Path | str, target_id: int = 1) -> str:
    found = find(path, target_id)
    assert isinstance(found, Unavailable)
    return found.reason


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    """A file that is missing, and one that is no report."""
    assert "gone.json cannot be read as a report" in reason("gone.json")
    (tmp_path / "page.json").write_text("<html>")
    assert "page.json cannot be read as a report" in reason(tmp_path / "page.json")


def test_a_demo_tests_nothing(path: Path) -> None:
    """Its scores are made up, so that only another demo is compared with it."""
    path.write_text(render(replace(judged(1), command="demo")))
    assert reason(path) == f"The baseline {path} cannot be used: it is the report of a demo, which tests nothing."
    policy = make.make_policy(baseline=Limit(str(path)))
    assert isinstance(BaselineFiles(is_demo=True).find(policy, 1), Baseline)


def test_a_report_of_other_targets_is_none(path: Path) -> None:
    """Its targets are named."""
    assert reason(path, 3) == f"The baseline {path} does not include target 3; its targets: 1, 2."


@pytest.mark.parametrize("change", [('"overallScore": 84', '"overallScore": 12'), ('"passed"', '"failed"')])
def test_a_report_that_contradicts_its_evidence_cannot_be_used(path: Path, change: tuple[str, str]) -> None:
    """Somebody lowered the scores so that no drop shows, or wrote another verdict over them."""
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    assert reason(path).startswith(f"The baseline {path} cannot be used: it does not follow from its own evidence (")
    assert reason(path).endswith(f"). See: probe-gate verify {path}")


def test_each_file_is_read_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many targets are compared with it."""
    count = 0
    decode_report = report_file.decode_report

    def counting(*arguments: Any) -> Verdict:
        nonlocal count
        count += 1
        return decode_report(*arguments)

    monkeypatch.setattr(report_file, "decode_report", counting)
    files = BaselineFiles()
    for target_id in (1, 2, 3):
        files.find(Policy(baseline=Limit(str(path))), target_id)
    assert count == 1


def test_a_confirmed_pass_leaves_the_median(tmp_path: Path) -> None:
    """Not the scores of the run that failed."""
    path = tmp_path / "report.json"
    path.write_text(render(combine([samples.confirmed(70, 90, 91)], started_at=make.STARTED, judged_at=make.NOW)))
    found = find(path, 42)
    assert isinstance(found, Baseline)
    assert (found.scores.overall, found.outcome) == (90, Outcome.PASSED)
