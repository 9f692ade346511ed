"""A plug-in of proxy.py: every name that the proxy is asked for is this machine."""

from __future__ import annotations

from proxy.http.proxy import HttpProxyBasePlugin


class LoopbackNames(HttpProxyBasePlugin):
    def resolve_dns(self, host: str, port: int) -> tuple[str, None]:
        return "127.0.0.1", None
