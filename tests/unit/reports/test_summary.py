"""`summary.md`, held to two renderers of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given, settings

from probe_gate import home
from probe_gate.domain.evidence import Target
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.summary import render_summary
from tests.harness import factories as make
from tests.harness import samples
from tests.harness.markdown import MARKDOWN_TAGS, by_github, by_markdown_it
from tests.harness.profiles import examples

GITHUB_LIMIT = 1_048_576


RENDERERS = pytest.mark.parametrize("render", [by_github, by_markdown_it])
Render = Callable[[str], str]


def beginning(verdict: Verdict) -> str:
    return "\n".join(render_summary(verdict).splitlines()[:3])


@pytest.mark.parametrize(
    ("verdict", "begins"),
    [
        (samples.judge(samples.evidence()), "## ✅ probe-gate: passed\n\nEvery check passed."),
        (
            samples.failing(),
            "## ❌ probe-gate: failed\n\nThe policy is broken: overall-score is 74, and the limit is at least 80",
        ),
        (
            samples.judge(samples.ended_evidence()),
            "## ❔ probe-gate: run ended without a result\n\nTest run 7001 failed",
        ),
        (make.make_early_verdict(), "## ❔ probe-gate: wrong configuration\n\n2 options are wrong."),
        (make.make_verdict(outcome=Outcome.SKIPPED, reason="No key."), "## ⏭️ probe-gate: skipped\n\nNo key."),
    ],
)
def test_the_first_line_is_the_verdict(verdict: Verdict, begins: str) -> None:
    """Who reads no further knows how it ended and why."""
    assert beginning(verdict).startswith(begins)


def test_a_softened_outcome_says_that_it_does_not_fail_the_build() -> None:
    """It is reported in full, but nobody is sent to look for a red build."""
    policy = make.make_policy(soft_fail=frozenset({Outcome.FAILED}))
    assert beginning(samples.judge(samples.weak_evidence(), policy=policy)).startswith(
        "## ⚠️ probe-gate: failed (does not fail the build)\n"
    )


def test_says_what_failed_by_how_much_since_when_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order in which someone reads who was woken up."""
    monkeypatch.setattr(home, "OWNER", "acme")
    text = render_summary(samples.failing())
    table, _, rest = text.partition("**What to do**")
    row = next(line for line in table.splitlines() if "**overall-score**" in line)
    assert (
        "| 74 | at least 80<br>`.probe-gate.yml:3:14` | 6 points below the minimum. | new: it was 82 before this run |"
        in row
    )
    assert rest.index("docs/checks.md#overall-score") < rest.index("**Scores**") < rest.index("```mermaid")


def test_scores_are_bars_with_their_limits() -> None:
    """A bar, the minimum, the number, and what it was before."""
    lines = render_summary(samples.failing()).splitlines()
    (security,) = (line for line in lines if line.startswith("✗ Security"))
    assert re.search(r"█{16}░{6}┃░░\s+62\.5 \(min 90\)\s+−28\.5$", security)


def test_the_trend_is_drawn_and_told() -> None:
    """GitHub and GitLab draw the chart; the numbers stand beside it for all others."""
    text = render_summary(samples.failing())
    assert "xychart-beta" in text
    assert "| **7001 (this run)** | 2026-11-24 11:52 | 9.1 % | 1 % |" in text


def test_nothing_is_said_of_a_trend_of_one_run() -> None:
    """One point shows no trend."""
    assert "mermaid" not in render_summary(samples.failing(trend=()))


def test_what_follows_from_one_error_is_said_once() -> None:
    """A run that failed leaves nine checks without a judgement; one row and one line tell that."""
    text = render_summary(samples.judge(samples.ended_evidence()))
    visible = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    assert visible.count("❔") == 2
    assert "Not judged because of that: scores-fresh, test-cases, error-rate, overall-score" in visible


def test_every_mistake_is_listed_when_there_was_no_gate() -> None:
    """Wrong options are named one by one, with what to do."""
    text = render_summary(make.make_early_verdict())
    assert "- --min-score: 880 is above 100." in text.replace("\\", "")
    assert "Correct them and run again." in text


def test_a_run_that_may_be_left_is_said_in_the_open() -> None:
    """It costs money: it is not folded away."""
    text = render_summary(samples.failing(left_running="Test run 7 could not be confirmed as cancelled."))
    assert text.index("could not be confirmed as cancelled") < text.index("<details>")


def test_waivers_are_shown() -> None:
    """What is excepted, until when and why."""
    evidence = samples.weak_evidence(scores=make.make_scores(categories={"Security": 95.0, "Safety": 60.0}))
    policy = make.make_strict_policy(max_score_drop=None, baseline=None, waivers=(make.make_waiver(),))
    text = render_summary(samples.judge(evidence, policy=policy))
    assert "| category-score:Safety | 2026-12-24 | in use, 30 days left | Tracked in SEC-1234 | security team |" in text


def test_many_targets_begin_with_a_table_worst_first() -> None:
    """Six targets: their table, then a section for each that is not fine."""
    text = render_summary(samples.fleet(6))
    names = re.findall(r"^\| \S+ \| (Bot \d) ", text, re.MULTILINE)
    assert names == ["Bot 0", "Bot 3", "Bot 2", "Bot 5", "Bot 1", "Bot 4"]
    assert text.index("### ❌ Bot 0") < text.index("### ❌ Bot 3") < text.index("### ❔ Bot 2")


@RENDERERS
def test_renders_as_meant(render: Render) -> None:
    """Both renderers see the same tables, folded blocks and fences."""
    page = render(render_summary(samples.failing()))
    assert page.count("<table>") == 5
    assert page.count("<br>") + page.count("<br />") == 10
    assert page.count("<details>") == page.count("</details>") == 3
    assert page.count("<pre>") + page.count("<pre ") == 2
    assert page.startswith("<h2>❌ probe-gate: failed</h2>")
    assert "**" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)


@RENDERERS
@pytest.mark.parametrize("text", [*make.NASTY_TEXTS, "`" * 5, "a" * 100_000, "@everyone <img src=x onerror=alert(1)>"])
def test_hostile_text_is_shown_and_does_nothing(render: Render, text: str) -> None:
    """No tag, link, image or mention comes from text, wherever it stands."""
    page = render(render_summary(samples.with_text(text)))
    assert set(re.findall(r"<([a-z0-9]+)[ >]", page)) <= MARKDOWN_TAGS
    links = {unescape(address) for address in re.findall(r'href="([^"]*)"', page)}
    assert all(address.startswith(("https://probe.example.com/", "https://github.com/")) for address in links)
    shown = re.sub(r"<(pre|code).*?</\1>|<[^>]*>", "", page, flags=re.DOTALL)
    assert "@everyone" not in shown


@given(make.verdicts(make.hostile_text()))
@settings(max_examples=examples(60))
def test_any_verdict_gives_a_summary(verdict: Verdict) -> None:
    """Total: whatever the verdict holds, the summary can be written, and its first line is the verdict."""
    text = render_summary(verdict)
    text.encode("utf-8")
    assert text.startswith("## ")
    assert by_github(text).count("<details>") == text.count("<details><summary>")


def test_stays_below_the_limit_with_a_thousand_targets_and_endless_names() -> None:
    """GitHub drops a longer one whole. The verdict and the worst targets are still in it, and the cut is said."""
    name = "&" * 100_000
    verdict = samples.fleet(3)
    targets = tuple(
        replace(target, target=Target(index, f"{index} {name}"), reason=name)
        for index in range(334)
        for target in verdict.targets
    )
    text = render_summary(replace(verdict, targets=targets, reason=name))
    assert len(text.encode()) < GITHUB_LIMIT
    assert "This summary was cut" in text
    assert text.startswith("## ❌ probe-gate: failed")
    assert "### ❌" in text
    page = by_github(text)
    assert page.count("<details>") == page.count("</details>")


def test_a_waived_target_is_visibly_waived() -> None:
    """It would not be green without its waiver, and the table of targets says so."""
    waived = samples.judge(samples.waived_evidence(), samples.evidence(), policy=samples.waiver_policy())
    (row,) = (line for line in render_summary(waived).splitlines() if line.startswith("| ⚠️ |") and "[7001]" in line)
    assert "passed, 1 check waived" in row
    assert "category-score:Safety" in row
