"""Blocking requests to one server, with limits on time and size and without secrets in errors."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - loaded on first use otherwise, which fails when no file can be opened any more
import hashlib
import json as json_module
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from probe_gate.domain.addresses import parse_web_url
from probe_gate.errors import ConfigError
from probe_gate.http.connection import ConnectionAdapter, PlainSession, RequestCancelledError, RequestContext, sending
from probe_gate.http.errors import Kind, Route, TransportError, classify, transport_error
from probe_gate.http.network import (
    Proxy,
    authorities_from,
    explain_no_proxy,
    find_proxy,
    no_proxy_from,
    tls_context,
)
from probe_gate.http.redact import Redactor

CHUNK_BYTES = 256 * 1024
MIB = 1024 * 1024
LIBRARY_ERRORS = (requests.RequestException, Urllib3Error, OSError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes = field(repr=False)
    """After decompression."""
    sha256: str
    """Of the body, in hex."""


@dataclass(frozen=True, slots=True)
class StreamingResponse:
    """A response whose body is still being received."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes] = field(repr=False)
    """The decompressed body. Raises `TransportError` if it ends early or not by the deadline."""


class HttpSession:
    """Sends requests to one server. Thread-safe; connections are kept and shared.

    Reading a body stops at the deadline. A step that blocks by itself (name resolution, headers that arrive byte by
    byte) is not interrupted: the caller abandons it by `RequestContext.cancel`.
    """

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
    ) -> None:
        """Prepare a session. Nothing is sent yet.

        Args:
            base_url: The address that every path is appended to.
            headers: Sent with every request. Their values are treated as secrets.
            monotonic: The clock, in seconds.
            connect_timeout_seconds: The limit for opening one connection.
            read_timeout_seconds: How long the server may send nothing.
            ca_bundle: The path of the certificate authorities to trust; None for those that the environment names.
            user_agent: The product and its version.
            max_bytes: The maximum size of a body, after decompression.
            max_connections: How many connections are kept open.
            secrets: Further values that are sent and must not appear in messages.

        Raises:
            ConfigError: The address, a header, the proxy or the authorities cannot be used.
        """
        self.base_url = _checked_address(base_url)
        parts = urlsplit(self.base_url)
        proxy = find_proxy(self.base_url, os.environ)
        self.route = _route(parts, proxy, authorities_from(ca_bundle, os.environ))
        self.redact = Redactor((*headers.values(), *secrets))
        """Masks the secrets in a text that may come from the server."""
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Cache-Control": "no-cache",  # a shared cache does not know that a response to an X-Api-Key is private
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
        self._session.mount(
            f"{parts.scheme}://", ConnectionAdapter(tls, max_connections, proxy.headers if proxy else {})
        )

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
        context: RequestContext | None = None,
    ) -> Response:
        """Send one request and return its complete response, whatever its status.

        Args:
            method: The HTTP method.
            path: Appended to the base address.
            json: The body, encoded as JSON; None for no body.
            headers: Additional headers.
            deadline: When the response must be complete, as a reading of the clock.
            context: Lets the caller abandon the request and see how far it got.

        Raises:
            TransportError: There is no complete response, or it is a redirect.
        """
        with self.stream(method, path, json=json, headers=headers, deadline=deadline, context=context) as response:
            return self.read(response)

    def read(self, response: StreamingResponse) -> Response:
        """Return the response with the rest of its body.

        Raises:
            TransportError: It is not complete, or larger than `max_bytes`.
        """
        body = bytearray()
        for chunk in response.chunks:
            body += chunk
            if len(body) > self._max_bytes:
                raise transport_error(Kind.TOO_LARGE, self.route, maybe_sent=True, limit=self._max_bytes // MIB)
        return Response(response.status, response.headers, bytes(body), hashlib.sha256(body).hexdigest())

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        deadline: float,
        context: RequestContext | None = None,
    ) -> Iterator[StreamingResponse]:
        """Send a request like `request`, but let the caller read the body in chunks, without a limit on its size.

        If the body is not read to its end, the connection is closed.
        """
        context = context or RequestContext()
        started_at = self._monotonic()
        remaining = deadline - started_at
        if remaining <= 0:
            raise transport_error(Kind.NO_TIME, self.route, maybe_sent=False)
        record, context.started_at = context.record, started_at
        record.method, record.path = method, self.redact(path)
        response: requests.Response | None = None
        try:
            response = self._send(context, method, path, json, headers, remaining)
            record.status = response.status_code
            self._refuse_redirect(response)
            yield StreamingResponse(response.status_code, response.headers, self._chunks(context, response, deadline))
        except TransportError as error:
            record.failure = error.kind.value
            raise
        finally:
            record.seconds = self._monotonic() - started_at
            if response is not None:
                response.close()

    def abandoned(self, context: RequestContext) -> TransportError:
        """Record that a request was abandoned at its deadline, and return the error for it."""
        if context.started_at is None:
            return transport_error(Kind.NO_TIME, self.route, maybe_sent=False)
        kind = Kind.DEADLINE if context.maybe_sent else Kind.CONNECT_TIMEOUT
        context.record.failure, context.record.seconds = kind.value, self._monotonic() - context.started_at
        return transport_error(kind, self.route, maybe_sent=context.maybe_sent)

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def _send(
        self,
        context: RequestContext,
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
            context.check()
            request = requests.Request(method, self.base_url + path, headers=all_headers, data=body).prepare()
            timeouts = (min(self._connect_timeout, remaining), min(self._read_timeout, remaining))
            with sending(context):
                response = self._session.send(
                    request, stream=True, timeout=timeouts, proxies=self._proxies, allow_redirects=False
                )
        except RequestCancelledError:
            failure = transport_error(Kind.CANCELLED, self.route, maybe_sent=context.maybe_sent)
        except LIBRARY_ERRORS as error:
            failure = classify(error, self.route, maybe_sent=context.maybe_sent)
        if failure is None:
            return response
        if failure.kind is Kind.NO_DESCRIPTOR:
            # urllib3 prefers new connections to idle ones, which would keep their descriptors forever
            self.close()
        raise failure  # outside the except block, so that no library exception is chained to it

    def _chunks(self, context: RequestContext, response: requests.Response, deadline: float) -> Iterator[bytes]:
        failure: TransportError | None = None
        while True:
            chunk = b""
            try:
                context.check()
                chunk = response.raw.read1(CHUNK_BYTES, decode_content=True)
            except RequestCancelledError:
                failure = transport_error(Kind.CANCELLED, self.route, maybe_sent=True)
            except LIBRARY_ERRORS as error:
                failure = classify(error, self.route, maybe_sent=True)
            if failure is None and chunk and self._monotonic() >= deadline:
                failure = transport_error(Kind.DEADLINE, self.route, maybe_sent=True)
            if failure is not None:
                raise failure  # outside the except block, so that no library exception is chained to it
            if not chunk:
                return
            context.record.received_bytes += len(chunk)
            yield chunk

    def _refuse_redirect(self, response: requests.Response) -> None:
        status = response.status_code
        if not 300 <= status <= 399 or status == 304:
            return
        try:
            # redacted before it is read, which writes a host in small letters
            other = urlsplit(self.redact(response.headers.get("location", ""))).hostname or self.route.host
        except ValueError:
            other = "an address that cannot be read"
        readable = "".join(letter for letter in other[:100] if letter.isprintable())
        raise transport_error(Kind.REDIRECT, self.route, maybe_sent=True, other=readable, status=status)


def _route(parts: SplitResult, proxy: Proxy | None, authorities: tuple[str, str] | None) -> Route:
    source, path = authorities or ("", "")
    route = Route(parts.netloc, authorities_source=source, authorities_path=path)
    if proxy is None:
        return route
    hint = explain_no_proxy(parts.hostname or "", no_proxy_from(os.environ))
    return replace(route, proxy=proxy.address, proxy_source=proxy.source, no_proxy_hint=hint)


def _checked_address(url: str) -> str:
    try:
        return parse_web_url(url)
    except ValueError as error:
        raise ConfigError(
            f"The API address cannot be used: {error}.",
            "The address must consist of scheme, host, port and path, such as https://api.example.com.",
        ) from None


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers.

    Raises:
        ConfigError: One cannot be sent as it is. The message does not show its value.
    """
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable() or value != value.strip() or not value:
            raise ConfigError(
                f"The secret for the {name} header is empty or contains spaces, line breaks or non-ASCII characters.",
                "Copy it again, without quotes and without a line break at the end.",
            )
    return dict(headers)
