"""Waiting for a run to end."""

from __future__ import annotations

from shlex import quote

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.listing import Listing
from probe_gate.domain.numbers import format_duration
from probe_gate.domain.run import Phase, Run, has_executed_all, has_moved, share_done
from probe_gate.errors import InconclusiveError, PlatformError, TimedOutError
from probe_gate.gate.findings import Findings
from probe_gate.gate.pace import Pace
from probe_gate.gate.streak import Streak
from probe_gate.ports import Step

NEVER_LISTED_SECONDS = 300.0
"""A run that was started and has not been listed for so long will not be."""
LAST_LOOK_SECONDS = 1.0
"""How long before the end of its time the gate looks for the last time."""
UNKNOWN_STATUS_SECONDS = 300.0
"""A run in an unknown status that has executed everything and has not moved for so long is taken for finished."""


async def wait_for_end(findings: Findings, run_id: int) -> Run:
    """Return the run once its status is terminal.

    Raises:
        TimedOutError: The run was not over in time.
        InconclusiveError: The run has executed everything and stays in a status that is not known.
        PlatformError: The run cannot be followed.
    """
    watch = _Watch(findings, run_id)
    clock, plan = findings.ports.clock, findings.plan
    began = clock.monotonic()
    pace = Pace(plan.poll_low_seconds, plan.poll_high_seconds)
    if findings.origin is RunOrigin.TRIGGERED:
        await _sleep_before_look(findings, pace.next_delay(0.0, findings.ports.random()))
    while True:
        listing = await watch.read()
        elapsed = clock.monotonic() - began
        run = None if listing is None else watch.see(listing)
        if run is not None:
            findings.run = run
            if run.phase.is_terminal:
                findings.mark_moment("ended")
                findings.tell(Step.WAITING, f"Test run {run_id} has ended: {run.status}.", run=run)
                return run
            pace.observe(elapsed, share_done(run))
            watch.tell(run, pace.remaining_seconds(elapsed))
        pace.hold_back(0 if listing is None else listing.refusals)
        if plan.deadline - clock.monotonic() <= LAST_LOOK_SECONDS:
            # when the last look failed, it is not known whether the run was over
            raise watch.last_error or _not_over(findings, run_id)
        await _sleep_before_look(findings, pace.next_delay(elapsed, findings.ports.random()))


async def _sleep_before_look(findings: Findings, seconds: float) -> None:
    """Sleep, but leave time for a last look before the gate's own time is over."""
    left = findings.plan.deadline - findings.ports.clock.monotonic()
    await findings.ports.clock.sleep(min(seconds, max(left - LAST_LOOK_SECONDS, 0.0)))


def _not_over(findings: Findings, run_id: int) -> TimedOutError:
    run = findings.run
    status = f"it is {run.status or 'without a status'}" if run else "it was never listed"
    hint = "Give the gate more time with --timeout, or look on the platform why the run takes so long."
    if run is not None and run.phase is Phase.UNKNOWN and run.status:
        hint = f"{_name_status(run.status)} {hint}"
    return TimedOutError(f"Test run {run_id} was not over in time ({status}).", hint)


def _name_status(status: str) -> str:
    """Return what to do about a status that is not known."""
    return f"If {status} means that a run has completed on your platform, add --completed-status {quote(status)}."


class _Watch:
    """What is remembered between two readings of the listing."""

    def __init__(self, findings: Findings, run_id: int) -> None:
        self.findings = findings
        self.run_id = run_id
        self.began = findings.ports.clock.monotonic()
        self.seen = False
        self.absent = Streak()
        self.invalid = Streak()
        self.still_since = self.began
        """Since when nothing has moved in the run."""
        self.last_error: PlatformError | None = None
        self.unknown_words: set[str | None] = set()
        self.overlap_told = False
        self.looked_for_others = False

    async def read(self) -> Listing | None:
        """One reading; None when the answer made no sense and may be asked for again."""
        findings, before = self.findings, self.findings.listing_before
        # the first reading is whole, to see at once whether another gate has started a run at the same moment
        whole = not self.looked_for_others
        query = findings.query(
            run_id=self.run_id,
            known_ids=before.ids if whole and before else None,
            may_stop_early=not whole,
        )
        deadline = findings.plan.deadline
        if findings.ports.clock.monotonic() >= deadline:
            raise _not_over(findings, self.run_id)
        try:
            listing = await findings.ports.platform.list_runs(findings.plan.target.id, query, deadline)
        except PlatformError as error:
            self.last_error = error
            now = findings.ports.clock.monotonic()
            self.invalid.add(now)
            if self.invalid.is_conclusive(now) or now >= deadline:
                raise
            findings.note(f"An answer of the platform made no sense and was asked for again: {error.message}")
            findings.tell(Step.WAITING, f"{error.message} Asking again.", is_warning=True)
            return None
        self.invalid.clear()
        self.last_error = None
        self.looked_for_others = self.looked_for_others or listing.whole
        return listing

    def see(self, listing: Listing) -> Run | None:
        """The run as the listing tells of it; None while it is not listed. Raises when it never will be."""
        findings = self.findings
        for note in listing.notes:
            findings.note(note)
        self._tell_of_others(listing)
        now = findings.ports.clock.monotonic()
        if listing.run is not None:
            self.seen = True
            self.absent.clear()
            self._refuse_unknown_end(listing.run, now)
            if listing.run.phase is Phase.ACTIVE and (listing.run.status or "").upper() == "RUNNING":
                findings.mark_moment("running")
            return listing.run
        self.absent.add(now)
        if self.seen and self.absent.is_conclusive(now):
            findings.run = None
            raise PlatformError(
                f"Test run {self.run_id} has vanished from the listing of target {findings.plan.target.id}.",
                "Look for it on the platform; it may have been deleted.",
            )
        if not self.seen and now - self.began >= NEVER_LISTED_SECONDS:
            raise PlatformError(
                f"Test run {self.run_id} was started, but target {findings.plan.target.id} has not listed it "
                f"for {format_duration(NEVER_LISTED_SECONDS)}.",
                "Look for it on the platform, and check that --target-id is the target you mean.",
            )
        return None

    def _refuse_unknown_end(self, run: Run, now: float) -> None:
        """Raise when the run has executed everything and nothing moves any more, in a status that is not known."""
        findings = self.findings
        if findings.run is None or has_moved(findings.run, run):
            self.still_since = now
        if (
            run.phase is not Phase.UNKNOWN
            or not has_executed_all(run)
            or now - self.still_since < UNKNOWN_STATUS_SECONDS
        ):
            return
        findings.run, findings.is_over = run, True
        still = format_duration(now - self.still_since)
        if not run.status:
            raise InconclusiveError(
                f"Test run {run.id} has executed all of its test cases and has had no status for {still}.",
                "Look at the run on the platform.",
            )
        raise InconclusiveError(
            f"Test run {run.id} has executed all of its test cases, and has been in the status {run.status!r} for "
            f"{still}, which is not known to mean that it has completed.",
            _name_status(run.status),
        )

    def tell(self, run: Run, remaining_seconds: float | None) -> None:
        """Says how the run goes; an unknown status word once."""
        findings = self.findings
        if run.phase is Phase.UNKNOWN and run.status not in self.unknown_words:
            self.unknown_words.add(run.status)
            word = f"the status {run.status!r}, which is not known" if run.status else "no status"
            text = f"Test run {self.run_id} has {word}; it is taken as not over."
            findings.note(text)
            findings.tell(Step.WAITING, text, run=run, is_warning=True)
        findings.tell(
            Step.WAITING,
            f"Test run {self.run_id} is {run.status or 'without a status'}.",
            run=run,
            remaining_seconds=remaining_seconds,
        )

    def _tell_of_others(self, listing: Listing) -> None:
        others = [run for run in listing.arrived if run.id != self.run_id]
        if not others or self.overlap_told:
            return
        self.overlap_told = True
        self.findings.tell(
            Step.WAITING,
            f"Run {others[0].id} was started on the same target at the same time: the scores will not be this run's "
            "alone. Use your CI system's lock so that one gate at a time tests a target.",
            is_warning=True,
        )
