"""Progress for a person who watches a terminal: a picture that is drawn anew in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import format_duration, format_exact, plural
from probe_gate.domain.run import Run, progress_fraction
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import plain_line
from probe_gate.errors import Outcome
from probe_gate.progress.descriptions import (
    describe_counts,
    format_estimate,
    message_of,
    name_of,
    percent_done,
    status_of,
)
from probe_gate.use_cases.ports import Clock, Progressed, Step

FRAMES_A_SECOND = 4
MAX_ROWS = 12
"""With more targets, those that are judged leave the picture and are counted below it."""
MAX_CATEGORIES = 12
_MEASURE = 100


@dataclass(slots=True)
class _TargetState:
    """The latest that is known of one target. What an event leaves out is kept from the one before."""

    target: Target
    since: float
    step: Step = Step.READING
    message: str = ""
    run: Run | None = None
    remaining_seconds: float | None = None
    scores: Scores | None = None
    warned: str = ""
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))

    @property
    def share(self) -> float | None:
        """Return how far the run is, while it is waited for."""
        return progress_fraction(self.run) if self.step is Step.WAITING and self.run is not None else None

    @property
    def status(self) -> str:
        return (status_of(self.run) if self.step is Step.WAITING else "") or self.step.value

    @property
    def left(self) -> str:
        if self.remaining_seconds is None or self.step is not Step.WAITING:
            return ""
        return f"{format_estimate(self.remaining_seconds)} left"


class LiveProgress:
    """A context manager: the picture is there from entering to leaving, and then only what was printed above it."""

    def __init__(self, stream: IO[str], clock: Clock, *, color: bool = True, target_count: int = 1) -> None:
        self._target_count = target_count
        self._console = Console(file=stream, no_color=not color, highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._began = clock.monotonic()
        self._seen: dict[Target, _TargetState] = {}
        self._live = Live(
            get_renderable=self.picture,
            console=self._console,
            refresh_per_second=FRAMES_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def report(self, event: Progressed) -> None:
        seen = self._seen.setdefault(event.target, _TargetState(event.target, self._clock.monotonic()))
        message = message_of(event)
        if event.is_warning:
            if message != seen.warned:
                self._console.print(Text(f"! {self._prefix(event)}{message}", style="yellow"))
            seen.warned = message
            return
        if event.step is Step.JUDGED:
            self._console.print(self._judged_line(event, message))
        seen.step, seen.message = event.step, message
        seen.run = event.run or seen.run
        seen.remaining_seconds = event.remaining_seconds
        seen.scores = event.scores or seen.scores

    def _prefix(self, event: Progressed) -> str:
        return f"{name_of(event.target)}: " if self._target_count > 1 else ""

    def _judged_line(self, event: Progressed, message: str) -> Text:
        outcome = event.verdict.outcome if event.verdict else None
        style = "green" if outcome is Outcome.PASSED else "yellow" if outcome is Outcome.SKIPPED else "red"
        signs = {Outcome.PASSED: "✓", Outcome.SKIPPED: "·", Outcome.FAILED: "✗"}
        return Text(f"{signs.get(outcome, '?') if outcome else '?'} {name_of(event.target)}: {message}", style=style)

    def picture(self) -> RenderableType:
        """Return what the terminal shows now."""
        going = [seen for seen in self._seen.values() if seen.step is not Step.JUDGED]
        if self._target_count == 1 and going:
            return self._one(going[0])
        return self._many(going)

    @property
    def _elapsed(self) -> str:
        return f"{format_duration(int(self._clock.monotonic() - self._began))} so far"

    def _one(self, seen: _TargetState) -> RenderableType:
        lines: list[RenderableType] = [
            _beside(seen.spinner, Text.assemble((name_of(seen.target), "bold"), "  ", (seen.status, "cyan")))
        ]
        if seen.share is not None:
            row = Table.grid(padding=(0, 2))
            row.add_row("", _bar(seen.share, 36), percent_done(seen.run), seen.left)
            lines.append(row)
        else:
            lines.append(Text(f"  {seen.message}", style="dim", overflow="ellipsis", no_wrap=True))
        counts = "" if seen.run is None else describe_counts(seen.run.counts).replace(", ", " · ")
        lines.append(Text(f"  {counts + ' · ' if counts else ''}{self._elapsed}", style="dim"))
        if seen.scores is not None:
            lines.append(_describe_scores(seen.scores))
        return Group(*lines)

    def _many(self, going: list[_TargetState]) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(width=1)
        table.add_column(max_width=26, no_wrap=True, overflow="ellipsis")
        table.add_column(max_width=14, no_wrap=True, overflow="ellipsis")
        table.add_column(width=12)
        table.add_column(justify="right", no_wrap=True, min_width=4)
        table.add_column(no_wrap=True)
        for seen in going[:MAX_ROWS]:
            share = seen.share
            bar: RenderableType = "" if share is None else _bar(share, 12)
            percent = "" if share is None else percent_done(seen.run)
            table.add_row(seen.spinner, name_of(seen.target), seen.status, bar, percent, Text(seen.left, style="dim"))
        judged = len(self._seen) - len(going)
        words = [f"{judged:,} of {plural(self._target_count, 'target')} judged", self._elapsed]
        if len(going) > MAX_ROWS:
            words.insert(1, f"{len(going) - MAX_ROWS} more active")
        return Group(table, Text("  " + " · ".join(words), style="dim"))


def _bar(share: float, width: int) -> ProgressBar:
    return ProgressBar(
        _MEASURE, share * _MEASURE, width, style="bright_black", complete_style="cyan", finished_style="cyan"
    )


def _beside(spinner: Spinner, text: Text) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    row.add_row(spinner, text)
    return row


def _describe_scores(scores: Scores) -> Text:
    words = [] if scores.overall is None else [f"overall {scores.overall}"]
    for name, score in list((scores.categories or {}).items())[:MAX_CATEGORIES]:
        if score is not None:
            words.append(f"{plain_line(name, 32)} {format_exact(score)}")
    return Text("  " + " · ".join(words), style="dim")
