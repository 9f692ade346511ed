"""The layer in which faults strike."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from probe_gate.sandbox.fault_kinds import Caught, Exchange
from probe_gate.sandbox.faults import Fault, FaultPlan
from probe_gate.sandbox.holds import Holds
from probe_gate.sandbox.recording import OPERATION, RECORD

WORK_FAULTS = "sandbox.faults"
"""The key of the ASGI scope under which the faults are that change the work itself, by name."""


class FaultLayer:
    """ASGI: hands each request on, unless a fault strikes it."""

    def __init__(self, app: ASGIApp, plan: FaultPlan, holds: Holds) -> None:
        self._app = app
        self._plan = plan
        self._holds = holds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = scope[OPERATION]
        faults = self._plan.strikes(operation) if operation else ()
        if not faults:
            await self._app(scope, receive, send)
            return
        scope[RECORD].fault = ",".join(fault.name for fault in faults)
        exchange = Exchange(scope, receive, send, self._holds)
        for fault in faults:
            if fault.kind.replace is not None:
                while (await receive()).get("more_body"):
                    pass
                await fault.kind.replace(exchange, fault.value)
                return
        await self._answer_badly(exchange, faults)

    async def _answer_badly(self, exchange: Exchange, faults: tuple[Fault, ...]) -> None:
        scope = exchange.scope
        scope[WORK_FAULTS] = {fault.name: fault for fault in faults}
        changes = [(fault.kind.change, fault.value) for fault in faults if fault.kind.change is not None]
        if changes:
            scope["headers"] = [item for item in scope["headers"] if item[0] != b"accept-encoding"]
        caught = Caught()
        await self._app(scope, exchange.receive, caught.catch)
        if caught.start["status"] == 200 and caught.body:
            for change, value in changes:
                caught.change(*change(caught.body, value))
        deliveries = [(fault.kind.deliver, fault.value) for fault in faults if fault.kind.deliver is not None]
        for deliver, value in deliveries[:1]:
            await deliver(exchange, value, caught)
        if not deliveries:
            await caught.send(exchange.send)
