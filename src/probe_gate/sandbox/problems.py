"""What the sandbox refuses, and the words it refuses it with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class RefusalError(Exception):
    """An answer that is an error: its HTTP status and the body that the contract gives it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        validation_errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message, validation_errors)


class EmptyAnswerError(Exception):
    """An answer without a body."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} without a body")
        self.status = status


def error_body(code: str, message: str, validation_errors: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """The contract's `ErrorResponse`."""
    details: dict[str, Any] = {"message": message, "code": code}
    if validation_errors is not None:
        details["validationErrors"] = {field: list(texts) for field, texts in validation_errors.items()}
    return {"error": details}


def invalid(field: str, text: str) -> RefusalError:
    """400 for one field."""
    return RefusalError(400, "VALIDATION_ERROR", "The request is not valid.", {field: [text]})
