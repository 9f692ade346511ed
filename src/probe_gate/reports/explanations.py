"""Each kind of check in plain words, for a reader who has not heard of red teaming.

`docs/checks.md` says more of each; a test holds its headings to this list.
"""

from __future__ import annotations

from dataclasses import dataclass

from probe_gate import home
from probe_gate.domain.verdict import Check

PAGE = "docs/checks.md"
"""The page that the links in reports lead to."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a kind of check means."""

    kind: str
    title: str
    """With the name of what is checked in place of `{}`, where there is one."""
    measures: str
    """One sentence: what is measured."""
    fails: str
    """One sentence: what it means when it is not fine."""
    acts: str
    """What teams do then, one or two sentences."""

    def title_of(self, name: str) -> str:
        """Return the title for a check of that name: `Score of Security`. The name is untrusted text."""
        return self.title.replace("{}", name or "one category")

    @property
    def link(self) -> str:
        """Return the section about the check in the documentation; empty while that is not published."""
        page = home.page(PAGE)
        return f"{page}#{self.kind}" if page else ""

    @property
    def markdown_link(self) -> str:
        """Return the link to add to a sentence, with a space before it; empty while there is none."""
        return f" [More about this check]({self.link})" if self.link else ""


EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "run-completed",
        "Completion of the test run",
        "A test run attacks the target with many prompts and judges each response; only a completed run has a result.",
        "There is no completed run: none was started, or it failed, was cancelled, or did not finish in time.",
        "If a run was started, open it on the platform to see where it stopped. If the target was down or the time limit too short, fix that and run the gate again.",
    ),
    Explanation(
        "scores-fresh",
        "Whether the scores belong to this run",
        "The platform keeps one set of scores per target, computed from the latest run of each probe; this check makes sure that they include this run and nothing after it.",
        "That could not be shown, so the scores may belong to another run.",
        "Make sure that only one test run at a time is active on the target, for example with a lock of the CI system, then run the gate again.",
    ),
    Explanation(
        "test-cases",
        "Test cases with a result",
        "It counts the test cases of this run that have a result, and the probes that ran.",
        "There are too few, so a good score would prove nothing.",
        "Check on the platform which probes are configured for the target, and why test cases have no result.",
    ),
    Explanation(
        "error-rate",
        "Test cases without a result",
        "It is the percentage of planned test cases that ended in an error or were not executed.",
        "With so many results missing, the rest says little about the target.",
        "Check that the target is reachable, that its credentials are valid, and that it does not rate-limit the requests; then run the gate again.",
    ),
    Explanation(
        "overall-score",
        "Overall score",
        "The platform sums up in one number, from 0 (critical risk) to 100 (low risk), how well the target withstands attacks.",
        "It is below the minimum of the policy, or the platform reports none.",
        "Start with the categories that lost the most points, review their successful attacks on the platform, and fix the target's instructions, filters or permissions.",
    ),
    Explanation(
        "category-score",
        "Score of {}",
        "The platform scores each kind of risk, such as Security or Safety, from 0 (critical risk) to 100 (low risk).",
        "The score of this category is below its minimum, or the platform reports none by this name.",
        "Review the successful attacks of this category on the platform and fix what they have in common; a few weaknesses often explain most of them.",
    ),
    Explanation(
        "attack-success-rate",
        "Attack success rate",
        "It is the percentage of this run's attacks that succeeded: failed ÷ (passed + failed) test cases.",
        "More attacks succeeded than the policy allows.",
        "Review the successful attacks on the platform, sort them by probe, and fix the most frequent kind first.",
    ),
    Explanation(
        "score-drop",
        "Points lost against the baseline: {}",
        "It compares the scores with an earlier reading, the baseline, and counts the points lost.",
        "More points were lost than the policy allows, or there is no usable baseline.",
        "Check what changed since the baseline: the model, the system prompt, the tools, the documents; revert it or fix it.",
    ),
    Explanation(
        "policy",
        "Notes on the policy",
        "It lists waivers that have ended, end soon or match nothing, and settings that would weaken the base policy.",
        "It never fails a build.",
        "Remove waivers that are no longer needed, and fix what the others cover before they end.",
    ),
)

_BY_KIND = {explanation.kind: explanation for explanation in EXPLANATIONS}


def explain(kind: str) -> Explanation | None:
    """Return the explanation of a kind of check (`Check.kind`); None for one that is not known here."""
    return _BY_KIND.get(kind)


def title_of_check(check: Check) -> str:
    """Return the title of its explanation, or its id where there is none. Untrusted text."""
    explanation = explain(check.kind)
    return explanation.title_of(check.id.partition(":")[2]) if explanation else check.id


def hint_of(check: Check) -> str:
    """Return the check's own hint, or else what teams do about a check of its kind; empty if there is neither."""
    explanation = explain(check.kind)
    return check.hint or (explanation.acts if explanation else "")
