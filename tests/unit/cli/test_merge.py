"""`probe-gate merge`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import junitparser
import pytest

from probe_gate.cli.main import run_command
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.verdict import Scope, TargetVerdict, Verdict, combine, end_early
from probe_gate.errors import AuthError
from probe_gate.files.report_document import render
from tests.harness import factories as make


def target(id_: int, min_score: float = 80.0) -> TargetVerdict:
    evidence = make.make_evidence(target=make.make_target(id=id_, name=None))
    return evaluate(make.make_policy(min_score=make.make_limit(min_score)), evidence)


def part(
    *targets: TargetVerdict, shard: tuple[int, int] | None = None, whole: tuple[int, ...] = (), **changes: Any
) -> Verdict:
    """A part that has judged what it was to judge; `whole`: the ids of the whole list, its own unless given."""
    ids = tuple(item.target.id for item in targets)
    verdict = combine(targets, started_at=make.STARTED, judged_at=make.NOW, shard=shard)
    return replace(verdict, **{"scope": Scope(ids, whole or ids), **changes})


HALVES, THIRDS = (1, 4), (1, 2, 7)
"""Lists of targets, the last of which falls to the first part, and so on."""


def halves(min_score: float = 80.0) -> list[Verdict]:
    return [
        part(target(4), shard=(1, 2), whole=HALVES),
        part(target(1, min_score), shard=(2, 2), whole=HALVES),
    ]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name: str, verdict: Verdict) -> str:
    Path(name).mkdir(parents=True, exist_ok=True)
    Path(name, "report.json").write_text(render(verdict))
    return name


def merge(*arguments: str) -> int:
    return run_command(["merge", *arguments], {})


def merged() -> dict[str, object]:
    found: dict[str, object] = json.loads(Path("probe-gate-report/report.json").read_text())
    return found


def test_parts_become_one(capsys: pytest.CaptureFixture[str]) -> None:
    """One verdict, one set of reports, one exit code; an empty part is valid."""
    names = [
        put("a", part(target(7), shard=(1, 3), whole=(1, 7))),
        put("b", part(shard=(2, 3), whole=(1, 7))),
        put("c", part(target(1), shard=(3, 3), whole=(1, 7))),
    ]
    assert merge(*names) == 0
    assert "All 2 targets passed" in capsys.readouterr().out
    assert (merged()["outcome"], merged()["command"], merged()["exitCode"]) == ("passed", "merge", 0)
    suites = junitparser.JUnitXml.fromfile("probe-gate-report/junit.xml")
    assert [suite.name for suite in suites] == ["target 1", "target 7"]


def test_a_failed_part_fails_the_whole() -> None:
    """Exit 1, and the reports say which target."""
    one, other = halves(90.0)
    assert merge(put("a", one), put("b", other)) == 1
    assert merged()["reason"] == "1 of 2 targets failed: target 1."


def test_a_directory_of_artifacts_can_be_named() -> None:
    """As a CI system downloads them."""
    one, other = halves()
    put("parts/one", one)
    put("parts/two/probe-gate-report", other)
    assert merge("parts") == 0


@pytest.mark.parametrize("rest", [[], ["b"], ["empty"]])
def test_a_missing_part_is_7(rest: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Not named, not there, or without a report: the part is missing, and that is said."""
    Path("empty").mkdir()
    assert merge(put("a", halves()[0]), *rest) == 7
    assert "Part 2/2 is missing" in capsys.readouterr().out
    suites = junitparser.JUnitXml.fromfile("probe-gate-report/junit.xml")
    assert sum(suite.errors for suite in suites) == 1


def test_parts_that_disagree_are_7(capsys: pytest.CaptureFixture[str]) -> None:
    """Two parts judged one target differently."""
    assert merge(put("a", part(target(1))), put("b", part(target(1, 90.0)))) == 7
    assert "Parts disagree on target 1" in capsys.readouterr().out


def test_the_same_part_twice_is_fine() -> None:
    """Whichever way it was handed over twice."""
    assert merge(put("a", part(target(1), shard=(1, 1))), put("b", part(target(1), shard=(1, 1))), "a") == 0


def test_a_part_that_ended_early_decides() -> None:
    """Its outcome is worse than a pass."""
    early = end_early(AuthError("The key has expired."), started_at=make.STARTED, judged_at=make.NOW, shard=(2, 2))
    assert merge(put("a", halves()[0]), put("b", early)) == 3
    assert merged()["reason"] == "The key has expired."


@pytest.mark.parametrize("text", ["", "<html>", '{"schemaVersion": "9"}', "{}"])
def test_a_part_that_cannot_be_read_is_7(text: str) -> None:
    """A broken artifact proves nothing; what stands beside it is still reported."""
    Path("b").mkdir()
    Path("b/report.json").write_text(text)
    assert merge(put("a", part(target(1))), "b") == 7
    assert "b/report.json cannot be read as a report" in str(merged()["reason"])
    assert len(merged()["targets"]) == 1  # type: ignore[arg-type]


def test_a_part_that_was_changed_is_7() -> None:
    """A verdict that does not follow from its evidence is not taken over."""
    Path("b").mkdir()
    text = render(part(target(2, 90.0)))
    Path("b/report.json").write_text(text.replace('"failed"', '"passed"').replace('"exitCode": 1', '"exitCode": 0'))
    assert merge(put("a", part(target(1))), "b") == 7
    assert merged()["reason"] == "The verdict in b/report.json does not follow from its evidence."


def test_merging_goes_on_from_a_merge() -> None:
    """In any grouping: what was missing may come later."""
    one, two, three = (
        put(name, part(target(id_), shard=(number, 3), whole=THIRDS))
        for number, (id_, name) in enumerate(((7, "a"), (2, "b"), (1, "c")), 1)
    )
    assert merge(one, two, "--report-dir", "ab") == 7
    assert merge("ab", three, "--report-dir", "grouped") == 0
    assert merge(three, one, two, "--report-dir", "at-once") == 0
    assert Path("grouped/report.json").read_text() == Path("at-once/report.json").read_text()


def test_what_an_earlier_merge_left_is_no_part() -> None:
    """In a workspace that is kept, an old pass does not stand in for parts that are missing now."""
    for name, half in zip("ab", halves(), strict=True):
        put(name, half)
    assert merge(".") == 0
    Path("b/report.json").unlink()
    assert merge(".") == 7


def test_nothing_that_was_named_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong path is a wrong configuration, with its reports all the same."""
    assert merge("prats", "pasts") == 2
    assert "There is no prats and no pasts." in capsys.readouterr().err
    assert merged()["outcome"] == "config-error"


def test_without_a_directory_it_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The argument is required, and this end has its reports too."""
    assert merge() == 2
    assert "DIR" in capsys.readouterr().err
    assert merged()["outcome"] == "config-error"


def test_a_wrong_option_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    """Named, with the nearest right one."""
    assert merge(put("a", part(target(1))), "--reports", "junt") == 2
    assert "junit" in capsys.readouterr().err


def test_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """The merged report on standard output, the log on the other stream."""
    assert merge(put("a", part(target(1))), "--output", "json") == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["outcome"] == "passed"
    assert "Passed".upper() in out.err
