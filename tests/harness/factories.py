"""Values for tests: builders with sensible defaults, and hypothesis strategies of the same shapes.

`make_x(**changes)` gives a value that passes everything, with the named fields changed. The strategies
come in two kinds of text: `plain_text`, as it stands after cleaning, and `hostile_text`, as it must never
hurt anyone (control and bidirectional characters, lone surrogates, markup, workflow commands).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from probe_gate.domain.evidence import (
    Baseline,
    EarlierRun,
    EarlyExit,
    Evidence,
    Overlap,
    ResponseRecord,
    RunFacts,
    RunOrigin,
    Target,
    TimelineEntry,
    Unavailable,
)
from probe_gate.domain.policy import (
    BEFORE,
    DEFAULT,
    REST,
    CategoryMinimum,
    Limit,
    Origin,
    Overrides,
    Policy,
    RejectedOverride,
    Waiver,
)
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import (
    Check,
    CheckOutcome,
    Confirmation,
    JobIdentity,
    Judgement,
    Part,
    PartTarget,
    PolicyLayer,
    RunResult,
    Scope,
    TargetVerdict,
    Verdict,
)
from probe_gate.errors import SOFTENABLE, Outcome, exit_code_for

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""The default time of evaluation."""

STARTED = NOW - timedelta(minutes=8)
"""When the run of `make_run` started."""

POLICY_FILE = ".probe-gate.yml"


# --- builders ---------------------------------------------------------------------------------------


def make_target(**changes: Any) -> Target:
    return replace(Target(42, "Support bot"), **changes)


def make_counts(**changes: Any) -> Counts:
    """100 planned, 96 passed, 3 failed, 1 in error."""
    return replace(Counts(passed=96, failed=3, errors=1, total=100), **changes)


def make_run(**changes: Any) -> Run:
    """Return a run that completed 8 minutes before `NOW`."""
    run = Run(
        id=7001,
        name="pg-k3x9q2 main 4f2a9c1",
        status="COMPLETED",
        started_at=STARTED,
        counts=make_counts(),
        progress=100.0,
        probes=("Prompt Injection", "Toxicity"),
    )
    return replace(run, **changes)


def make_scores(**changes: Any) -> Scores:
    """Overall 84; each category at 80 or above; from the run of `make_run`."""
    scores = Scores(
        overall=84,
        categories={"Security": 91.0, "Safety": 80.5, "Business Alignment": 82.0, "Custom": None},
        simulated_attacks=1200,
        successful_attacks=31,
        latest_execution=STARTED + timedelta(minutes=7),
        digest="a" * 64,
    )
    return replace(scores, **changes)


def make_scores_before(**changes: Any) -> Scores:
    """Return scores that were read a week before `NOW`."""
    return make_scores(
        **{
            "overall": 82,
            "latest_execution": NOW - timedelta(days=7),
            "successful_attacks": 33,
            "digest": "b" * 64,
            **changes,
        },
    )


def make_facts(**changes: Any) -> RunFacts:
    facts = RunFacts(
        origin=RunOrigin.TRIGGERED,
        tag="pg-k3x9q2",
        name="pg-k3x9q2 main 4f2a9c1",
        triggered_at=STARTED - timedelta(seconds=2),
        job="https://ci.example.com/jobs/815",
        probe_ids=None,
        probe_choice="all that are configured",
        earlier=EarlierRun(make_earlier_run(), is_settled=True),
    )
    return replace(facts, **changes)


def make_earlier_run(**changes: Any) -> Run:
    """The run of a week before `NOW` that left the scores of `make_scores_before`."""
    return make_run(
        **{
            "id": 6990,
            "name": "pg-older",
            "started_at": NOW - timedelta(days=7),
            "counts": make_counts(passed=95, failed=4),
            **changes,
        }
    )


def make_evidence(**changes: Any) -> Evidence:
    """Return complete evidence of a run that passes the default policy."""
    evidence = Evidence(
        target=make_target(),
        judged_at=NOW,
        facts=make_facts(),
        run=make_run(),
        scores_before=make_scores_before(),
        scores=make_scores(),
        stable_seconds=60.0,
        overlaps=(),
        trend=(make_run(), make_earlier_run()),
        timeline=(
            TimelineEntry("triggered", STARTED - timedelta(seconds=2)),
            TimelineEntry("running", STARTED),
            TimelineEntry("ended", STARTED + timedelta(minutes=7)),
            TimelineEntry("judged", NOW),
        ),
        responses=(
            ResponseRecord("scores before the trigger", "b" * 64, True, STARTED - timedelta(seconds=3)),
            ResponseRecord("listing after the end", "c" * 64, True, NOW - timedelta(seconds=6)),
            ResponseRecord("scores", "a" * 64, True, NOW - timedelta(seconds=1)),
        ),
        run_url="https://probe.example.com/w/5/target/42/test-runs/7001",
    )
    return replace(evidence, **changes)


def make_baseline(**changes: Any) -> Baseline:
    """A report of the same target that passed a week before `NOW`."""
    baseline = Baseline(
        source="baseline/report.json",
        scores=make_scores_before(),
        judged_at=NOW - timedelta(days=7),
        target_id=42,
        outcome=Outcome.PASSED,
    )
    return replace(baseline, **changes)


def make_origin(line: int = 4, column: int = 14, file: str = POLICY_FILE) -> Origin:
    return Origin.in_file(file, line, column)


def make_limit(value: Any, origin: Origin | None = None) -> Limit[Any]:
    """A limit; a number is made a Decimal, as settings make it."""
    if isinstance(value, float):
        value = Decimal(str(value))
    return Limit(value, origin or make_origin())


def make_minimum(category: str = "Security", value: int | str = 90, origin: Origin | None = None) -> CategoryMinimum:
    return CategoryMinimum(category, Limit(Decimal(value), origin or make_origin(5, 28)))


def make_policy(**changes: Any) -> Policy:
    """The default policy: overall score 80, error rate 10 %, at least one test case."""
    return replace(Policy(), **changes)


def make_strict_policy(**changes: Any) -> Policy:
    """A policy with every limit set, which `make_evidence` with `make_baseline` still passes."""
    policy = Policy(
        min_score=Limit(Decimal(80), make_origin(3, 14)),
        min_category_scores=(make_minimum("Security", 90), make_minimum(REST, 70)),
        max_attack_success_rate=Limit(Decimal(5), make_origin(6, 28)),
        max_error_rate=Limit(Decimal(5), make_origin(7, 19)),
        min_test_cases=Limit(50, make_origin(8, 19)),
        max_score_drop=Limit(Decimal(5), make_origin(9, 19)),
        baseline=Limit("baseline/report.json", Origin("--baseline")),
        max_age=Limit(timedelta(days=30), make_origin(10, 12)),
    )
    return replace(policy, **changes)


def make_waiver(**changes: Any) -> Waiver:
    """Return a waiver of the category Safety that expires in 30 days."""
    waiver = Waiver(
        check="category-score:Safety",
        target="42",
        until=(NOW + timedelta(days=30)).date(),
        reason="Tracked in SEC-1234",
        approved_by="security team",
        origin=make_origin(12, 5),
    )
    return replace(waiver, **changes)


def make_check(**changes: Any) -> Check:
    """A check that passed."""
    check = Check(
        id="overall-score",
        outcome=CheckOutcome.PASSED,
        message="The overall score is 84, at least 80 was asked for.",
        measured="84",
        limit="at least 80",
        origin=make_origin(),
        measured_value=84.0,
        limit_value=80.0,
    )
    return replace(check, **changes)


def make_failed_check(**changes: Any) -> Check:
    check = make_check(
        id="category-score:Security",
        outcome=CheckOutcome.FAILED,
        message="The score of Security is 71, at least 90 was asked for.",
        measured="71",
        limit="at least 90",
        hint="Open the run and look at the attacks that succeeded in Security.",
        measured_value=71.0,
        limit_value=90.0,
    )
    return replace(check, **changes)


def make_target_verdict(**changes: Any) -> TargetVerdict:
    """A target that passed. `id` and `name` are short for the target's, in its evidence too."""
    target = make_target(**{key: changes.pop(key) for key in ("id", "name") if key in changes})
    verdict = TargetVerdict(
        target=target,
        outcome=Outcome.PASSED,
        reason="Every check passed.",
        checks=(
            make_check(id="run-completed", message="The run ended as COMPLETED.", measured="COMPLETED", limit=""),
            make_check(),
        ),
        policy=make_policy(),
        evidence=make_evidence(target=target),
    )
    return replace(verdict, **changes)


def make_failed_target(**changes: Any) -> TargetVerdict:
    return make_target_verdict(
        **{
            "outcome": Outcome.FAILED,
            "reason": "The score of Security is 71, at least 90 was asked for.",
            "checks": (make_check(), make_failed_check()),
            "hint": "Open the run and look at the attacks that succeeded in Security.",
            **changes,
        }
    )


def make_stopped_target(outcome: Outcome, message: str = "It ended early.", **changes: Any) -> TargetVerdict:
    """Return the verdict on a target whose gate ended before its evaluation."""
    check = make_check(
        id="run-completed", outcome=CheckOutcome.ERROR, message=message, measured="", limit="", origin=None,
        measured_value=None, limit_value=None,
    )  # fmt: skip
    verdict = make_target_verdict(**{"outcome": outcome, "reason": message, "checks": (check,), **changes})
    return replace(verdict, evidence=replace(verdict.evidence, early_exit=EarlyExit(outcome, message)))


def make_verdict(*targets: TargetVerdict, **changes: Any) -> Verdict:
    """A gate over these targets (one that passed unless given); the outcome is the first target's unless given."""
    targets = targets or (make_target_verdict(),)
    first = targets[0]
    verdict = Verdict(
        outcome=first.outcome,
        reason=first.reason,
        targets=targets,
        started_at=STARTED - timedelta(seconds=4),
        judged_at=NOW,
        exit_code=0 if first.is_soft else exit_code_for(first.outcome),
        hint=first.hint,
    )
    return replace(verdict, **changes)


def make_early_verdict(**changes: Any) -> Verdict:
    """A gate that ended before any target: two options were wrong."""
    verdict = Verdict(
        outcome=Outcome.CONFIG_ERROR,
        reason="2 options are wrong.",
        targets=(),
        started_at=NOW,
        judged_at=NOW,
        exit_code=2,
        hint="Correct them and run again. Nothing was sent.",
        problems=("--min-score: 880 is above 100.", "SPLX_WORKSPACE_ID is not set."),
    )
    return replace(verdict, **changes)


# --- strategies: text -------------------------------------------------------------------------------

NASTY_TEXTS = (
    "]]>",
    "<script>alert(1)</script>",
    "<!-- x -->",
    "&amp;&#0;",
    "::error file=a::b",
    "##[error]x",
    "##vso[task.setvariable variable=a]b",
    "a\n::set-output name=x::y",
    "a\r\nb\rc",
    "\x1b[31mred\x1b]8;;https://evil.example\x07",
    "\u202egnp.exe\u2066",
    "\ufeff\u200b\u2028\u2029\x85\xa0",
    "\ud800",
    "x\udfffy",
    "\ufffe\uffff\U0001fffe",
    "\x00\x01\x08\x0b\x7f\x9f",
    "| a | b |",
    "[link](https://evil.example) ![](x) `code` @everyone #1",
    "{{ 7*7 }} {% raw %} ${jndi:x} $(id) `id`",
    "=cmd()",
    "../../etc/passwd",
    "%0A::error::x",
    "\U0001f9ea" * 3,
    "e\u0301",
    "yes",
    "null",
    "constructor",
    "__proto__",
    "",
    " ",
    "0",
    "-1",
    "1e400",
)
"""Texts that are known to break reports or parsers."""


def plain_text(max_size: int = 40) -> st.SearchStrategy[str]:
    """Draw cleaned text: without control characters and lone surrogates."""
    return st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=max_size)


def hostile_text(max_size: int = 60) -> st.SearchStrategy[str]:
    """Draw any `str`, including lone surrogates and known problematic texts."""
    anything = st.text(st.characters(exclude_categories=()), max_size=max_size)
    nasty = st.sampled_from(NASTY_TEXTS)
    return st.one_of(nasty, anything, st.builds(lambda a, b, c: a + b + c, anything, nasty, anything))


PLAIN = plain_text()


# --- strategies: values -----------------------------------------------------------------------------


def moments() -> st.SearchStrategy[datetime]:
    return st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def int32() -> st.SearchStrategy[int]:
    return st.integers(1, 2**31 - 1)


def digests() -> st.SearchStrategy[str]:
    return st.sampled_from(("", "0" * 64, "f" * 64))


def decimals(lowest: int = 0, highest: int = 100) -> st.SearchStrategy[Decimal]:
    return st.one_of(
        st.integers(lowest, highest).map(Decimal),
        st.decimals(lowest, highest, allow_nan=False, allow_infinity=False, places=3),
    )


def targets(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Target]:
    return st.builds(Target, int32(), st.none() | text)


def counts() -> st.SearchStrategy[Counts]:
    """Draw any counts, including impossible ones."""
    count = st.none() | st.integers(-2, 120)
    return st.builds(Counts, count, count, count, count)


def statuses(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[str | None]:
    known = ("RUNNING", "Pending", "COMPLETED", "Finished", "FAILED", "Error", "CANCELLED", "Canceled", "PAUSED", "")
    return st.none() | st.sampled_from(known) | text


def runs(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Run]:
    """Draw any run of a run list, without who started it."""
    return st.builds(
        Run,
        id=int32(),
        name=st.none() | text,
        status=statuses(text),
        started_at=st.none() | moments(),
        counts=counts(),
        progress=st.none() | st.floats(-1, 200),
        probes=st.none() | st.lists(text, max_size=3).map(tuple),
    )


def scores(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Scores]:
    categories = st.sampled_from(("Security", "Safety", "Custom", "Hallucination & Trustworthiness"))
    return st.builds(
        Scores,
        overall=st.none() | st.integers(0, 100),
        categories=st.none() | st.dictionaries(categories | text, st.none() | st.floats(0, 100), max_size=4),
        simulated_attacks=st.none() | st.integers(0, 5000),
        successful_attacks=st.none() | st.integers(0, 5000),
        latest_execution=st.none() | moments(),
        digest=digests(),
    )


def missing(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Unavailable]:
    return st.builds(Unavailable, text)


def origins(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Origin]:
    place = st.builds(Origin.in_file, text, st.integers(1, 9999), st.integers(1, 200))
    return st.just(DEFAULT) | st.sampled_from((Origin("--min-score"), Origin("PROBE_GATE_MIN_SCORE"))) | place


def limits(value: st.SearchStrategy[Any], text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Limit[Any]]:
    return st.builds(Limit, value, origins(text))


def waivers(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Waiver]:
    return st.builds(
        Waiver,
        check=st.sampled_from(("overall-score", "category-score:Safety", "score-drop:overall")) | text,
        target=st.just(REST) | int32().map(str),
        until=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        reason=text,
        approved_by=text,
        origin=origins(text),
    )


def policies(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Policy]:
    percent = limits(decimals(), text)
    category = st.sampled_from((REST, "Security", "safety", "Custom")) | text
    return st.builds(
        Policy,
        min_score=percent,
        min_category_scores=st.lists(
            st.builds(CategoryMinimum, category, percent), max_size=3, unique_by=lambda minimum: minimum.category
        ).map(tuple),
        max_attack_success_rate=st.none() | percent,
        confidence=st.none() | limits(st.sampled_from((Decimal(90), Decimal(95), Decimal("99.9"))), text),
        max_error_rate=percent,
        min_test_cases=limits(st.integers(1, 500), text),
        max_score_drop=st.none() | percent,
        baseline=st.none() | limits(st.just(BEFORE) | text, text),
        allow_missing_baseline=limits(st.booleans(), text),
        max_age=st.none() | limits(st.timedeltas(timedelta(seconds=1), timedelta(days=3650)), text),
        soft_fail=st.frozensets(st.sampled_from(sorted(SOFTENABLE, key=str))),
        confirm=st.none() | limits(st.sampled_from((0, 2, 4)), text),
        waivers=st.lists(waivers(text), max_size=2).map(tuple),
        notes=st.lists(text, max_size=2).map(tuple),
    )


def rejected_overrides(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[tuple[RejectedOverride, ...]]:
    one = st.builds(RejectedOverride, st.just("min-score"), text, origins(text), text, origins(text))
    return st.lists(one, max_size=2).map(tuple)


def overrides(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Overrides]:
    return st.builds(Overrides, policies(text), policies(text), rejected_overrides(text))


def facts(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[RunFacts]:
    return st.builds(
        RunFacts,
        origin=st.sampled_from(RunOrigin),
        tag=st.sampled_from(("", "pg-k3x9q2")),
        name=text,
        triggered_at=st.none() | moments(),
        job=text,
        probe_ids=st.none() | st.lists(int32(), max_size=4).map(tuple),
        probe_choice=text,
        earlier=st.none() | st.builds(EarlierRun, runs(text), st.booleans()),
        are_others_known=st.booleans(),
        own_earlier=st.lists(int32(), max_size=2).map(tuple),
    )


def stops(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[EarlyExit]:
    ends = st.sampled_from([outcome for outcome in Outcome if outcome not in (Outcome.PASSED, Outcome.FAILED)])
    return st.builds(EarlyExit, ends, text, text)


def baselines(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Baseline]:
    return st.builds(
        Baseline,
        source=st.just(BEFORE) | text,
        scores=scores(text),
        judged_at=st.none() | moments(),
        target_id=st.none() | int32(),
        outcome=st.none() | st.sampled_from(Outcome),
    )


def evidences(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Evidence]:
    """Draw any evidence: missing, null, stale, contradictory, and sometimes valid."""
    overlap = st.builds(Overlap, int32(), statuses(text), st.none() | moments(), text)
    return st.builds(
        Evidence,
        target=targets(text),
        judged_at=moments(),
        facts=facts(text),
        run=runs(text) | missing(text),
        scores_before=scores(text) | missing(text),
        scores=scores(text) | missing(text),
        stable_seconds=st.sampled_from((0.0, 5.0, 30.0, 90.0)),
        settle_seconds=st.sampled_from((0.0, 5.0)),
        trusts_unproven=st.booleans(),
        others=st.lists(runs(text), max_size=2).map(tuple),
        overlaps=st.lists(overlap, max_size=2).map(tuple) | missing(text),
        baseline=st.none() | baselines(text) | missing(text),
        early_exit=st.none() | stops(text),
        trend=st.lists(runs(text), max_size=2).map(tuple),
        timeline=st.lists(st.builds(TimelineEntry, text, moments()), max_size=2).map(tuple),
        responses=st.lists(st.builds(ResponseRecord, text, digests(), st.booleans(), moments()), max_size=2).map(tuple),
        notes=st.lists(text, max_size=2).map(tuple),
        run_url=text,
        left_running=text,
    )


def checks(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Check]:
    known = ("run-completed", "scores-fresh", "overall-score", "category-score:Security", "score-drop:overall")
    value = st.none() | st.floats(-100, 100)
    return st.builds(
        Check,
        id=st.sampled_from(known) | text.map("category-score:{}".format),
        outcome=st.sampled_from(CheckOutcome),
        message=text,
        measured=text,
        limit=text,
        origin=st.none() | origins(text),
        hint=text,
        measured_value=value,
        limit_value=value,
        baseline_value=value,
        waiver_reason=text,
        decided_by=st.none() | st.sampled_from(PolicyLayer),
    )


def judgements(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Judgement]:
    outcomes = st.dictionaries(st.just("overall-score") | text, st.sampled_from(CheckOutcome), max_size=2)
    return st.builds(Judgement, st.sampled_from(PolicyLayer), policies(text), st.sampled_from(Outcome), outcomes)


def target_verdicts(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[TargetVerdict]:
    """Draw any verdict on a target, whether it follows from its evidence or not."""
    return st.builds(
        TargetVerdict,
        target=targets(text),
        outcome=st.sampled_from(Outcome),
        reason=text,
        checks=st.lists(checks(text), max_size=3, unique_by=lambda check: check.id).map(tuple),
        policy=policies(text),
        evidence=evidences(text),
        hint=text,
        judgements=st.lists(judgements(text), max_size=1).map(tuple),
        rejected_overrides=rejected_overrides(text),
        confirmation=st.none() | st.none() | confirmations(text),
    )


def confirmations(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Confirmation]:
    """Draw what confirming runs came to, whether it follows from their evidence or not."""
    result = st.builds(RunResult, st.sampled_from(Outcome), text, st.lists(text, max_size=2).map(tuple))
    return st.builds(
        Confirmation,
        summary=text,
        results=st.lists(result, min_size=1, max_size=2).map(tuple),
        runs=st.lists(evidences(text), max_size=1).map(tuple),
        scores=st.none() | scores(text),
        not_started=text,
    )


def shards() -> st.SearchStrategy[tuple[int, int] | None]:
    return st.none() | st.sampled_from(((1, 1), (1, 3), (3, 3)))


def scopes() -> st.SearchStrategy[Scope]:
    ids = st.lists(st.integers(1, 2**31 - 1), max_size=3, unique=True).map(lambda found: tuple(sorted(found)))
    return st.builds(Scope, ids, ids)


def jobs(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[JobIdentity]:
    return st.builds(
        JobIdentity,
        text,
        text,
        text,
        commit=text,
        job=text,
        step=text,
        key=text,
        attempt=st.none() | st.integers(1, 10**12),
    )


def parts(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Part]:
    return st.builds(
        Part,
        shard=shards(),
        outcome=st.sampled_from(Outcome),
        exit_code=st.sampled_from((0, 1, 2, 143)),
        ending=st.none() | stops(text),
        problems=st.lists(text, max_size=2).map(tuple),
        scope=st.none() | scopes(),
        job=st.none() | jobs(text),
        judged=st.lists(st.builds(PartTarget, st.integers(1, 2**31 - 1), moments(), digests()), max_size=2).map(tuple),
        notes=st.lists(text, max_size=2).map(tuple),
    )


def verdicts(text: st.SearchStrategy[str] = PLAIN) -> st.SearchStrategy[Verdict]:
    """Draw any verdict of a gate with up to two targets."""
    return st.builds(
        Verdict,
        outcome=st.sampled_from(Outcome),
        reason=text,
        targets=st.lists(target_verdicts(text), max_size=2, unique_by=lambda item: item.target.id).map(tuple),
        started_at=moments(),
        judged_at=moments(),
        exit_code=st.sampled_from((0, 1, 2, 3, 4, 5, 6, 7, 70, 130, 143)),
        hint=text,
        command=st.sampled_from(("run", "check", "demo", "merge")),
        problems=st.lists(text, max_size=2).map(tuple),
        shard=shards(),
        parts=st.lists(parts(text), max_size=2).map(tuple),
        notes=st.lists(text, max_size=2).map(tuple),
        scope=st.none() | scopes(),
        job=st.none() | jobs(text),
    )
