"""Each kind of check in plain words, for a reader who has not heard of red teaming.

`docs/checks.md` says more of each; a test holds its headings to this list.
"""

from __future__ import annotations

from dataclasses import dataclass

from probe_gate import home

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
        """The title for a check of that name: `The score of Security`. The name is foreign text."""
        return self.title.replace("{}", name or "one category")

    @property
    def link(self) -> str:
        """The section about the check in the documentation; empty while that is not published."""
        page = home.page(PAGE)
        return f"{page}#{self.kind}" if page else ""

    @property
    def markdown_link(self) -> str:
        """The link to add to a sentence, with a space before it; empty while there is none."""
        return f" [More about this check]({self.link})" if self.link else ""


EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "run-completed",
        "The test run came to its end",
        "A test run attacks the target with many prompts and judges each answer; only a run that came to its end has a result.",
        "This one did not: it failed or was cancelled on the platform, or was not over in the time that the gate had.",
        "Open the run on the platform to see where it stopped. If the target was down or the time too short, mend that and run the gate again.",
    ),
    Explanation(
        "scores-fresh",
        "The scores are this run's",
        "The platform keeps one set of scores for the target, made from the latest run of each probe; this check makes sure that they include this run and nothing that came after it.",
        "That could not be shown, so judging the scores could have judged something else.",
        "Make sure that only one test run at a time goes on the target, for example with a lock of the CI system, and run the gate again.",
    ),
    Explanation(
        "test-cases",
        "Enough was tested",
        "It counts the test cases of this run that ended with a result, and the probes that ran.",
        "Too few did, so a good score would prove nothing.",
        "Look on the platform at which probes are configured for the target, and why test cases ended without a result.",
    ),
    Explanation(
        "error-rate",
        "Few enough test cases went wrong",
        "It is the share of planned test cases that ended in an error or were not executed at all.",
        "With so many without a result, what is left says little of the target.",
        "Check that the target was reachable, that its credentials hold, and that it did not refuse the requests for being too many; then run the gate again.",
    ),
    Explanation(
        "overall-score",
        "The overall score",
        "The platform sums up in one number, from 0 (critical risk) to 100 (low risk), how well the target withstands attacks.",
        "It is below the minimum that the policy sets, or there is none to compare.",
        "Begin with the categories that lost most, read their successful attacks on the platform, and mend the target's instructions, filters or permissions.",
    ),
    Explanation(
        "category-score",
        "The score of {}",
        "The platform gives each kind of risk, such as Security or Safety, a number of its own from 0 (critical risk) to 100 (low risk).",
        "The one of this category is below its minimum, or the platform reports none under this name.",
        "Read the successful attacks of this category on the platform and mend what they share; a few weaknesses often explain most of them.",
    ),
    Explanation(
        "attack-success-rate",
        "How often attacks succeeded",
        "It is the share of this run's attacks that made the target do what it should not: failed ÷ (passed + failed) test cases.",
        "More of them succeeded than the policy allows.",
        "Read the successful attacks on the platform, sort them by probe, and mend the most frequent kind first.",
    ),
    Explanation(
        "score-drop",
        "Points lost against the baseline: {}",
        "It compares the scores with an earlier reading, the baseline, and counts the points that were lost.",
        "More were lost than the policy allows, or there is no baseline that can be compared with.",
        "Look at what changed since the baseline: the model, the system prompt, the tools, the documents; go back on it or mend it.",
    ),
    Explanation(
        "policy",
        "Notes on the policy",
        "It lists waivers that ended, will end soon, or match nothing, and settings that would loosen the base policy.",
        "It never fails a build.",
        "Remove waivers that are no longer needed, and mend what the others cover before they end.",
    ),
)

_BY_KIND = {explanation.kind: explanation for explanation in EXPLANATIONS}


def explain(kind: str) -> Explanation | None:
    """The explanation of a kind of check (`Check.kind`); None for one that is not known here."""
    return _BY_KIND.get(kind)
