"""A comment on a pull or merge request, and what a CI system's API must do with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that stands on the pull or merge request."""

    id: int
    author: str
    """What tells accounts apart: a login on GitHub, a number on GitLab."""
    body: str


class CommentApi(Protocol):
    """The comments of one pull or merge request. Every method raises `GateError`."""

    def own_account(self) -> str:
        """The account that the token belongs to."""
        ...

    def comments(self) -> Iterator[Comment]:
        """All comments, oldest first, fetched as they are asked for."""
        ...

    def create(self, body: str) -> None: ...

    def update(self, comment_id: int, body: str) -> None: ...

    def cancel(self) -> None:
        """Prevent anything more from being sent. May be called from another thread."""
        ...
