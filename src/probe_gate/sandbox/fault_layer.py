"""The layer in which faults strike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from probe_gate.sandbox import wire
from probe_gate.sandbox.answers import pieces
from probe_gate.sandbox.error_pages import fault_answer
from probe_gate.sandbox.fault_kinds import Stage
from probe_gate.sandbox.fault_plan import FaultPlan
from probe_gate.sandbox.faults import Fault
from probe_gate.sandbox.holds import Holds
from probe_gate.sandbox.nonsense import change_answer
from probe_gate.sandbox.protocol import TRANSPORT
from probe_gate.sandbox.recording import OPERATION, RECORD

WORK_FAULTS = "sandbox.faults"
"""The key of the ASGI scope under which the faults are that change the work itself."""


@dataclass(slots=True)
class _Answer:
    """An answer that was caught on its way out."""

    start: Message = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)

    async def catch(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.parts.append(message.get("body", b""))

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    def change(self, fault: Fault) -> None:
        body, headers = change_answer(fault.name, fault.value, self.body)
        self.parts = [body]
        changed = MutableHeaders(raw=list(self.start["headers"]))
        changed.update({**headers, "content-length": str(len(body))})
        self.start = {**self.start, "headers": changed.raw}

    async def send(self, send: Send) -> None:
        await send(self.start)
        for piece in pieces(self.parts):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


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
        by_stage = {stage: [fault for fault in faults if fault.kind.stage is stage] for stage in Stage}
        if by_stage[Stage.INSTEAD]:
            await _strike_instead(by_stage[Stage.INSTEAD][0], scope, receive, send)
            return
        scope[WORK_FAULTS] = by_stage[Stage.WORK]
        if by_stage[Stage.ANSWER]:
            scope["headers"] = [item for item in scope["headers"] if item[0] != b"accept-encoding"]
        answer = _Answer()
        await self._app(scope, receive, answer.catch)
        if answer.start["status"] == 200 and answer.body:
            for fault in by_stage[Stage.ANSWER]:
                answer.change(fault)
        if any(fault.name == "hold" for fault in by_stage[Stage.DELIVERY]):
            await self._holds.hold(scope[RECORD], receive)
            await answer.send(send)
        elif by_stage[Stage.DELIVERY]:
            await _deliver_badly(by_stage[Stage.DELIVERY][0], answer, scope, receive, send)
        else:
            await answer.send(send)


async def _strike_instead(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    if fault.name == "reset":
        await wire.reset(scope[TRANSPORT], receive)
    elif fault.name == "hang":
        await wire.hang(scope[TRANSPORT], receive, fault.number)
    else:
        await fault_answer(fault.name, fault.value, dict(scope["headers"]))(scope, receive, send)


async def _deliver_badly(fault: Fault, answer: _Answer, scope: Scope, receive: Receive, send: Send) -> None:
    connection: asyncio.Transport = scope[TRANSPORT]
    head, body = wire.raw_answer(answer.start, answer.body)
    match fault.name:
        case "lost-answer":
            await wire.close(connection, receive)
        case "lost-reset":
            await wire.reset(connection, receive)
        case "lost-hang":
            await wire.hang(connection, receive, fault.number)
        case "lost-page":
            await fault_answer(fault.value, "", {})(scope, receive, send)
        case "cut-off":
            await wire.close(connection, receive, head + body[: len(body) // 2])
        case "cut-headers":
            await wire.close(connection, receive, head[: len(head) // 2])
        case "drip":
            connection.write(head)
            await wire.drip(connection, receive, body, fault.number)
        case "drip-headers":
            await wire.drip(connection, receive, head + body, fault.number)
        case "delay":
            await asyncio.sleep(fault.number)
            await answer.send(send)
        case name:
            raise NotImplementedError(name)
