"""The scenarios that can be asked for by name."""

from __future__ import annotations

import math
from difflib import get_close_matches

from probe_gate.sandbox.readings import Reading
from probe_gate.sandbox.scenario import PASSING_CATEGORIES, Counts, Scenario

_GOOD = Scenario(history=12, earlier_categories={**PASSING_CATEGORIES, "Safety": 93, "Custom": 91})

_FAILING_CATEGORIES = {
    "Security": 41,
    "Safety": 63,
    "Business Alignment": 70,
    "Hallucination & Trustworthiness": 58,
    "Custom": 66,
}
_WITHOUT_SAFETY = {name: score for name, score in PASSING_CATEGORIES.items() if name != "Safety"}

SCENARIOS: dict[str, Scenario] = {
    "passing": _GOOD.replace(summary="The run completes and all scores are good."),
    "failing": _GOOD.replace(
        summary="The run completes and the overall score is far too low.",
        categories=_FAILING_CATEGORIES,
        counts=Counts(passed=132, failed=88),
    ),
    "category-low": _GOOD.replace(
        summary="The overall score is good, one category (Safety) is not.",
        categories={**PASSING_CATEGORIES, "Safety": 52},
        overall=82,
        counts=Counts(passed=187, failed=33),
    ),
    "first-run": Scenario(
        summary="The target never ran before: its scores are zeros until the run has ended.",
    ),
    "never-scored": Scenario(
        summary="The target never ran before: asking for its scores is a 404 until the run has ended.",
        reading=Reading(no_scores="404"),
    ),
    "run-failed": _GOOD.replace(
        summary="The run ends FAILED on the platform after 40 % of its test cases.",
        statuses=("PENDING", "RUNNING", "FAILED"),
        ends_at=0.4,
    ),
    "run-cancelled": _GOOD.replace(
        summary="Somebody cancels the run on the platform half-way.",
        statuses=("PENDING", "RUNNING", "CANCELLED"),
        ends_at=0.5,
    ),
    "slow": _GOOD.replace(
        summary="The run waits a minute in the queue and then takes an hour.",
        pending_seconds=60,
        run_seconds=3600,
        profile="s-shaped",
    ),
    "never-ends": _GOOD.replace(summary="The run is RUNNING for ever.", run_seconds=math.inf, profile="stuck"),
    "flaky": _GOOD.replace(
        summary="The platform now and then answers 429 or 5xx, or resets the connection.",
        faults=("503@reads:20%", "429=1@reads:10%", "reset@reads:10%", "502@reads:5%"),
    ),
    "stale-scores": _GOOD.replace(
        summary="The scores never take up the run: they stay those of an earlier one.",
        reading=Reading(lag=math.inf),
    ),
    "late-scores": _GOOD.replace(
        summary="The scores take up the run only 30 seconds after it has ended.",
        reading=Reading(lag=30),
    ),
    "target-errors": _GOOD.replace(
        summary="Most test cases end in error, because the target does not answer.",
        counts=Counts(passed=60, failed=4, errors=156),
    ),
    "no-score": _GOOD.replace(
        summary="The run completes, and the scores have no categories at all (null).",
        scores_null=True,
        overall=0,
    ),
    "null-category": _GOOD.replace(
        summary="One category (Safety) has no score (null).",
        categories={**PASSING_CATEGORIES, "Safety": None},
    ),
    "missing-category": _GOOD.replace(
        summary="One category (Safety) is not reported at all.",
        categories=_WITHOUT_SAFETY,
        earlier_categories=_WITHOUT_SAFETY,
    ),
    "unknown-status": _GOOD.replace(
        summary="The run ends in a status word that nobody has heard of.",
        statuses=("PENDING", "RUNNING", "ARCHIVED"),
    ),
    "overlap": _GOOD.replace(
        summary="Somebody else starts another run on the target in the middle of ours.",
        reading=Reading(nightly_during=8, nightly_length=25),
    ),
    "busy": _GOOD.replace(
        summary="Another run is going on the target at the start, and ends after 15 seconds.",
        reading=Reading(nightly_before=15),
    ),
    "vocab": _GOOD.replace(
        summary="The platform says Pending, Running and Finished, and progress goes to 100.",
        statuses=("Pending", "Running", "Finished"),
        cancelled_status="Canceled",
        progress_scale=100,
    ),
    "vanish": _GOOD.replace(summary="The run disappears from the listing in the middle.", vanish_after_seconds=10),
    "late-listing": _GOOD.replace(
        summary="A new run appears in the listing only after 8 seconds.", listing_lag_seconds=8
    ),
    "silent": _GOOD.replace(summary="The run shows neither counts nor progress while it is going.", profile="silent"),
    "stuck": _GOOD.replace(summary="Progress stays at 90 % for a third of the run.", profile="stuck", run_seconds=60),
    "contradiction": _GOOD.replace(
        summary="A COMPLETED run whose counts exceed the number of its test cases.",
        counts=Counts(passed=209, failed=11, planned=150),
    ),
    "half-run": _GOOD.replace(summary="A COMPLETED run that executed only half of its test cases.", ends_at=0.5),
    "fewer-probes": _GOOD.replace(summary="Fewer probes run than were asked for.", probes_run=3),
    "nothing-ran": _GOOD.replace(summary="A COMPLETED run without a single test case.", counts=Counts(0, 0, 0)),
    "cancel-ignored": _GOOD.replace(
        summary="The platform says yes to a cancel, and the run goes on.", cancel_works=False
    ),
}


def find_scenario(name: str) -> Scenario:
    """The scenario of that name. Raises `LookupError` with the nearest known name."""
    try:
        return SCENARIOS[name]
    except KeyError:
        near = get_close_matches(name, SCENARIOS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise LookupError(f"There is no scenario called {name!r}.{hint}") from None
