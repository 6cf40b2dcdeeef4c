"""The one serialiser: values of the program to JSON, and JSON back, both strict. Knows no web framework.

A single NaN in a payload disconnects every official Socket.IO client, so no number that is not finite gets out:
it becomes null, and the object around it lists the name under "non_finite".
"""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NoReturn

import numpy as np

NON_FINITE = "non_finite"


def plain(value: object) -> Any:
    """`value` in dictionaries, lists, strings, finite numbers, booleans and None.

    Raises:
        TypeError: a type that has no form in JSON.
    """
    return _plain(value)[0]


def dumps(value: object, **options: Any) -> str:
    """JSON text of `value`; `options` are those of `json.dumps`."""
    return json.dumps(plain(value), **options, allow_nan=False)


def loads(text: str | bytes, **options: Any) -> Any:
    """Parse JSON as the standard has it: NaN and Infinity are refused.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return json.loads(text, **options, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _plain(value: object) -> tuple[Any, bool]:
    """The plain form, and whether it or a list directly in it lost a number that is not finite."""
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | str():
            return value, False
        case float():
            return (value, False) if math.isfinite(value) else (None, True)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"), False
        case np.ndarray() if value.dtype.kind == "f" and bool(np.isfinite(value).all()):
            return value.tolist(), False  # looking at each number again would take 20 times as long
        case np.ndarray() | np.generic():
            return _plain(value.tolist())
        case Mapping():
            return _plain_mapping(value), False
        case list() | tuple():
            items = [_plain(item) for item in value]
            return [item for item, _ in items], any(is_lost for _, is_lost in items)
    if is_dataclass(value):
        return _plain_mapping({field.name: getattr(value, field.name) for field in fields(value)}), False
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _plain_mapping(values: Mapping[Any, object]) -> dict[str, Any]:
    items = {str(name): _plain(value) for name, value in values.items()}
    shown = {name: item for name, (item, _) in items.items()}
    lost = [name for name, (_, is_lost) in items.items() if is_lost]
    return shown | {NON_FINITE: lost} if lost else shown


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
