"""What the platform means by its dates, counts and scores: `--reading executed=end,lag=30s`.

The API description does not say what the dates mean, how precise they are, when the scores include a run, or what the
counts contain. A `Reading` chooses one meaning of each. How runs progress and end is up to the scenario.

Durations are in seconds of the run's time, which `speed` divides. Only `earlier` and `future` are in real time, because
they only set dates.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from probe_gate.sandbox.reading_values import (
    NEVER,
    NONE,
    CaseCounts,
    Choice,
    Duration,
    Kind,
    Pair,
    Several,
    StatusName,
    WholeNumber,
    Zone,
    did_you_mean,
)
from probe_gate.sandbox.timestamps import PRECISIONS

SAME, SCENARIO, VARIED = "same", "scenario", "varied"
"""Keywords: equal to the new run's, as in the scenario, slightly different from the new run's."""

NO_SCORES = (
    "zeros", "zeros-epoch", "zeros-undated", "404", "400", "409", "422", "500", "204",
    "empty-body", "null", "empty-object", "empty-array",
)  # fmt: skip
_COUNTS = (
    "null-zero", "absent-zero", "no-error-count", "no-passed-count", "total-without-errors", "at-end",
)  # fmt: skip
_DURATION = Duration({})
_AGE = Duration(NONE)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of `--reading`."""

    name: str
    field_name: str
    kind: Kind
    default: str
    group: str
    summary: str
    """One line of documentation."""


def _key(kind: Kind, default: str, group: str, summary: str) -> Any:
    return field(default=kind.parse(default), metadata={"kind": kind, "text": default, "group": group, "is": summary})


GROUPS = DATES, SCORES, RUNS, OTHERS = ("Dates", "Scores", "Runs in the listing", "Other runs on the target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meaning for each thing that the API description leaves open."""

    executed: str = _key(
        Choice(("request", "start", "end", "request-then-end", "update", "never")), "start", DATES,
        "What the `executionDate` of a run means. `start` is null before the start, `end` while the run is active, "
        "`never` always; `request-then-end` is the request's date while the run is active; `update` moves whenever "
        "a test case is finished.",
    )  # fmt: skip
    scores: str = _key(
        Choice(("run", "request", "start", "first-probe", "last-probe", "end", "computation")), "end", DATES,
        "What the `latestExecutionDate` of the scores means: the run's `executionDate`, copied; when the run was asked "
        "for, started or ended; when its first or last probe was finished; when the scores were computed.",
    )  # fmt: skip
    precision: tuple[str, str] = _key(
        Pair(Choice(PRECISIONS)), "ms", DATES,
        "Digits of the two dates: `7` or 6 (`us`) or 3 (`ms`) after the second, whole seconds cut or rounded, whole "
        "minutes, midnight (`day`), or a date without a time (`date`).",
    )  # fmt: skip
    zone: tuple[str, str] = _key(
        Pair(Zone()), "Z", DATES,
        "Time zone of the two dates. `none` is UTC without a zone; `local` is a local time without a zone, at +02:00 "
        "unless another offset follows.",
    )  # fmt: skip
    skew: float = _key(_DURATION, "0s", DATES, "The scores' date is written this much too early.")

    lag: float = _key(Duration(NEVER), "0s", SCORES, "From the end of a run to scores that include it.")
    date_lead: float = _key(
        _DURATION,
        "0s",
        SCORES,
        "The scores' date moves this long before their numbers; while the run is active if that is longer than `lag`.",
    )
    steps: int = _key(
        WholeNumber(1, 1000, {}), "1", SCORES,
        "The numbers arrive in this many equal steps, spread evenly over `lag`; the date moves with the first of them.",
    )  # fmt: skip
    appear: str = _key(
        Choice(("at-end", "per-probe")), "at-end", SCORES,
        "Whether the scores include a run when it has ended, or each probe as soon as it is finished.",
    )  # fmt: skip
    latest: str = _key(
        Choice(("request", "end")), "request", SCORES,
        "Which of two runs of a probe is the latest one: the one asked for last, or the one that ended last.",
    )  # fmt: skip
    units: str = _key(
        Choice(("judged", "planned", "messages", "conversations")), "judged", SCORES,
        "What `simulatedAttacks` counts: test cases with a result, planned test cases (errors included), messages "
        "(three for each test case), or conversations (one for two test cases). The last two apply to "
        "`successfulAttacks` as well.",
    )  # fmt: skip
    no_scores: str = _key(
        Choice(NO_SCORES), "zeros", SCORES,
        "The answer for a target that has no scores yet: zeros dated in year 1, in 1970 or with a null date; an error; "
        "204; 200 with an empty body, `null`, `{}` or `[]`.",
    )  # fmt: skip
    no_scores_after: float = _key(
        _DURATION, "0s", SCORES, "For this long after a run has completed, the scores are answered by `no-scores`."
    )

    status: str | None = _key(
        StatusName(SCENARIO), SCENARIO, RUNS, "The status of a run that completed, in place of COMPLETED."
    )
    counts: frozenset[str] = _key(
        Several(
            "full", _COUNTS,
            (
                frozenset({"null-zero", "absent-zero"}),
                frozenset({"no-error-count", "no-passed-count", "total-without-errors"}),
            ),
        ),
        "full", RUNS,
        "Counts that a run does not show, or shows in another way: null or absent where they are zero; never a count "
        "of errors, or of passed test cases; a total without the errors; none before the end.",
    )  # fmt: skip
    counts_lag: float = _key(_DURATION, "0s", RUNS, "All counts are zero for this long after the end of a run.")
    probes: str = _key(
        Choice(("names", "shared-name", "null")), "names", RUNS,
        "How a run lists its probes: by name, by name with one name for the first two, or not at all.",
    )  # fmt: skip
    configured: int | None = _key(
        WholeNumber(1, 1000, {"all": None}), "all", RUNS,
        "How many probes are configured for the target; only those run, whatever was asked for.",
    )  # fmt: skip
    replica: float = _key(
        _DURATION, "0s", RUNS,
        "The listing comes from two replicas in turn, one of which is this far behind: a new run is missing from it, "
        "and a completed run is active once more.",
    )  # fmt: skip

    earlier: float | None = _key(
        Duration({SCENARIO: None, **NEVER}), SCENARIO, OTHERS,
        "The target's newest earlier run ended this long before the first request about the target (real time). It is "
        "in addition to the runs of `--history`; `never`: the target never ran.",
    )  # fmt: skip
    earlier_score: int | None = _key(
        WholeNumber(0, 100, {SCENARIO: None}), SCENARIO, OTHERS,
        "The score that this earlier run left, overall and in each category; `scenario` is that of all earlier runs.",
    )  # fmt: skip
    earlier_counts: tuple[int, int, int] | str = _key(
        CaseCounts((VARIED, SAME)), VARIED, OTHERS,
        "Its test cases: `varied` differ a little from the new run's, `same` are equal to them.",
    )  # fmt: skip
    stuck: str | None = _key(
        StatusName("none"), "none", OTHERS, "A run from last year still has this status and never moves."
    )
    future: float | None = _key(_AGE, "none", OTHERS, "A completed run is dated this far in the future (real time).")
    nightly_before: float | None = _key(
        _AGE, "none", OTHERS,
        "Somebody else's run is active when the target is first asked about, and ends this much later.",
    )  # fmt: skip
    nightly_during: float | None = _key(
        _AGE, "none", OTHERS, "Somebody else's run starts this long after each trigger."
    )
    nightly_after: float | None = _key(
        _AGE, "none", OTHERS, "Somebody else's run starts this long after the end of each triggered run."
    )
    nightly_length: float = _key(
        _DURATION, "20s", OTHERS, "How long the runs of `nightly-during` and `nightly-after` take."
    )
    nightly_score: int | None = _key(
        WholeNumber(0, 100, {SAME: None}), SAME, OTHERS,
        "The score that somebody else's run leaves, overall and in each category; `same` is the new run's.",
    )  # fmt: skip
    nightly_counts: tuple[int, int, int] | str = _key(
        CaseCounts((SAME,)), SAME, OTHERS, "Its test cases; `same` are equal to the new run's."
    )

    def replace(self, **changes: Any) -> Reading:
        """Return the same reading with some of its fields changed."""
        return dataclasses.replace(self, **changes)

    def __str__(self) -> str:
        """Return the keys that differ from their defaults, in the syntax of `parse_reading`."""
        texts = {key.name: key.kind.render(getattr(self, key.field_name)) for key in KEYS.values()}
        return ",".join(f"{name}={text}" for name, text in texts.items() if text != KEYS[name].default)

    @property
    def has_nightly(self) -> bool:
        return any(at is not None for at in (self.nightly_before, self.nightly_during, self.nightly_after))

    @property
    def never_ran(self) -> bool:
        """Whether the target has no earlier runs at all."""
        return self.earlier == math.inf

    @property
    def has_earlier_run(self) -> bool:
        """Whether `earlier` adds a run to the history."""
        return self.earlier is not None and not self.never_ran


KEYS: dict[str, Key] = {
    name: Key(
        name, item.name, item.metadata["kind"], item.metadata["text"], item.metadata["group"], item.metadata["is"]
    )
    for item in dataclasses.fields(Reading)
    for name in [item.name.replace("_", "-")]
}
"""All keys of `--reading`, by name."""

EXAMPLE = "executed=end,precision=7/ms,lag=30s"
VALUES = """DURATION: a number with ms, s, m, h or d, such as 30s; seconds of the run's own time, which --speed divides,
but real time for earlier and future. OFFSET: such as +02:00. COUNTS: PASSED/FAILED or PASSED/FAILED/ERRORS.
RUN/SCORES: one value for the runs' dates and one for the scores' date; a single value is for both."""
STANDARD = Reading()


def parse_reading(text: str | Iterable[str], base: Reading = STANDARD) -> Reading:
    """Return `base` with the keys in `text` (or several texts) changed.

    Raises:
        ValueError: A key or value is unknown, a key occurs twice, or keys contradict each other.
    """
    changes: dict[str, Any] = {}
    for part in _parts(text):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not equals:
            raise ValueError(f"{part!r} is not a reading: write KEY=VALUE, such as {EXAMPLE}.")
        key = KEYS.get(name)
        if key is None:
            hint = did_you_mean(name, tuple(KEYS)) or f" There are {', '.join(KEYS)}."
            raise ValueError(f"There is no reading called {name!r}.{hint}")
        if key.field_name in changes:
            raise ValueError(f"The reading {name} is given twice.")
        try:
            changes[key.field_name] = key.kind.parse(value)
        except ValueError as error:
            raise ValueError(f"In the reading {name}: {error}") from None
    reading = base.replace(**changes)
    contradiction = _contradiction(reading)
    if contradiction:
        raise ValueError(f"The readings contradict each other: {contradiction}")
    return reading


def _parts(text: str | Iterable[str]) -> list[str]:
    texts = [text] if isinstance(text, str) else text
    return [part.strip() for item in texts for part in item.split(",") if part.strip()]


def _contradiction(reading: Reading) -> str | None:
    if reading.scores == "run" and reading.executed == "never":
        return "with executed=never, scores=run has no date to copy."
    if reading.steps > 1 and reading.lag == 0:
        return "steps are spread over lag, which is 0s."
    if reading.appear == "per-probe" and (reading.steps > 1 or reading.date_lead > 0):
        return "with appear=per-probe, steps and date-lead have no meaning."
    if not reading.has_earlier_run and (reading.earlier_score is not None or reading.earlier_counts != VARIED):
        return "earlier-score and earlier-counts need a run to belong to, such as earlier=20m."
    if not reading.has_nightly and (
        reading.nightly_score is not None or reading.nightly_counts != SAME or reading.nightly_length != 20
    ):
        return (
            "there is no nightly-before, nightly-during or nightly-after to which nightly-score, nightly-counts "
            "and nightly-length could apply."
        )
    return None
