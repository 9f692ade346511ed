"""The sandbox's own `/openapi.json`: what FastAPI finds out by itself, and the bodies of requests.

Bodies are read by `contract.read_request` and not by FastAPI, which would answer mistakes in its own way.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from probe_gate.sandbox.contract import TriggerTestRunRequest
from probe_gate.sandbox.operations import BY_ID
from probe_gate.sandbox.target_requests import CreateTarget, UpdateTarget

_BODIES: dict[str, type[BaseModel]] = {
    "triggerTestRun": TriggerTestRunRequest,
    "createTarget": CreateTarget,
    "updateTarget": UpdateTarget,
}
_KEY = {"type": "apiKey", "name": "X-Api-Key", "in": "header"}


def describe(app: FastAPI) -> None:
    """Let the application describe its request bodies and its key too."""
    found = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(found())
        return found()

    app.openapi = complete  # type: ignore[method-assign]


def _complete(description: dict[str, Any]) -> None:
    references, definitions = models_json_schema(
        [(model, "validation") for model in _BODIES.values()], ref_template="#/components/schemas/{model}"
    )
    components = description.setdefault("components", {})
    components.setdefault("schemas", {}).update(definitions["$defs"])
    components["securitySchemes"] = {"ApiKey": _KEY}
    description["security"] = [{"ApiKey": []}]
    for operation_id, model in _BODIES.items():
        operation = BY_ID[operation_id]
        described = description["paths"][operation.path][operation.method.lower()]
        content = {"application/json": {"schema": references[model, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
