"""What a route says of itself: written above it, read by `web/openapi/document.py`.

@api.get("/health")
@describe("Whether the server is well", answers=Health)
def health() -> ...
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from web.query import QueryParameter, Schema

View = TypeVar("View", bound=Callable[..., Any])
Model = type[BaseModel]
Files = Mapping[str, Schema]  # schema by media type

JSON = "application/json"
_ATTRIBUTE = "openapi_operation"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `takes` and `answers` are JSON of that model, or files by media type."""

    summary: str
    answers: Model | Files
    status: int
    takes: Model | Files | None
    is_body_required: bool
    query: Sequence[QueryParameter]
    path: Mapping[str, Schema]
    errors: Sequence[type[Exception]]


def describe(
    summary: str,
    *,
    answers: Model | Files,
    status: int = 200,
    takes: Model | Files | None = None,
    is_body_required: bool = False,
    query: Sequence[QueryParameter] = (),
    path: Mapping[str, Schema] | None = None,
    errors: Sequence[type[Exception]] = (),
) -> Callable[[View], View]:
    """Mark a view with its `Operation`; `path` says more of a part of the path than Flask knows."""
    operation = Operation(summary, answers, status, takes, is_body_required, query, path or {}, errors)

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return mark


def operation_of(view: Callable[..., Any]) -> Operation | None:
    found: Operation | None = getattr(view, _ATTRIBUTE, None)
    return found
