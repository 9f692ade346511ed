"""Waiting for a run to end."""

from __future__ import annotations

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.listing import Listing, RunQuery
from probe_gate.domain.numbers import format_duration
from probe_gate.domain.run import Phase, Run, share_done
from probe_gate.errors import AuthError, ConfigError, PlatformError, TimedOutError
from probe_gate.gate.findings import Findings
from probe_gate.gate.pace import Pace
from probe_gate.ports import Step

VANISHED_READINGS = 3
VANISHED_SECONDS = 20.0
"""A run that was listed and is absent from so many readings over so long has vanished."""
NEVER_LISTED_SECONDS = 300.0
"""A run that was started and has not been listed for so long will not be."""
LAST_LOOK_SECONDS = 1.0
"""How long before the end of its time the gate looks for the last time."""
MOST_NONSENSE = 3
"""Answers without sense, one after another, before the platform is given up."""


async def wait_for_end(findings: Findings, run_id: int) -> Run:
    """The run when its status is terminal. Raises `TimedOutError`, and `PlatformError` when it cannot be followed."""
    watch = _Watch(findings, run_id)
    clock, plan = findings.ports.clock, findings.plan
    began = clock.monotonic()
    pace = Pace(plan.poll_low_seconds, plan.poll_high_seconds)
    if findings.origin is RunOrigin.TRIGGERED:
        await clock.sleep(min(pace.next_delay(0.0, findings.ports.random()), plan.deadline - clock.monotonic()))
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
            findings.date_while_going = run.started_at
            pace.observe(elapsed, share_done(run))
            watch.tell(run, pace.remaining_seconds(elapsed))
        pace.hold_back(0 if listing is None else listing.refusals)
        pause = pace.next_delay(elapsed, findings.ports.random())
        left = plan.deadline - clock.monotonic()
        if left <= LAST_LOOK_SECONDS:
            # when the last look failed, it is not known whether the run was over
            raise watch.last_error or _not_over(findings, run_id)
        if pause >= left:
            pause = left - LAST_LOOK_SECONDS
        await clock.sleep(pause)


def _not_over(findings: Findings, run_id: int) -> TimedOutError:
    status = f"it is {findings.run.status or 'without a status'}" if findings.run else "it was never listed"
    return TimedOutError(
        f"Test run {run_id} was not over in time ({status}).",
        "Give the gate more time with --timeout, or look on the platform why the run takes so long.",
    )


class _Watch:
    """What is remembered between two readings of the listing."""

    def __init__(self, findings: Findings, run_id: int) -> None:
        self.findings = findings
        self.run_id = run_id
        self.began = findings.ports.clock.monotonic()
        self.seen = False
        self.absent_since: float | None = None
        self.absent_readings = 0
        self.nonsense = 0
        self.last_error: PlatformError | None = None
        self.unknown_words: set[str | None] = set()
        self.overlap_told = False
        self.looked_for_others = False

    async def read(self) -> Listing | None:
        """One reading; None when the answer made no sense and may be asked for again."""
        findings, before = self.findings, self.findings.listing_before
        # the first reading is whole, to see at once whether another gate has started a run at the same moment
        whole = not self.looked_for_others
        query = RunQuery(
            run_id=self.run_id,
            known_ids=before.ids if whole and before else None,
            may_stop_early=not whole,
        )
        deadline = findings.plan.deadline
        if findings.ports.clock.monotonic() >= deadline:
            raise _not_over(findings, self.run_id)
        try:
            listing = await findings.ports.platform.list_runs(findings.plan.target.id, query, deadline)
        except (AuthError, ConfigError):
            raise
        except PlatformError as error:
            self.nonsense += 1
            self.last_error = error
            if self.nonsense >= MOST_NONSENSE or findings.ports.clock.monotonic() >= deadline:
                raise
            findings.note(f"An answer of the platform made no sense and was asked for again: {error.message}")
            findings.tell(Step.WAITING, f"{error.message} Asking again.", is_warning=True)
            return None
        self.nonsense, self.last_error = 0, None
        self.looked_for_others = self.looked_for_others or listing.whole
        return listing

    def see(self, listing: Listing) -> Run | None:
        """The run as the listing tells of it; None while it is not listed. Raises when it never will be."""
        findings = self.findings
        for note in listing.notes:
            findings.note(note)
        self._tell_of_others(listing)
        if listing.run is not None:
            self.seen, self.absent_since, self.absent_readings = True, None, 0
            if listing.run.phase is Phase.ACTIVE and (listing.run.status or "").upper() == "RUNNING":
                findings.mark_moment("running")
            return listing.run
        now = findings.ports.clock.monotonic()
        self.absent_since = now if self.absent_since is None else self.absent_since
        self.absent_readings += 1
        absent = now - self.absent_since
        if self.seen and self.absent_readings >= VANISHED_READINGS and absent >= VANISHED_SECONDS:
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
