"""Typed columns of an export, and their values. Knows neither a table nor a file format."""

import math
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_type_hints

Value = int | float | str | bool | datetime | None
Rows = Sequence[Sequence[Value]]


class Kind(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"  # UTC, to the millisecond


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind


_KINDS: dict[Any, Kind] = {
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    str: Kind.TEXT,
    bool: Kind.BOOLEAN,
    bool | None: Kind.BOOLEAN,
    datetime: Kind.TIME,
}


def columns_of(record: type[Any]) -> tuple[Column, ...]:
    """A column for every field of a dataclass that holds a plain value."""
    return tuple(Column(field.name, kind) for field, kind in _plain_fields(record))


def values_of(record: Any) -> list[Value]:
    """The values of `columns_of` its type."""
    return [clean(getattr(record, field.name)) for field, _ in _plain_fields(type(record))]


def clean(value: Value) -> Value:
    """None for a number that is not finite, and times as they are told everywhere else."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return utc.replace(microsecond=utc.microsecond // 1_000 * 1_000)
    return value


def _plain_fields(record: type[Any]) -> list[tuple[Field[Any], Kind]]:
    hints = get_type_hints(record)
    return [(field, _KINDS[hints[field.name]]) for field in fields(record) if hints[field.name] in _KINDS]
