"""Outcomes, exit codes and the error tree. Imports nothing of the project, and nothing that is slow.

Every way a gate can end is one `Outcome`. Every error that the gate knows carries the outcome
that it leads to, so that the exit code is decided where the error is raised and nowhere else.
"""

from __future__ import annotations

import errno
from enum import Enum


class Outcome(Enum):
    """How a gate ended. The value is the word in reports, outputs and logs."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CONFIG_ERROR = "config-error"
    AUTH_ERROR = "auth-error"
    PLATFORM_ERROR = "platform-error"
    RUN_ENDED = "run-ended"
    TIMED_OUT = "timed-out"
    INCONCLUSIVE = "inconclusive"
    INTERNAL_ERROR = "internal-error"
    CANCELLED = "cancelled"

    def __str__(self) -> str:
        return self.value


EXIT_CODES: dict[Outcome, int] = {
    Outcome.PASSED: 0,
    Outcome.SKIPPED: 0,
    Outcome.FAILED: 1,
    Outcome.CONFIG_ERROR: 2,
    Outcome.AUTH_ERROR: 3,
    Outcome.PLATFORM_ERROR: 4,
    Outcome.RUN_ENDED: 5,
    Outcome.TIMED_OUT: 6,
    Outcome.INCONCLUSIVE: 7,
    Outcome.INTERNAL_ERROR: 70,
    Outcome.CANCELLED: 130,
}
"""The process exit code of each outcome. `CANCELLED` is 130 for SIGINT and 143 for SIGTERM."""

PRECEDENCE: tuple[Outcome, ...] = (
    Outcome.CANCELLED,
    Outcome.INTERNAL_ERROR,
    Outcome.CONFIG_ERROR,
    Outcome.AUTH_ERROR,
    Outcome.FAILED,
    Outcome.PLATFORM_ERROR,
    Outcome.TIMED_OUT,
    Outcome.RUN_ENDED,
    Outcome.INCONCLUSIVE,
    Outcome.SKIPPED,
    Outcome.PASSED,
)
"""Over several targets the first of these that occurs decides."""

SOFTENABLE: frozenset[Outcome] = frozenset(
    {
        Outcome.FAILED,
        Outcome.INCONCLUSIVE,
        Outcome.PLATFORM_ERROR,
        Outcome.TIMED_OUT,
        Outcome.RUN_ENDED,
    }
)
"""The outcomes that `--soft-fail` may turn into exit 0."""


def exit_code_for(outcome: Outcome, signal_number: int | None = None) -> int:
    """Return the exit code of an outcome; a cancelled gate exits 128 plus the signal that ended it."""
    if outcome is Outcome.CANCELLED and signal_number is not None:
        return 128 + signal_number
    return EXIT_CODES[outcome]


class GateError(Exception):
    """Something that ends the gate and is understood.

    `message` says what happened and to which thing; `advice` says what to do now. Both are plain
    text for people, free of the API key, and may be shown anywhere.
    """

    outcome = Outcome.INTERNAL_ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(GateError):
    """Wrong options, environment or files, or the platform refuses what was asked for (400, 404, 422)."""

    outcome = Outcome.CONFIG_ERROR

    def __init__(self, message: str, hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems
        """Each mistake by itself, where there are several; the message then sums them up."""


class AuthError(GateError):
    """The platform answered 401 or 403."""

    outcome = Outcome.AUTH_ERROR

    def __init__(self, message: str, hint: str = "", *, status: int | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
        """The HTTP status if the platform itself sent it; None if something on the way may have."""


class PlatformError(GateError):
    """The platform is unreachable or its answers make no sense."""

    outcome = Outcome.PLATFORM_ERROR
    retry_after_seconds: float | None = None
    """How long the platform asks to wait before it is asked again; None when it does not say."""


class InvalidResponseError(PlatformError):
    """The platform answered, and the answer is not what the API description allows."""


class RunEndedError(GateError):
    """The run ended on the platform without a result."""

    outcome = Outcome.RUN_ENDED


class TimedOutError(GateError):
    """The gate's own time is over."""

    outcome = Outcome.TIMED_OUT


class InconclusiveError(GateError):
    """What was found proves nothing."""

    outcome = Outcome.INCONCLUSIVE


class InternalError(GateError):
    """A bug of ours."""

    outcome = Outcome.INTERNAL_ERROR


class CancelledError(GateError):
    """A signal asked the gate to stop."""

    outcome = Outcome.CANCELLED

    def __init__(self, signal_number: int, consequence: str = "", hint: str = "", *, never_begun: bool = False) -> None:
        """`consequence` is what the signal leaves undone or unknown, as a sentence; it ends the message."""
        name = {1: "SIGHUP", 2: "SIGINT", 15: "SIGTERM", 21: "SIGBREAK"}.get(signal_number, f"signal {signal_number}")
        super().__init__(f"Cancelled by {name}. {consequence}".strip(), hint)
        self.signal_number = signal_number
        self.never_begun = never_begun
        """Whether the call that was interrupted had not begun: then nothing of it was sent."""


BUG_HINT = "This is a bug in probe-gate. Please report it, with the output of the same command and --verbose."
NO_THREAD = (
    "No further thread can be started on this machine.",
    "Raise the limit on processes and threads (ulimit -u, or --pids-limit of the container), or lower --parallel.",
)
NO_DESCRIPTOR = (
    "No more files or connections can be opened: the limit on open files is reached.",
    "Raise that limit (ulimit -n), or lower --parallel.",
)
NO_MEMORY = ("This machine has no memory left.", "Give the job more memory.")


def classify_exception(error: Exception) -> GateError:
    """Return the error that an unexpected exception stands for: a lack of something on this machine, or a bug."""
    exhausted = explain_exhaustion(error)
    if exhausted is not None:
        return PlatformError(*exhausted)
    return InternalError(f"Unexpected {type(error).__name__}.", BUG_HINT)


def explain_exhaustion(error: BaseException) -> tuple[str, str] | None:
    """Return what this machine has run out of and what to do, when that is why an exception was raised; else None.

    Such an exception can come up anywhere, and is no bug of ours.
    """
    link: BaseException | None = error
    for _ in range(20):
        if link is None:
            break
        if isinstance(link, OSError) and link.errno in (errno.EMFILE, errno.ENFILE):
            return NO_DESCRIPTOR
        if isinstance(link, RuntimeError) and "can't start new thread" in str(link):
            return NO_THREAD
        if isinstance(link, MemoryError) or (isinstance(link, OSError) and link.errno == errno.ENOMEM):
            return NO_MEMORY
        link = link.__cause__ or link.__context__
    return None
