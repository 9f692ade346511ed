"""Carry out an operation in a worker thread, within its deadline, and retry it where that is safe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from probe_gate.errors import (
    NO_MEMORY,
    NO_THREAD,
    CancelledError,
    ConfigError,
    GateError,
    InvalidResponseError,
    PlatformError,
    explain_exhaustion,
)
from probe_gate.http.connection import RequestContext, RequestObserver, RequestRecord
from probe_gate.http.errors import Kind, StatusError, TransportError, transport_error
from probe_gate.http.redact import Redactor
from probe_gate.http.retry import Retrier
from probe_gate.http.session import HttpSession, Response, StreamingResponse
from probe_gate.probe_api.errors import ApiError, api_error, is_page
from probe_gate.probe_api.schemas import SchemaError
from probe_gate.probe_api.strict_json import JsonError
from probe_gate.use_cases.ports import AbandonedError, Clock, NotStartedError, UnconfirmedRequestError, Workers

Result = TypeVar("Result")

RESPONSE_SECONDS = 60.0
"""The time limit for one response."""
EXHAUSTED = frozenset({Kind.NO_THREAD, Kind.NO_DESCRIPTOR})
"""Limits of this machine. If they prevent even the first request, they are too low, and waiting does not help."""
GRACE_SECONDS = 1.5
"""How long to wait, after a signal, for the response to a request that starts or creates something."""


ACCEPTED = "accepted"


class Calls:
    """Runs the operations of one session and remembers what the platform has responded to."""

    def __init__(
        self,
        session: HttpSession,
        workers: Workers,
        clock: Clock,
        on_retry: Callable[[GateError, float], None] | None = None,
        sent_secrets: Iterable[str] = (),
        on_request: RequestObserver | None = None,
    ) -> None:
        """Prepare to run operations; nothing is sent yet.

        Args:
            session: Sends the requests.
            workers: Run the blocking calls.
            clock: The clock.
            on_retry: Called before a request is repeated, with the failure and the seconds until then.
            sent_secrets: Secrets in request bodies, which errors must not repeat. Successful responses may hold them.
            on_request: Called after each request, with what was decided because of its response.
        """
        self.session = session
        self._hide_sent = Redactor(sent_secrets)
        self._workers = workers
        self.clock = clock
        self._retrier = Retrier(clock, on_retry)
        self._on_request = on_request
        self._answered: set[str] = set()
        """The descriptions of the reads that the platform has responded to."""

    @property
    def throttle_count(self) -> int:
        """How often the platform has throttled requests so far."""
        return self._retrier.refusals

    async def repeat(
        self,
        call: str,
        work: Callable[[float, RequestContext], Result],
        deadline: float,
        *,
        attempts: int | None = None,
        seconds: float = RESPONSE_SECONDS,
        changes: bool = False,
        is_reserved: bool = False,
    ) -> Result:
        """Return the result of `work`, which is safe to repeat.

        Args:
            call: What it does, for messages.
            work: A blocking function of its own deadline and the context of its request.
            deadline: When to give up, as a reading of the clock.
            attempts: The maximum number of attempts; None for as many as the deadline allows.
            seconds: The time limit for one attempt.
            changes: Whether it changes something; a refusal after it succeeded is then not unexpected.
            is_reserved: Whether it may use one of the reserved workers.
        """
        context = RequestContext()

        async def once() -> Result:
            nonlocal context
            context = RequestContext()
            try:
                return await self._run(call, work, context, deadline, seconds, is_reserved=is_reserved)
            except TransportError as error:
                error.message = f"{call}: {error.message}"
                raise

        def log_again(pause_seconds: float) -> None:
            self._log(context.record, f"retrying in {pause_seconds:.1f} s")

        try:
            result = await self._retrier.ask(once, deadline=deadline, attempts=attempts, on_again=log_again)
        except GateError as error:
            self._log(context.record, _describe(error))
            if isinstance(error, TransportError) and error.kind in EXHAUSTED and not self._retrier.has_answered:
                raise ConfigError(error.message, error.hint) from None
            raise
        self._log(context.record, ACCEPTED)
        if not changes:
            self.note_answered(call)
        return result

    def note_answered(self, call: str) -> None:
        """Record that the platform has responded to this request, so that a later refusal is unexpected."""
        self._answered.add(call)

    def forget_answered(self, call: str) -> None:
        """Expect this request to be refused from now on, because its resource is being deleted."""
        self._answered.discard(call)

    async def send_once(self, call: str, work: Callable[[float, RequestContext], Result], deadline: float) -> Result:
        """Return the result of `work`, which starts or creates something and is done only once.

        Raises:
            NotStartedError: It certainly did nothing.
            UnconfirmedRequestError: It may or may not have taken effect.
        """
        context = RequestContext()
        try:
            result = await self._send_once(call, work, deadline, context)
        except GateError as error:
            self._log(context.record, _describe(error))
            raise
        self._log(context.record, ACCEPTED)
        return result

    async def _send_once(
        self, call: str, work: Callable[[float, RequestContext], Result], deadline: float, context: RequestContext
    ) -> Result:
        try:
            result = await self._run(call, work, context, deadline, RESPONSE_SECONDS, grace_seconds=GRACE_SECONDS)
        except TransportError as error:
            kind = UnconfirmedRequestError if error.maybe_sent else NotStartedError
            raise kind(f"{call}: {error.message}", error.hint) from None
        except StatusError as error:
            if error.status == 429:
                raise NotStartedError(error.message, error.hint, error.retry_after_seconds) from None
            raise UnconfirmedRequestError(error.message, error.hint) from None
        except PlatformError as error:
            if not context.maybe_sent:
                raise NotStartedError(error.message, error.hint) from None
            raise UnconfirmedRequestError(
                error.message, error.hint, may_retry=not isinstance(error, ApiError)
            ) from None
        self._retrier.has_answered = True
        return result

    async def _run(
        self,
        call: str,
        work: Callable[[float, RequestContext], Result],
        context: RequestContext,
        deadline: float,
        seconds: float,
        *,
        grace_seconds: float = 0.0,
        is_reserved: bool = False,
    ) -> Result:
        """Run `work` in a worker, and abandon it at its deadline or after a signal."""

        def do() -> Result:
            with self._translate_errors(call):
                return work(min(deadline, self.clock.monotonic() + seconds), context)

        try:
            return await self._workers.run(
                do,
                deadline=deadline,
                max_seconds=seconds,
                cancel=context.cancel,
                grace_seconds=grace_seconds,
                is_reserved=is_reserved,
            )
        except AbandonedError:
            raise self.session.abandoned(context) from None
        except CancelledError as error:
            raise CancelledError(error.signal_number, never_begun=not context.maybe_sent) from None

    def request(
        self,
        call: str,
        method: str,
        path: str,
        until: float,
        context: RequestContext,
        body: Mapping[str, object] | None = None,
    ) -> Response:
        """Send one request and return its response, or raise if its status is not 2xx."""
        response = self.session.request(method, path, json=body, deadline=until, context=context)
        self.raise_for_status(call, response)
        return response

    def raise_for_status(self, call: str, response: Response | StreamingResponse) -> None:
        """Raise the error for a status that is not 2xx."""
        if 200 <= response.status <= 299:
            return
        complete = response if isinstance(response, Response) else self.session.read(response)
        raise api_error(
            complete,
            call,
            self._without_secrets,
            self.clock.now(),
            answered_before=call in self._answered,
            has_answered=self._retrier.has_answered,
        )

    def raise_for_page(self, response: Response) -> None:
        """Raise `TransportError` if the response is a web page. For operations whose response may be empty."""
        if is_page(response):
            raise transport_error(Kind.NOT_JSON, self.session.route, maybe_sent=True)

    def _log(self, record: RequestRecord, decision: str) -> None:
        if self._on_request is not None and record.method:
            self._on_request(record, decision)

    def _without_secrets(self, text: str) -> str:
        return self._hide_sent(self.session.redact(text))

    @contextmanager
    def _translate_errors(self, call: str) -> Iterator[None]:
        """Translate errors of parsing, and of exhausted resources, into those that callers expect."""
        try:
            yield
        except JsonError as error:
            if error.is_page or error.is_truncated:
                raise transport_error(
                    Kind.NOT_JSON if error.is_page else Kind.TRUNCATED, self.session.route, maybe_sent=True
                ) from None
            raise InvalidResponseError(f"{call}: the response {error}.") from None
        except SchemaError as error:
            raise InvalidResponseError(f"{call}: the response is invalid: {error}.") from None
        except (OSError, RuntimeError, MemoryError) as error:
            # for example when Python loads a module on first use
            exhausted = explain_exhaustion(error)
            if exhausted is None:
                raise
            kind = Kind.NO_THREAD if exhausted is NO_THREAD else Kind.NO_DESCRIPTOR
            if kind is Kind.NO_DESCRIPTOR:
                self.session.close()  # idle connections hold descriptors
            if exhausted is NO_MEMORY:
                raise PlatformError(f"{call}: {exhausted[0]}", exhausted[1]) from None
            raise transport_error(kind, self.session.route, maybe_sent=True) from None


def _describe(error: GateError) -> str:
    """Return the decision that follows from an error, for the log."""
    if isinstance(error, NotStartedError):
        return "nothing was started or changed"
    if isinstance(error, UnconfirmedRequestError):
        return "it is not known whether the request was carried out"
    if isinstance(error, CancelledError):
        return "given up because of a signal"
    return f"given up ({error.outcome})"
