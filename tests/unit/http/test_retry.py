"""When a request is sent again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.errors import AuthError, CancelledError, ConfigError, PlatformError
from probe_gate.http.errors import (
    Kind,
    Route,
    StatusError,
    TransportError,
    UnexpectedAuthError,
    UnexpectedRefusalError,
    transport_error,
)
from probe_gate.http.retry import MAX_RETRY_AFTER_SECONDS, NEVER_AGAIN, Retrier, is_retryable, retry_after_seconds
from probe_gate.http.session import Response
from tests.harness.virtual_time import VirtualTime

ROUTE = Route("api.example.com")


def failure(kind: Kind) -> TransportError:
    return transport_error(kind, ROUTE, maybe_sent=True, limit=1, other="x", status=302, reason="x")


def busy(retry_after: float | None = None) -> StatusError:
    return StatusError("busy", status=429, retry_after_seconds=retry_after)


class Server:
    """Fails in turn, then answers."""

    def __init__(self, *failures: Exception, for_ever: Exception | None = None) -> None:
        self.time = VirtualTime()
        self.asked_at: list[float] = []
        self.retrier = Retrier(self.time)
        self._failures = list(failures)
        self._for_ever = for_ever

    async def _answer(self) -> str:
        self.asked_at.append(self.time.monotonic())
        if self._failures:
            raise self._failures.pop(0)
        if self._for_ever is not None:
            raise self._for_ever
        return "answer"

    def ask(self, deadline: float = 600.0, attempts: int | None = None) -> str:
        return self.time.finish(self.retrier.ask(self._answer, deadline=deadline, attempts=attempts))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in NEVER_AGAIN])
def test_a_server_that_has_answered_is_asked_again_after_any_failure(kind: Kind) -> None:
    """A wrong certificate in the middle of a wait is an outage like any other."""
    server = Server(failure(kind), failure(kind))
    server.retrier.has_answered = True
    assert server.ask() == "answer"
    assert len(server.asked_at) == 3


@pytest.mark.parametrize(
    "kind", [Kind.CERTIFICATE_UNTRUSTED, Kind.CERTIFICATE_REFUSED, Kind.PROXY_LOGIN, Kind.REDIRECT]
)
def test_a_wrong_setting_shows_at_once(kind: Kind) -> None:
    """When the server never answered, such a failure is asked about once."""
    server = Server(for_ever=failure(kind))
    with pytest.raises(TransportError):
        server.ask()
    assert server.asked_at == [0.0]


def test_a_server_that_never_answered_is_given_a_minute() -> None:
    """A name that does not resolve is most likely a mistyped one."""
    server = Server(for_ever=failure(Kind.NAME))
    with pytest.raises(TransportError):
        server.ask()
    assert 30 < server.asked_at[-1] < 95


@pytest.mark.parametrize("error", [AuthError("x"), ConfigError("x"), PlatformError("x"), CancelledError(15)])
def test_what_will_not_pass_is_raised_at_once(error: Exception) -> None:
    """Refusals, nonsense and signals."""
    server = Server(error)
    with pytest.raises(type(error)):
        server.ask()
    assert len(server.asked_at) == 1


UNEXPECTED = [UnexpectedAuthError("refused."), UnexpectedRefusalError("refused.")]


@pytest.mark.parametrize("refused", UNEXPECTED)
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("attempts", [None, 1])
def test_an_unexpected_refusal_is_asked_about_again(refused: Exception, times: int, attempts: int | None) -> None:
    """A gateway may have sent it; such a refusal is none of the attempts that the caller counts."""
    server = Server(*[refused] * times)
    assert server.ask(attempts=attempts) == "answer"
    assert len(server.asked_at) == times + 1


@pytest.mark.parametrize("refused", UNEXPECTED)
def test_an_unexpected_refusal_is_believed_after_twenty_seconds(refused: Exception) -> None:
    """It was then repeated three times, and says so."""
    server = Server(for_ever=refused)
    with pytest.raises(type(refused), match=r"refused\. Tried 4 times over 2\d s\."):
        server.ask()
    assert len(server.asked_at) == 4
    assert 20 <= server.asked_at[-1] <= 22


def test_only_refusals_in_a_row_are_believed() -> None:
    """A gateway that answers 403 and 502 by turns is an outage."""
    server = Server(*[UNEXPECTED[0], busy()] * 8)
    assert server.ask() == "answer"
    assert len(server.asked_at) == 17


@pytest.mark.parametrize("deadline", [0.0, 0.4, 3.0, 12.0])
def test_a_refusal_is_not_asked_about_after_the_deadline(deadline: float) -> None:
    """Then the refusal is all that there is."""
    server = Server(for_ever=UnexpectedAuthError("refused."))
    with pytest.raises(UnexpectedAuthError):
        server.ask(deadline)
    assert server.asked_at[-1] <= deadline


def test_refusals_and_outages_have_their_own_bounds() -> None:
    """One attempt is one attempt, after a refusal too."""
    server = Server(UnexpectedAuthError("refused."), busy(), busy())
    with pytest.raises(StatusError):
        server.ask(attempts=1)
    assert len(server.asked_at) == 2


def test_an_end_from_outside_is_never_followed_by_another_try() -> None:
    """The one who ended it wants no more."""
    server = Server(failure(Kind.CANCELLED))
    server.retrier.has_answered = True
    with pytest.raises(TransportError):
        server.ask()


def test_waits_grow_and_differ() -> None:
    """So that many who wait do not come back all at once."""
    firsts = set()
    for _ in range(20):
        server = Server(for_ever=busy())
        with pytest.raises(StatusError):
            server.ask(deadline=300)
        waits = [later - earlier for earlier, later in zip(server.asked_at, server.asked_at[1:], strict=False)]
        assert all(0.0999 <= wait <= 30.0001 for wait in waits)
        assert max(waits[:2]) <= 1
        firsts.add(waits[2])
    assert len(firsts) > 10


@pytest.mark.parametrize("deadline", [0.0, 0.3, 0.7, 5.0, 100.0])
def test_the_deadline_is_kept(deadline: float) -> None:
    """There is one try at least, none after the deadline, and the last one comes close to it."""
    server = Server(for_ever=busy())
    with pytest.raises(StatusError):
        server.ask(deadline)
    assert server.time.monotonic() <= deadline
    assert server.asked_at[-1] >= deadline - 0.6 - 0.1
    assert len(server.asked_at) < 60


@pytest.mark.parametrize(("asked", "least", "most"), [(0.0, 0.1, 0.6), (10.0, 10.0, 12.5), (200.0, 200.0, 230.0)])
def test_a_server_that_says_when_is_not_asked_before(asked: float, least: float, most: float) -> None:
    """And a little later, each at another moment."""
    server = Server(busy(asked))
    server.ask()
    assert least <= server.asked_at[1] <= most


def test_attempts_are_counted() -> None:
    """The error says how many there were."""
    server = Server(for_ever=busy())
    with pytest.raises(StatusError, match=r"busy\. Tried 3 times over \d+ s\."):
        server.ask(attempts=3)


def test_each_wait_is_told() -> None:
    """So that a person sees why nothing seems to happen."""
    told: list[tuple[str, float]] = []
    server = Server(busy(30.0))
    server.retrier = Retrier(server.time, lambda error, seconds: told.append((str(error), seconds)))
    server.ask()
    assert [message for message, _ in told] == ["busy"]
    assert told[0][1] == pytest.approx(server.asked_at[1])


def test_a_signal_ends_a_wait() -> None:
    """The sleep between two tries is one of the places where it arrives."""
    server = Server(busy(100.0))

    async def ask() -> str:
        return await server.retrier.ask(server._answer, deadline=600.0)

    task = server.time.start(ask())
    server.time.interrupt(task, 50.0)
    server.time.pass_until()
    with pytest.raises(CancelledError):
        _ = task.result
    assert task.ended_at == 50.0
    assert len(server.asked_at) == 1


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def wait_for(value: str, **more: str) -> float | None:
    return retry_after_seconds(Response(429, {"Retry-After": value, **more}, b"", ""), NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), (" 7 ", 7.0), ("0", 0.0), ("1.5", 1.5), ("99999999", MAX_RETRY_AFTER_SECONDS),
        ("-1", None), ("soon", None), ("", None), ("nan", None), ("1e9", None), ("٧", None), ("1.2.3", None),
        ("9" * 99, MAX_RETRY_AFTER_SECONDS), ("9" * 101, None),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0), ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2126 12:00:00 GMT", MAX_RETRY_AFTER_SECONDS), ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_seconds_and_moments_are_read(value: str, seconds: float | None) -> None:
    """At most a day; an invalid value is ignored."""
    assert wait_for(value) == seconds


def test_a_moment_counts_by_the_servers_own_clock() -> None:
    """Ours may be wrong by hours."""
    assert wait_for("Sun, 01 Mar 2026 15:00:30 GMT", Date="Sun, 01 Mar 2026 15:00:00 GMT") == 30.0
    assert wait_for("Sun, 01 Mar 2026 12:00:30 GMT", Date="nonsense") == 30.0


@given(st.text(max_size=120), st.text(max_size=40))
def test_no_header_whatever_crashes(value: str, date: str) -> None:
    """A wait is never negative and never more than a day."""
    seconds = wait_for(value, Date=date)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


def test_which_statuses_pass() -> None:
    """408, 425, 429 and every 5xx."""
    assert [status for status in range(100, 700) if is_retryable(status)] == [408, 425, 429, *range(500, 600)]
