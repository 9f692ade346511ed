from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.ci import github
from probe_gate.ci.outputs import outputs_of
from probe_gate.domain.policy import Origin
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from tests.harness.factories import (
    hostile_text,
    make_early_verdict,
    make_failed_check,
    make_failed_target,
    make_policy,
    make_target_verdict,
    make_verdict,
)

COMMAND = re.compile(r"::(?P<kind>error|warning) (?P<properties>[^:]*)::(?P<text>.*)", re.DOTALL)


def read_values(text: str) -> dict[str, str]:
    """Reads a file of names and values as the runner does."""
    values = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, _, delimiter = line.partition("<<")
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        else:
            raise AssertionError("a value without an end")
        values[name] = "\n".join(value)
    return values


def test_outputs_reach_the_runner(tmp_path: Path) -> None:
    """Every output that action.yml names is set."""
    path = tmp_path / "output"
    outputs = outputs_of(make_verdict(make_failed_target()), Path("/w/r"), has_junit=True, base_dir=Path("/w"))
    assert github.write_outputs(str(path), outputs) == ""
    values = read_values(path.read_text())
    assert values["outcome"] == "failed"
    assert values["exit-code"] == "1"
    assert values["junit-path"] == "r/junit.xml"
    assert values["failed-checks"] == "Support bot: category-score:Security 71, minimum 90"


@given(text=hostile_text())
def test_no_value_can_set_another(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """A value cannot end itself and begin another name, whatever stands in it."""
    path = tmp_path_factory.mktemp("values") / "output"
    github.set_values(str(path), "GITHUB_OUTPUT", {"a": text, "b": "x"})
    values = read_values(path.read_bytes().decode())
    assert set(values) == {"a", "b"}
    assert values["b"] == "x"


def test_outside_of_the_runner_nothing_is_written() -> None:
    """Without the runner's files there is nothing to do, and no complaint."""
    assert github.set_values("", "GITHUB_OUTPUT", {"a": "b"}) == ""
    assert github.write_summary("", "# x") == ""


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The gate goes on, and says what could not be written."""
    assert "GITHUB_OUTPUT" in github.set_values(str(tmp_path), "GITHUB_OUTPUT", {"a": "b"})
    with pytest.raises(OSError, match="directory"):
        github.write_summary(str(tmp_path), "# x")


def test_the_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    """An earlier text of the same step stays."""
    path = tmp_path / "summary"
    path.write_text("before\n")
    assert github.write_summary(str(path), "# Verdict") == ""
    assert path.read_text() == "before\n# Verdict\n"


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STATE"])
def test_values_start_on_a_line_of_their_own(tmp_path: Path, variable: str) -> None:
    """An earlier command of the step wrote `echo -n`, and neither its value nor ours is lost."""
    path = tmp_path / "values"
    path.write_text("version=1.2")
    for name in ("a", "b"):
        assert github.set_values(str(path), variable, {name: "c"}) == ""
    lines = path.read_text().split("\n")
    assert lines[0] == "version=1.2"
    assert "" not in lines[:-1]
    assert read_values("\n".join(lines[1:])) == {"a": "c", "b": "c"}


def test_the_summary_starts_on_a_line_of_its_own(tmp_path: Path) -> None:
    """A heading in the middle of a line is no heading."""
    path = tmp_path / "summary"
    path.write_text("Tests: 12 passed")
    assert github.write_summary(str(path), "# Verdict") == ""
    assert path.read_text() == "Tests: 12 passed\n# Verdict\n"


@pytest.mark.parametrize("taken", [0, 500_000, 1_048_570])
def test_a_summary_that_would_be_dropped_is_cut(tmp_path: Path, taken: int) -> None:
    """Over 1 MiB the runner drops a summary whole: what is written always fits, what was there included."""
    path = tmp_path / "summary"
    path.write_bytes(b"x" * taken)
    problem = github.write_summary(str(path), "# Verdict\n" + "ä line\n" * 200_000)
    assert path.stat().st_size <= github.MAX_SUMMARY_BYTES
    path.read_text()
    if taken < 1_000_000:
        assert "# Verdict" in path.read_text()
        assert "cut" in path.read_text()
    else:
        assert "full" in problem


def test_a_failed_check_stands_at_its_line_of_the_policy() -> None:
    """The annotation points to where the limit was set."""
    (line,) = github.annotation_commands(make_verdict(make_failed_target()))
    assert line.startswith(
        "::error file=.probe-gate.yml,line=4,title=Support bot%3A category-score%3ASecurity 71%2C minimum 90::"
    )
    assert "The score of Security is 71" in line


def test_a_softened_failure_is_a_warning() -> None:
    """What does not fail the build is not shown as an error."""
    target = make_failed_target(policy=make_policy(soft_fail=frozenset({Outcome.FAILED})))
    (line,) = github.annotation_commands(make_verdict(target))
    assert line.startswith("::warning ")


def test_a_gate_that_got_nowhere_says_so() -> None:
    """Wrong options show as one annotation that names each of them."""
    (line,) = github.annotation_commands(make_early_verdict())
    assert "--min-score: 880 is above 100." in line
    assert "%0ASPLX_WORKSPACE_ID" in line


def test_a_passed_gate_says_nothing() -> None:
    """Annotations are for what needs eyes."""
    assert list(github.annotation_commands(make_verdict())) == []


def test_at_most_ten_and_the_last_says_how_many_more() -> None:
    """The runner drops an eleventh annotation silently, so the tenth names the rest."""
    checks = tuple(make_failed_check(id=f"category-score:{number}") for number in range(30))
    lines = list(github.annotation_commands(make_verdict(make_failed_target(checks=checks))))
    assert len(lines) == github.MAX_ANNOTATIONS
    assert "21 more checks" in lines[-1]


@pytest.mark.parametrize("origin", [None, Origin("--min-score"), Origin("/tmp/p.yml:1:1", "/tmp/p.yml", 1, 1)])  # noqa: S108
def test_a_limit_that_is_no_line_of_the_checkout_has_no_place(origin: Origin | None) -> None:
    """A flag has no line, and a file outside the checkout cannot be shown."""
    target = make_failed_target(checks=(make_failed_check(origin=origin),))
    (line,) = github.annotation_commands(make_verdict(target))
    assert "file=" not in line


@given(
    hostile_text(), hostile_text(), st.sampled_from((CheckOutcome.FAILED, CheckOutcome.ERROR)), st.integers(1, 3_000)
)
def test_an_annotation_is_one_command(name: str, message: str, outcome: CheckOutcome, times: int) -> None:
    """No category, message or file name can break out of its annotation or make it too long."""
    check = make_failed_check(
        id=f"category-score:{name}", outcome=outcome, message=message * times, origin=Origin.in_file(name or "x", 1, 1)
    )
    target = make_target_verdict(outcome=Outcome.FAILED, checks=(check,))
    (line,) = github.annotation_commands(make_verdict(target))
    assert "\n" not in line
    assert "\r" not in line
    match = COMMAND.fullmatch(line)
    assert match is not None
    assert len(match["text"]) <= github.MAX_ANNOTATION_LENGTH
    assert {part.partition("=")[0] for part in match["properties"].split(",")} <= {"file", "line", "title"}
    assert re.search(r"%(?!25|0A|0D)", match["text"]) is None


@given(st.text(max_size=30))
def test_a_mask_hides_exactly_the_secret(secret: str) -> None:
    """The runner unescapes to the secret itself."""
    line = github.mask(secret)
    data = line.removeprefix("::add-mask::")
    assert data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%") == secret
    assert "\n" not in line
