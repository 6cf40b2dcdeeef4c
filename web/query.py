"""Reads the query of the request in progress: whole numbers, numbers and names, each within what is allowed."""

import math
from collections.abc import Collection

from flask import request

from knobs import suggestion
from web.errors import RequestError

MAX_NUMBER = 2**63 - 1  # the largest that databases compare with


def whole_number(name: str, default: int, low: int = 0, high: int = MAX_NUMBER) -> int:
    """Raises RequestError."""
    text = request.args.get(name, str(default))
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_NUMBER))
    if not is_number or not low <= int(text) <= high:
        allowed = f"{low} or above" if high == MAX_NUMBER else f"from {low} to {high}"
        raise RequestError(f"{name} must be a number, {allowed}, found {text[:40]!r}")
    return int(text)


def bounds() -> tuple[float | None, float | None]:
    """`from` and `to`, either of which may be left out. Raises RequestError."""
    low, high = _number("from"), _number("to")
    if low is not None and high is not None and low > high:
        raise RequestError(f"from must not be above to, found {low:g} and {high:g}")
    return low, high


def one_of(name: str, allowed: Collection[str], default: str) -> str:
    """Raises RequestError."""
    return _known(name, request.args.get(name, default), allowed)


def some_of(name: str, allowed: Collection[str], default: Collection[str]) -> list[str]:
    """Names separated by commas, each once. Raises RequestError."""
    text = request.args.get(name)
    names = list(default) if text is None else text.split(",")
    return [_known(name, each, allowed) for each in dict.fromkeys(names)]


def _number(name: str) -> float | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        value = float(text) if text.isascii() and len(text) <= 40 else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        raise RequestError(f"{name} must be a number, found {text[:40]!r}")
    return value


def _known(name: str, text: str, allowed: Collection[str]) -> str:
    if text not in allowed:
        raise RequestError(f"{name}: {text[:40]!r} is none of {', '.join(allowed)}.{suggestion(text[:40], allowed)}")
    return text
