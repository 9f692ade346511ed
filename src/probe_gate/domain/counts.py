"""The counts of a finished run: what the platform leaves out of them, and whether scores have the same counts.

The API description promises none of the four counts. A platform may leave one out where it is zero, or where it
follows from the others, and its total may or may not include the test cases with an error.
"""

from __future__ import annotations

from dataclasses import replace

from probe_gate.domain.run import Counts
from probe_gate.domain.score import Scores


def complete_counts(counts: Counts, scores: Scores | None = None) -> Counts:
    """Return the counts with all that can be worked out; a count that could have several values stays None.

    Args:
        counts: As the listing has them, of a finished run.
        scores: The target's scores, whose attack counts can confirm a value of a missing count.
    """
    passed, failed, errors, total = counts.passed, counts.failed, counts.errors, counts.total
    if passed is not None and failed is not None:
        return _complete_rest(passed, failed, errors, total)
    if total is None or (passed is None and failed is None):
        return counts
    rest = total - (passed or 0) - (failed or 0) - (errors or 0)
    if rest == 0:
        return Counts(passed or 0, failed or 0, errors or 0, total)
    if scores is None or scores.successful_attacks is None:
        return counts
    guess = replace(counts, failed=scores.successful_attacks) if failed is None else replace(counts, passed=rest)
    guess = complete_counts(guess)
    return guess if guess.executed == guess.total and counts_fit(scores, guess) else counts


def _complete_rest(passed: int, failed: int, errors: int | None, total: int | None) -> Counts:
    judged = passed + failed
    if total is None:
        return Counts(passed, failed, errors or 0, judged + (errors or 0))
    if errors is None:
        return Counts(passed, failed, max(total - judged, 0), total)
    if judged <= total < judged + errors:
        total += errors  # a total without the test cases that had an error
    return Counts(passed, failed, errors, total)


def counts_fit(scores: Scores, counts: Counts) -> bool:
    """Return whether the scores rest on exactly the test cases of these counts, with or without those in error."""
    judged = counts.judged
    if not judged or scores.successful_attacks != counts.failed:
        return False
    return scores.simulated_attacks in (judged, judged + (counts.errors or 0))
