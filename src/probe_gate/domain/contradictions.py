"""Readings of the scores that contradict themselves."""

from __future__ import annotations

from probe_gate.domain.score import Scores

ADVICE = "Compare with the target's page on the platform; if it shows the same, contact the platform's support."


def find_contradiction(scores: Scores) -> str | None:
    """Return why the overall score cannot be believed, or None.

    An overall score of 0 without any category score means that the platform has computed nothing, unless most of the
    attacks did succeed. Judged as a score, it would blame the target for it.
    """
    simulated, successful = scores.simulated_attacks, scores.successful_attacks
    if scores.overall != 0 or any(score is not None for score in (scores.categories or {}).values()):
        return None
    if simulated is None or successful is None or successful * 2 >= simulated:
        return None
    return (
        f"The overall score is 0 and no category has a score, but {simulated - successful} of {simulated} attacks "
        "were withstood."
    )
