"""The verdict on the console."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import Limit
from probe_gate.domain.text import log_line, plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.console import ASCII_SIGNS, SIGNS, render_console
from probe_gate.reports.context import ReportContext
from probe_gate.reports.text_width import width_of
from tests.harness import factories as make
from tests.harness import samples
from tests.harness.profiles import examples

COLOR = re.compile(r"\x1b\[[0-9;]*m")


def lines_of(verdict: Verdict, width: int = 80) -> list[str]:
    return render_console(verdict, ReportContext(width=width, color=False)).splitlines()


def test_the_verdict_comes_first_and_failed_checks_before_all_others() -> None:
    """Outcome, reason, then what is broken, then what is fine."""
    lines = lines_of(samples.failing())
    assert lines[0].startswith("✗ FAILED  The policy is broken: overall-score is 74")
    signs = [line[2] for line in lines if re.match(r"  [✗?~✓·] \S", line)]
    assert signs == sorted(signs, key="✗?~✓·".index)
    assert signs.count("✗") == 3


def test_a_failed_check_says_by_how_much_since_when_where_and_what_to_do() -> None:
    """All that someone needs who was woken up, in the order in which they need it."""
    text = " ".join(line.strip() for line in lines_of(samples.failing()))
    assert ("6 points below the minimum. New: it was 82 before this run. Limit from .probe-gate.yml:3:14. ✗") in text
    assert text.index("✗ attack-success-rate") < text.index("→ Open the run on the platform") < text.index("✓")


def test_a_limit_that_nobody_set_is_called_the_default() -> None:
    """Whoever looks for it in the pipeline would find none."""
    policy = make.make_policy(min_score=Limit(Decimal(99)))
    text = " ".join(line.strip() for line in lines_of(samples.judge(make.make_evidence(), policy=policy)))
    assert "points below the minimum." in text
    assert "Default limit." in text


def test_advice_that_is_the_same_is_given_once() -> None:
    """Three failed checks with one cure."""
    text = " ".join(line.strip() for line in lines_of(samples.failing()))
    assert text.count("→ Open the run on the platform") == 1


def test_what_follows_from_one_error_is_said_once() -> None:
    """A run that failed on the platform is one problem, not nine."""
    lines = lines_of(samples.judge(samples.ended_evidence()))
    assert [line for line in lines if "run-completed" in line]
    assert sum("Not judged" in line for line in lines) == 1


def test_the_address_of_the_run_is_never_broken() -> None:
    """It must be possible to click it, however narrow the terminal."""
    address = "https://probe.example.com/w/5/target/42/test-runs/7001"
    assert any(line.strip() == address for line in lines_of(samples.failing(), width=40))


def test_many_targets_are_a_list_and_then_the_ones_in_trouble() -> None:
    """A row for each, worst first; details only where something is wrong."""
    lines = lines_of(samples.fleet(6))
    rows = [line for line in lines if re.match(r"  [✗?✓] Bot \d  ", line)]
    assert [row[4:9] for row in rows] == ["Bot 0", "Bot 3", "Bot 2", "Bot 5", "Bot 1", "Bot 4"]
    assert not any(line.startswith("  Bot 1 (target") for line in lines)


@pytest.mark.slow
def test_a_thousand_targets_do_not_flood_the_log() -> None:
    """The reports have them all, and that is said."""
    lines = lines_of(samples.fleet(1000))
    assert len(lines) < 800
    assert any("and 800 more targets; the reports have them all." in line for line in lines)


def test_each_mistake_of_the_configuration_has_a_line() -> None:
    """With what to do at the end."""
    lines = lines_of(make.make_early_verdict())
    assert "  - --min-score: 880 is above 100." in lines
    assert lines[-1] == "  → Correct them and run again. Nothing was sent."


def test_a_softened_outcome_is_marked() -> None:
    """Neither a red nor a green: failed, but this build goes on."""
    policy = make.make_policy(soft_fail=frozenset({Outcome.FAILED}))
    lines = lines_of(samples.judge(samples.weak_evidence(), policy=policy))
    assert lines[0].startswith("! FAILED (DOES NOT FAIL THE BUILD)")
    assert any("does not fail the build (soft-fail)" in line for line in lines)


def test_colors_change_nothing_but_the_color() -> None:
    """What is printed without colours is what remains when they are taken out; it holds no control character."""
    for verdict in (samples.failing(), samples.fleet(5), make.make_early_verdict()):
        plain = render_console(verdict, ReportContext(width=80, color=False))
        colored = render_console(verdict, ReportContext(width=80, color=True))
        assert COLOR.sub("", colored) == plain
        assert plain.replace("\n", "").isprintable()
        assert "\x1b[" in colored


def test_in_ascii_passed_failed_and_not_judged_look_different() -> None:
    """In letters, since an encoding without the signs would show each of them as a question mark."""
    text = render_console(samples.failing(), ReportContext(width=80, color=False, encoding="ascii"))
    lines = text.splitlines()
    assert lines[0].startswith("FAILED  The policy is broken")
    assert any(line.startswith("  FAIL overall-score ") for line in lines)
    assert any(line.startswith("  ok   run-completed ") for line in lines)
    assert any(line.startswith("  ->   Open the run") for line in lines)
    assert any(line.startswith("       6 points below the minimum.") for line in lines), "in line with the names"
    ended = render_console(samples.judge(samples.ended_evidence()), ReportContext(width=80, encoding="ascii"))
    assert "  ?    run-completed " in ended
    fleet = render_console(samples.fleet(6), ReportContext(width=80, color=False, encoding="ascii")).splitlines()
    assert {line.split()[0] for line in fleet if re.match(r"  \S+ +Bot \d  ", line)} == {"FAIL", "?", "ok"}


def test_each_sign_has_letters() -> None:
    """None is left to be shown as a question mark that means something else."""
    assert set(ASCII_SIGNS) == set(SIGNS)
    assert len(set(ASCII_SIGNS.values())) == len(ASCII_SIGNS)
    assert "".join(ASCII_SIGNS.values()).isascii()


@given(make.verdicts(make.hostile_text()), st.integers(20, 200), st.booleans(), st.sampled_from(["utf-8", "ascii"]))
@settings(max_examples=examples(60))
def test_any_verdict_fits_and_does_nothing(verdict: Verdict, width: int, color: bool, encoding: str) -> None:
    """No line is wider than the terminal (addresses apart), starts a command or steers the terminal."""
    text = render_console(verdict, ReportContext(width=width, color=color, encoding=encoding))
    text.encode("utf-8")
    addresses = {plain_line(target.evidence.run_url, 500) for target in verdict.targets}
    for line in COLOR.sub("", text).split("\n"):
        assert all(character.isprintable() or character in "\u200c\u200d" for character in line)
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##[A-Za-z]*\[", line)
        if log_line(line.strip()) not in {log_line(address) for address in addresses}:
            assert width_of(line) <= max(width, 40) + 1


def test_a_name_full_of_log_commands_fits_too() -> None:
    """What makes it harmless makes it longer."""
    lines = lines_of(samples.with_text("##[error]##vso[task.x]##[debug]" * 5), width=50)
    assert max(width_of(line) for line in lines if "https://" not in line) <= 50


@pytest.mark.parametrize("text", ["x" * 1_000_000, "日" * 1_000_000, "\u202e" * 1000, "::error::" * 1000])
def test_endless_names_stay_in_their_column(text: str) -> None:
    """A million characters take no more room than a few."""
    verdict = samples.with_text(text)
    assert len(render_console(verdict, ReportContext(width=80, color=False))) < 40_000
    (target,) = verdict.targets
    two = replace(verdict, targets=(target, replace(target, target=Target(43, text))))
    rows = [line for line in lines_of(two) if width_of(line) > 81 and "https://" not in line]
    assert rows == []
