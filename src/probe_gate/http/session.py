"""Blocking exchanges with one server: bounded in time and size, to be ended from outside, free of secrets."""

from __future__ import annotations

import hashlib
import json as json_module
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from probe_gate.errors import ConfigError
from probe_gate.http.abort import Abort, NoThreadError, Tripped, Watchdog, Why
from probe_gate.http.answer import Response, StreamingResponse
from probe_gate.http.classify import classify
from probe_gate.http.connection import Passage, PlainSession, WatchedAdapter, passing
from probe_gate.http.failures import Kind, Route, TransportError, transport_error
from probe_gate.http.proxy import Proxy, explain_no_proxy, find_proxy, no_proxy_from
from probe_gate.http.record import RequestRecord, current_record
from probe_gate.http.roads import authorities_from, checked_base_url, tls_context
from probe_gate.http.secrets import Redactor

CHUNK_BYTES = 256 * 1024
MIB = 1024 * 1024
LIBRARY_ERRORS = (requests.RequestException, Urllib3Error, OSError, ValueError, EOFError)


class HttpSession:
    """Exchanges with one server. To be used by several threads at once; connections are kept and shared."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        monotonic: Callable[[], float],
        connect_timeout_seconds: float = 10.0,
        read_timeout_seconds: float = 30.0,
        ca_bundle: str | None = None,
        user_agent: str = "probe-gate",
        max_bytes: int = 64 * MIB,
        max_connections: int = 256,
        secrets: Iterable[str] = (),
        watchdog: Watchdog | None = None,
    ) -> None:
        """`headers` go with every request and are secrets: no text of ours ever shows their values.

        `secrets`: what else is sent and must not come back in a text. `max_connections` bounds the kept ones.
        `watchdog` ends exchanges at their deadlines; None for one of this session's own.
        `ca_bundle`: certificate authorities to trust; None for what the environment says. Raises `ConfigError`.
        """
        self.base_url = checked_base_url(base_url)
        parts = urlsplit(self.base_url)
        proxy = find_proxy(self.base_url, os.environ)
        self.route = _route(parts, proxy, authorities_from(ca_bundle, os.environ))
        self.redact = Redactor((*headers.values(), *secrets))
        """Takes the secrets out of a text that the server may have echoed them in."""
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Cache-Control": "no-cache",  # to a shared cache on the way an X-Api-Key does not say that this is private
            "User-Agent": user_agent,
            **_checked_headers(headers),
        }
        self._monotonic = monotonic
        self._connect_timeout = connect_timeout_seconds
        self._read_timeout = read_timeout_seconds
        self._max_bytes = max_bytes
        self._proxies = {"https": proxy.url} if proxy else {}
        self._session = PlainSession()
        tls = tls_context(ca_bundle, os.environ) if parts.scheme == "https" else None
        self._session.mount(f"{parts.scheme}://", WatchedAdapter(tls, max_connections, proxy.headers if proxy else {}))
        self._watchdog = watchdog or Watchdog()
        self._lock = threading.Lock()
        self._under_way: set[Abort] = set()

    def __repr__(self) -> str:
        return f"HttpSession({self.base_url!r})"

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        deadline: float,
        abort: Abort | None = None,
    ) -> Response:
        """One request and its whole answer, whatever its status (but a redirect, which is an error).

        `deadline` is a reading of the clock. With an `abort` of its own the exchange is ended by that alone;
        without, by `abort_all`. Raises `TransportError`.
        """
        with self.stream(method, path, json=json, headers=headers, deadline=deadline, abort=abort) as stream:
            return self.whole(stream)

    def whole(self, stream: StreamingResponse) -> Response:
        """The answer with all that is left of its body. Raises `TransportError`, also when it is larger than may be."""
        body = bytearray()
        for chunk in stream.chunks:
            body += chunk
            if len(body) > self._max_bytes:
                raise transport_error(Kind.TOO_LARGE, self.route, maybe_sent=True, limit=self._max_bytes // MIB)
        return Response(stream.status, stream.headers, bytes(body), hashlib.sha256(body).hexdigest())

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        deadline: float,
        abort: Abort | None = None,
    ) -> Iterator[StreamingResponse]:
        """The same, for an answer to be read piece by piece, of any length. One that is not read to its end is given
        up together with its connection."""
        record, began = current_record(), self._monotonic()
        record.method, record.path = method, self.redact(path)
        own = abort or Abort()
        passage = Passage(own)
        remaining = deadline - self._monotonic()
        if remaining <= 0:
            record.method = ""
            raise transport_error(Kind.NO_TIME, self.route, maybe_sent=False)
        with self._lock:
            if abort is None:
                self._under_way.add(own)
        response: requests.Response | None = None
        try:
            self._watch(own, remaining)
            response = self._send(passage, method, path, json, headers, remaining)
            record.status = response.status_code
            self._refuse_redirect(response)
            yield StreamingResponse(response.status_code, response.headers, self._chunks(passage, response, record))
        except TransportError as error:
            record.failure = error.kind.value
            raise
        finally:
            record.seconds = self._monotonic() - began
            self._watchdog.forget(own)
            own.release()
            with self._lock:
                self._under_way.discard(own)
            if response is not None:
                response.close()

    def abort_all(self) -> None:
        """Ends every exchange under way, but those with an abort of their own. New ones may be begun after it."""
        with self._lock:
            under_way = list(self._under_way)
        for abort in under_way:
            abort.trip(Why.SIGNAL)

    def close(self) -> None:
        """Gives up the kept connections."""
        self._session.close()

    def _watch(self, abort: Abort, seconds: float) -> None:
        try:
            self._watchdog.watch(abort, seconds)
        except NoThreadError:
            raise transport_error(Kind.NO_THREAD, self.route, maybe_sent=False) from None

    def _send(
        self,
        passage: Passage,
        method: str,
        path: str,
        json: object,
        headers: Mapping[str, str] | None,
        remaining: float,
    ) -> requests.Response:
        body = None if json is None else json_module.dumps(json, ensure_ascii=True).encode("ascii")
        all_headers = {**self._headers, **(headers or {})}
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        failure: TransportError | None = None
        try:
            passage.abort.check()
            request = requests.Request(method, self.base_url + path, headers=all_headers, data=body).prepare()
            timeouts = (min(self._connect_timeout, remaining), min(self._read_timeout, remaining))
            with passing(passage):
                response = self._session.send(
                    request, stream=True, timeout=timeouts, proxies=self._proxies, allow_redirects=False
                )
        except Tripped:
            failure = self._ended(passage)
        except LIBRARY_ERRORS as error:
            failure = self._ended(passage, error)
        if failure is None:
            return response
        if failure.kind is Kind.NO_DESCRIPTOR:
            # urllib3 hands out new connections before idle ones, which would hold their descriptors for ever
            self.close()
        raise failure  # out here, so that nothing of the libraries' words hangs on it

    def _chunks(self, passage: Passage, response: requests.Response, record: RequestRecord) -> Iterator[bytes]:
        failure: TransportError | None = None
        while True:
            chunk = b""
            try:
                chunk = response.raw.read1(CHUNK_BYTES, decode_content=True)
            except LIBRARY_ERRORS as error:
                failure = self._ended(passage, error)
            if failure is None and passage.abort.why is not None:  # whatever it looks like, it may be cut
                failure = self._ended(passage)
            if failure is not None:
                raise failure
            if not chunk:
                return
            record.received_bytes += len(chunk)
            yield chunk

    def _ended(self, passage: Passage, error: BaseException | None = None) -> TransportError:
        why, began = passage.abort.why, passage.request_began
        if why is Why.SIGNAL:
            return transport_error(Kind.CANCELLED, self.route, maybe_sent=began)
        if why is Why.DEADLINE:
            return transport_error(Kind.DEADLINE if began else Kind.CONNECT_TIMEOUT, self.route, maybe_sent=began)
        return classify(error or OSError(), self.route, request_began=began)

    def _refuse_redirect(self, response: requests.Response) -> None:
        status = response.status_code
        if not 300 <= status <= 399 or status == 304:
            return
        try:
            # redacted before it is read, which writes a host in small letters
            other = urlsplit(self.redact(response.headers.get("location", ""))).hostname or self.route.host
        except ValueError:
            other = "an address that cannot be read"
        shown = "".join(letter for letter in other[:100] if letter.isprintable())
        raise transport_error(Kind.REDIRECT, self.route, maybe_sent=True, other=shown, status=status)


def _route(parts: SplitResult, proxy: Proxy | None, authorities: tuple[str, str] | None) -> Route:
    source, path = authorities or ("", "")
    route = Route(parts.netloc, authorities_source=source, authorities_path=path)
    if proxy is None:
        return route
    hint = explain_no_proxy(parts.hostname or "", no_proxy_from(os.environ))
    return replace(route, proxy=proxy.address, proxy_source=proxy.source, no_proxy_hint=hint)


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers. Raises `ConfigError`, without the value, when one could not be sent as it stands."""
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable() or value != value.strip() or not value:
            raise ConfigError(
                f"The secret for the {name} header is empty or has blanks, line breaks or odd characters in it.",
                "Copy it again, without quotes and without the line's end.",
            )
    return dict(headers)
