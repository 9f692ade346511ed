"""Before the trigger: the run of an earlier attempt to take up, or a target on which no other run is going.

There is no lock on the platform. Two gates that wait for the same run could both start when it ends, so they are
spread by a random pause, and the listing is read again after it. The run of another gate is given some time more: that
gate still has to read its scores. What overlaps all the same shows in `scores-fresh`.
"""

from __future__ import annotations

from probe_gate.domain.freshness import format_moment
from probe_gate.domain.listing import Listing, RunQuery
from probe_gate.domain.numbers import format_duration, plural
from probe_gate.domain.overlap import going_runs
from probe_gate.domain.run import Phase, Run
from probe_gate.errors import InconclusiveError, TimedOutError
from probe_gate.gate.findings import Findings
from probe_gate.gate.mark import read_mark
from probe_gate.gate.pace import Pace
from probe_gate.ports import Step

MOVING_SECONDS = 5.0
"""How long the counts of a run in an unknown word are watched before it is taken for stuck."""
SPREAD_SECONDS = 10.0
"""Over how long gates are spread that waited for the same run."""


async def find_quiet(findings: Findings) -> Run | None:
    """The earlier attempt's run to take up, or None once the target is quiet enough to trigger.

    Leaves the last whole listing in `findings.listing_before`. Raises `InconclusiveError` for `--on-busy fail`,
    `TimedOutError` when the target stays busy.
    """
    plan, ports = findings.plan, findings.ports
    pace = Pace(plan.poll_low_seconds, plan.poll_high_seconds)
    began = ports.clock.monotonic()
    waited_for: Run | None = None
    while True:
        listing = await _read(findings)
        earlier = _earlier_attempt(findings, listing)
        if earlier is not None:
            return earlier
        if plan.on_busy == "proceed":
            return None
        going = await _going(findings, listing)
        if not going:
            if waited_for is None:
                return None
            findings.note(f"Waited for {_name(waited_for)}, which was going on the target.")
            pause = _pause_after(waited_for, findings)
            waited_for = None
            await ports.clock.sleep(pause)
            continue
        other = going[0]
        if plan.on_busy == "fail":
            raise InconclusiveError(
                f"The target is busy: {_name(other)} is going{_since(other)}. Nothing was started.",
                "Wait until it is over, or use --on-busy wait.",
            )
        waited_for = other
        elapsed = ports.clock.monotonic() - began
        pause = pace.next_delay(elapsed, ports.random())
        if ports.clock.monotonic() + pause >= plan.deadline:
            raise TimedOutError(
                f"The target stayed busy for {format_duration(elapsed)}: {_name(other)} is going{_since(other)}. "
                "Nothing was started.",
                "See on the platform whether that run is stuck, or give the gate more time with --timeout.",
            )
        more = f" and {plural(len(going) - 1, 'more run')}" if len(going) > 1 else ""
        findings.tell(Step.BUSY, f"Waiting for {_name(other)}{more} to end; it is going{_since(other)}.", run=other)
        await ports.clock.sleep(pause)


async def _read(findings: Findings) -> Listing:
    plan = findings.plan
    query = RunQuery(name_prefix=plan.mark.key_prefix if plan.reuse else None)
    listing = await findings.ports.platform.list_runs(plan.target.id, query, plan.deadline)
    findings.listing_before = listing
    findings.trend = listing.newest
    findings.keep_answer("listing before the trigger", listing.digest, whole=listing.whole)
    return listing


async def _going(findings: Findings, listing: Listing) -> tuple[Run, ...]:
    """The runs that are going. A run in an unknown word is watched for a moment, once for all of them."""
    going = going_runs(listing)
    if going or all(run.phase is not Phase.UNKNOWN for run in listing.unfinished):
        return going
    clock = findings.ports.clock
    watch = min(MOVING_SECONDS, findings.plan.poll_high_seconds)
    if clock.monotonic() + watch >= findings.plan.deadline:
        return ()
    await clock.sleep(watch)
    return going_runs(await _read(findings), listing)


def _earlier_attempt(findings: Findings, listing: Listing) -> Run | None:
    """The run that an earlier attempt of this CI job left going. Several: the latest."""
    if not findings.plan.reuse:
        return None
    mine = findings.plan.mark
    left = [
        run
        for run in listing.marked
        if run.phase is Phase.ACTIVE and (mark := read_mark(run.name)) is not None and mine.is_later_attempt_than(mark)
    ]
    return max(left, key=lambda run: run.id, default=None)


def _pause_after(other: Run, findings: Findings) -> float:
    """How long to wait after the end of another run: gates that waited for the same one do not start together, and
    a gate that started it can notice its end and read its scores before another run has a part in them."""
    plan = findings.plan
    spread = min(SPREAD_SECONDS, plan.poll_high_seconds)
    room = spread + 2 * plan.settle_seconds if read_mark(other.name) is not None else 0.0
    return room + spread * findings.ports.random()


def _name(run: Run) -> str:
    return f"run {run.id} ({run.status or 'no status'})"


def _since(run: Run) -> str:
    return "" if run.started_at is None else f" since {format_moment(run.started_at)}"
