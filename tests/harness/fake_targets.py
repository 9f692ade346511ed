"""Targets on the virtual clock: implements the part of `ports.Platform` about targets, with a configurable mask."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from probe_gate.domain.target_state import is_secret
from probe_gate.errors import ConfigError, PlatformError
from tests.harness.partial import NoRuns
from tests.harness.virtual_time import VirtualTime

Show = Callable[[str], object]
"""Returns what a read shows instead of a secret."""

TYPE_ID = "123e4567-e89b-42d3-a456-426614174000"


def make_target_answer(**settings: Any) -> dict[str, Any]:
    """Return a target as in the response of `getTarget`, without its id."""
    return {
        "connection": {
            "type": "REST_API",
            "config": {
                "url": "https://bot.example.com/chat",
                "requestPayloadSample": '{"q": "{message}"}',
                "responsePayload": "$.answer",
                "headers": {"Authorization": "Bearer the-old-secret"},
            },
        },
        "settings": {
            "name": "Support bot",
            "environment": "STAGE",
            "description": "Answers questions.",
            "language": "en",
            "rateLimit": 60,
            "supportedModes": ["TEXT"],
            "concurrentRequests": True,
            "multiStepAttacks": False,
            "systemPromptConfigurations": {},
            **settings,
        },
    }


def make_type(*details: tuple[int, bool, str], type_id: str = TYPE_ID, label: str = "Support") -> dict[str, Any]:
    """A target type; `details` are the id of a probe, whether it is recommended, and its risk level."""
    probes = [{"probeId": one, "isRecommended": starred, "weight": weight} for one, starred, weight in details]
    return {"id": type_id, "label": label, "details": probes}


@dataclass
class FakeTargets(NoRuns):
    """Responds after `latency` seconds. `before_call` may raise or change anything; `after_call` may lose a response."""

    time: VirtualTime
    latency: float = 0.05
    targets: dict[int, dict[str, Any]] = field(default_factory=dict)
    types: list[dict[str, Any]] = field(default_factory=list)
    show: Show = lambda secret: secret
    change: Callable[[dict[str, Any]], None] = lambda _answer: None
    """Changes a response before it is returned."""
    before_call: Callable[[str, int], None] = lambda _call, _number: None
    after_call: Callable[[str, int], None] = lambda _call, _number: None
    calls: list[tuple[float, str]] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    """The bodies that were sent to create or update targets."""
    next_id: int = 501

    async def _call(self, name: str, deadline: float) -> int:
        number = self.count(name)
        self.calls.append((self.time.monotonic(), name))
        await self.time.sleep(self.latency)
        if self.time.monotonic() > deadline:
            raise PlatformError("The platform did not answer in time.")
        self.before_call(name, number)
        return number

    def count(self, name: str) -> int:
        return sum(call == name for _, call in self.calls)

    def _answer(self, target_id: int) -> dict[str, Any]:
        if target_id not in self.targets:
            raise ConfigError(f"The platform answered 404 for target {target_id}.")
        answer: dict[str, Any] = {"id": target_id, "scanId": 9000 + target_id}
        answer |= copy.deepcopy(_shown(self.targets[target_id], (), self.show))
        self.change(answer)
        return answer

    async def get_target(self, target_id: int, deadline: float) -> Mapping[str, Any]:
        number = await self._call("get", deadline)
        answer = self._answer(target_id)
        self.after_call("get", number)
        return answer

    async def create_target(self, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        number = await self._call("create", deadline)
        target_id, self.next_id = self.next_id, self.next_id + 1
        self.bodies.append(body)
        self.targets[target_id] = copy.deepcopy(dict(body))
        self.after_call("create", number)
        return self._answer(target_id)

    async def update_target(self, target_id: int, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        number = await self._call("update", deadline)
        self.bodies.append(body)
        self.targets[target_id] = {**self.targets[target_id], **copy.deepcopy(dict(body))}
        self.after_call("update", number)
        return self._answer(target_id)

    async def delete_target(self, target_id: int, deadline: float) -> None:
        number = await self._call("delete", deadline)
        if self.targets.pop(target_id, None) is None:
            raise ConfigError(f"The platform answered 404 for target {target_id}.")
        self.after_call("delete", number)

    async def list_target_types(self, deadline: float) -> Sequence[Mapping[str, Any]]:
        await self._call("types", deadline)
        return self.types


def _shown(value: Any, path: tuple[str, ...], show: Show) -> Any:
    if isinstance(value, Mapping):
        return {name: _shown(item, (*path, name), show) for name, item in value.items()}
    return show(value) if isinstance(value, str) and is_secret(path) else value
