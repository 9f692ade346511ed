"""requests and urllib3, with connections that send nothing for a cancelled request and skip interim responses."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from probe_gate.use_cases.ports import Clock


@dataclass(slots=True)
class RequestRecord:
    """One request, filled in while it is on its way. It holds neither headers nor bodies, and so no secrets."""

    method: str = ""
    """Empty if nothing was sent."""
    path: str = ""
    status: int | None = None
    """None if there was no response."""
    seconds: float = 0.0
    received_bytes: int = 0
    """How much of the body has been read, after decompression."""
    failure: str = ""
    """Why there was no complete response, as the value of a `Kind`; empty if there was one."""


RequestObserver = Callable[[RequestRecord, str], None]
"""Called with each request, and with what was decided because of its response."""
RequestLogger = Callable[[Clock], RequestObserver]


class RequestCancelledError(Exception):
    """The request was cancelled before it was sent. Never leaves the package."""


class RequestContext:
    """One request on its way, shared by the thread that sends it and the caller that may abandon it. Thread-safe.

    A thread that hangs cannot be stopped, so it is abandoned: the caller stops waiting, and the response is dropped. A
    request that is cancelled before its first byte is sent is never sent, even if name resolution, the connection or
    the TLS handshake completes later.
    """

    def __init__(self) -> None:
        self.record = RequestRecord()
        self.started_at: float | None = None
        """A reading of the session's clock, in seconds; None if the request was not started."""
        self.maybe_sent = False
        """Whether its first byte may have been sent. Connection, proxy and TLS come before it.

        Once the request is cancelled, this no longer changes.
        """
        self._is_cancelled = False
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Prevent anything more from being sent."""
        with self._lock:
            self._is_cancelled = True

    def check(self) -> None:
        """Raise `RequestCancelledError` if the request has been cancelled."""
        if self._is_cancelled:
            raise RequestCancelledError

    def begin_sending(self) -> None:
        """Record that the first byte is sent next.

        Raises:
            RequestCancelledError: The request has been cancelled, so it must not be sent.
        """
        with self._lock:
            if self._is_cancelled:
                raise RequestCancelledError
            self.maybe_sent = True


MAX_INTERIM_RESPONSES = 100
"""The maximum number of interim responses (1xx) to one request."""


class _Current(threading.local):
    context: RequestContext | None = None


_current = _Current()


@contextmanager
def sending(context: RequestContext) -> Iterator[None]:
    """Use the context for the request that this thread sends inside the block."""
    _current.context = context
    try:
        yield
    finally:
        _current.context = None


class _FinalResponse(http.client.HTTPResponse):
    """Skips interim responses (RFC 9110, section 15.2) and reads the final one.

    http.client skips 100 only. It would return any other interim response as the final one and leave the real one on
    the connection, for the next request to read. A proxy's response to CONNECT is read here too.
    """

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MAX_INTERIM_RESPONSES):
            status_line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            status = status_line[1]
            if not 100 <= status <= 199:
                return status_line
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException("the server switched to a protocol that was not requested")
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim responses")


class _HttpConnection(HTTPConnection):
    """Sends nothing for a request that has been cancelled."""

    response_class = _FinalResponse

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        if _current.context is not None:
            _current.context.begin_sending()
        super().request(*args, **kwargs)


class _HttpsConnection(_HttpConnection, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


class ConnectionAdapter(HTTPAdapter):
    """Sends requests over the connections above, which share one TLS context."""

    def __init__(
        self, tls: ssl.SSLContext | None, pool_size: int, proxy_headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Take the proxy's login as `proxy_headers`, because requests would encode it in Latin-1."""
        self._tls = tls
        self._proxy_headers = dict(proxy_headers)
        super().__init__(pool_connections=2, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if not proxy.lower().startswith("socks"):
            kwargs["proxy_ssl_context"] = self._tls
        found = super().proxy_manager_for(proxy, **kwargs)
        found.pool_classes_by_scheme = _POOLS
        return found

    def proxy_headers(self, proxy: str) -> dict[str, str]:  # noqa: ARG002 - there is one proxy only
        return self._proxy_headers

    def close(self) -> None:
        """Close the idle connections now. urllib3 would wait until their pool is garbage-collected."""
        managers = [self.poolmanager, *self.proxy_manager.values()]
        pools = [manager.pools.get(key) for manager in managers for key in list(manager.pools.keys())]
        super().close()
        for pool in pools:
            if pool is not None:
                pool.close()

    def build_connection_pool_key_attributes(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> Any:
        host, _tls = super().build_connection_pool_key_attributes(request, verify=True)
        return host, {"ssl_context": self._tls, "cert_reqs": "CERT_REQUIRED"} if self._tls else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: the TLS context has loaded the authorities, and requests would load them for each connection."""


class PlainSession(requests.Session):
    """A session that takes nothing from the environment, keeps no cookies and follows no redirect."""

    def __init__(self) -> None:
        super().__init__()
        from http.cookiejar import DefaultCookiePolicy

        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - requests names it
        """Return None, so that requests does not read the body of a redirect, which may never end."""
        return
