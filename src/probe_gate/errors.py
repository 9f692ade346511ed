"""Outcomes, exit codes and errors. Imports nothing of the project and nothing slow.

Every way a gate can end is an `Outcome`. Every error of the gate has the outcome that it leads to, so that the exit code
is decided only where the error is raised.
"""

from __future__ import annotations

import errno
from enum import Enum


class Outcome(Enum):
    """How a gate ended. The values appear in reports, outputs and logs."""

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
"""With several targets, the first of these outcomes that occurs is the outcome of the gate."""

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
    """Return the exit code of an outcome: for a cancelled gate, 128 plus the number of the signal."""
    if outcome is Outcome.CANCELLED and signal_number is not None:
        return 128 + signal_number
    return EXIT_CODES[outcome]


class GateError(Exception):
    """An expected error that ends the gate.

    `message` says what happened and to what; `hint` says what to do. Both are plain text without secrets.
    """

    outcome = Outcome.INTERNAL_ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(GateError):
    """Invalid options, environment or files, or the platform rejected the request (400, 404, 422)."""

    outcome = Outcome.CONFIG_ERROR

    def __init__(self, message: str, hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems
        """The individual problems that the message summarizes, or the one that is the message."""


def list_below(message: str, problems: tuple[str, ...]) -> tuple[str, ...]:
    """Return the problems to list below a message: none if the only one is the message."""
    return () if problems == (message,) else problems


class AuthError(GateError):
    """The platform answered 401 or 403."""

    outcome = Outcome.AUTH_ERROR

    def __init__(self, message: str, hint: str = "", *, status: int | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
        """The HTTP status if the platform itself sent it; None if something on the way may have."""


class PlatformError(GateError):
    """The platform is unreachable or its responses are invalid."""

    outcome = Outcome.PLATFORM_ERROR
    retry_after_seconds: float | None = None
    """Seconds that the platform asks to wait before a retry; None if it does not say."""


class InvalidResponseError(PlatformError):
    """The platform's response does not conform to the API description."""


class RunEndedError(GateError):
    """The run ended on the platform without a result."""

    outcome = Outcome.RUN_ENDED


class TimedOutError(GateError):
    """The gate's time limit is exceeded."""

    outcome = Outcome.TIMED_OUT


class InconclusiveError(GateError):
    """The evidence is not sufficient for a verdict."""

    outcome = Outcome.INCONCLUSIVE


class InternalError(GateError):
    """A bug in probe-gate."""

    outcome = Outcome.INTERNAL_ERROR


_CANCELLED_HINTS = {
    "SIGTERM": "A person, a newer commit or the job's own time limit cancelled the job: see the CI system. "
    "Run the job again if the result is needed.",
}
_STOPPED_HINT = "Run the gate again if the result is needed."


class CancelledError(GateError):
    """A signal asked the gate to stop."""

    outcome = Outcome.CANCELLED

    def __init__(self, signal_number: int, consequence: str = "", hint: str = "", *, never_begun: bool = False) -> None:
        """Create the error.

        Args:
            signal_number: The signal.
            consequence: A sentence on what is undone or unknown because of it, appended to the message.
            hint: What to do; by default, what a cancelled job means.
            never_begun: Whether the interrupted call had not started, so that nothing was sent.
        """
        name = {1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 15: "SIGTERM", 21: "SIGBREAK"}.get(
            signal_number, f"signal {signal_number}"
        )
        super().__init__(
            f"Cancelled by {name}. {consequence}".strip(), hint or _CANCELLED_HINTS.get(name, _STOPPED_HINT)
        )
        self.signal_number = signal_number
        self.never_begun = never_begun
        """Whether the interrupted call had not started, so that nothing was sent."""


BUG_HINT = "This is a bug in probe-gate. Please report it, with the output of the same command and --verbose."
NO_THREAD = (
    "No more threads can be started on this machine.",
    "Raise the limit on processes and threads (ulimit -u, or --pids-limit of the container), or lower --parallel.",
)
NO_DESCRIPTOR = (
    "No more files or connections can be opened: the limit on open files is reached.",
    "Raise that limit (ulimit -n), or lower --parallel.",
)
NO_MEMORY = ("This machine is out of memory.", "Give the job more memory.")
NO_SPACE = ("No space is left where the output goes.", "Free some on that disk, or send the output elsewhere.")


def classify_exception(error: Exception) -> GateError:
    """Return the error for an unexpected exception: an exhausted resource of this machine, or a bug."""
    exhausted = explain_exhaustion(error)
    if exhausted is not None:
        return PlatformError(*exhausted)
    return InternalError(f"Unexpected {type(error).__name__}.", BUG_HINT)


def explain_exhaustion(error: BaseException) -> tuple[str, str] | None:
    """Return message and hint if an exception was caused by an exhausted resource of this machine, else None.

    Such exceptions can occur anywhere and are not bugs.
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
        if isinstance(link, OSError) and link.errno in (errno.ENOSPC, errno.EDQUOT):
            return NO_SPACE
        link = link.__cause__ or link.__context__
    return None
