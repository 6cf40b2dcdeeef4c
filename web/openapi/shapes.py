"""Models of what is told in JSON, made from the dataclasses it is made of, so that a field has one home.

As `web/json.py` tells values: a number may be null where it is not finite, and the object then names it.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model

from web.json import NON_FINITE

_ELEMENTS: dict[Any, Any] = {np.float64: float | None, np.int64: int, np.bool_: bool}


class Shape(BaseModel):
    """Base of every model: what it does not name is not told."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def shape(title: str, /, **members: Any) -> type[Shape]:
    """A model with these members, all of which are always told."""
    told: dict[str, Any] = {member: (kind, ...) for member, kind in members.items()}
    return create_model(title, __base__=Shape, **told)


def many(kind: Any) -> Any:
    """A list of them, for models that a type checker cannot see."""
    return types.GenericAlias(list, (kind,))


def by_name(kind: Any) -> Any:
    """An object with a member a name."""
    return types.GenericAlias(dict, (str, kind))


def or_null(kind: Any) -> Any:
    return kind | None


def shape_of(source: type[Any], title: str = "", /, *, omit: Sequence[str] = (), **changed: Any) -> type[Shape]:
    """A model of a dataclass; `changed` are members that are told otherwise, or besides."""
    hints = get_type_hints(source, include_extras=False)
    own = {field.name: _told(hints[field.name]) for field in fields(source) if field.name not in omit}
    members: dict[str, Any] = {member: (kind, ...) for member, kind in (own | changed).items()}
    members[NON_FINITE] = (list[str], Field(default_factory=list, description="Members that are null for this reason."))
    return create_model(title or source.__name__, __base__=Shape, **members)


@cache
def _nested(source: type[Any]) -> type[Shape]:
    return shape_of(source)


def _told(kind: Any) -> Any:
    """The type as which a value of type `kind` arrives."""
    if kind is float:
        return float | None
    if isinstance(kind, type) and is_dataclass(kind):
        return _nested(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return Union[tuple(_told(each) for each in inner)]  # noqa: UP007  # made of a list
    if origin is np.ndarray:
        return many(_ELEMENTS[get_args(inner[1])[0]])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return by_name(_told(inner[1]))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return many(_told(inner[0]))
    return kind
