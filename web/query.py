"""Parameters of a query: each is declared once, read from the request in progress, and described in OpenAPI."""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import request

from knobs import suggestion
from web.errors import RequestError

MAX_NUMBER = 2**63 - 1  # the largest that databases compare with

Schema = dict[str, Any]


class QueryParameter(Protocol):
    """What OpenAPI asks of a parameter."""

    @property
    def name(self) -> str: ...

    @property
    def help(self) -> str: ...

    def schema(self) -> Schema:
        """As JSON Schema."""


@dataclass(frozen=True, slots=True)
class WholeNumber:
    name: str
    help: str
    default: int
    low: int = 0
    high: int = MAX_NUMBER

    def read(self) -> int:
        """Raises RequestError."""
        text = request.args.get(self.name, str(self.default))
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_NUMBER))
        if not is_number or not self.low <= int(text) <= self.high:
            allowed = f"{self.low} or above" if self.high == MAX_NUMBER else f"from {self.low} to {self.high}"
            raise RequestError(f"{self.name} must be a number, {allowed}, found {text[:40]!r}")
        return int(text)

    def schema(self) -> Schema:
        return {"type": "integer", "default": self.default, "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may be left out."""

    name: str
    help: str
    low: float = -MAX_NUMBER
    high: float = MAX_NUMBER

    def read(self) -> float | None:
        """Raises RequestError."""
        text = request.args.get(self.name)
        if text is None:
            return None
        try:
            value = float(text) if text.isascii() and len(text) <= 40 else math.nan
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            allowed = "" if self.high == MAX_NUMBER else f" from {self.low:g} to {self.high:g}"
            raise RequestError(f"{self.name} must be a number{allowed}, found {text[:40]!r}")
        return value

    def schema(self) -> Schema:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class OneOf:
    name: str
    help: str
    allowed: Sequence[str]
    default: str

    def read(self) -> str:
        """Raises RequestError."""
        return _known(self.name, request.args.get(self.name, self.default), self.allowed)

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.allowed), "default": self.default}


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Names separated by commas, each counted once."""

    name: str
    help: str
    allowed: Sequence[str]
    default: Sequence[str]

    def read(self) -> list[str]:
        """Raises RequestError."""
        text = request.args.get(self.name)
        names = list(self.default) if text is None else text.split(",")
        return [_known(self.name, each, self.allowed) for each in dict.fromkeys(names)]

    def schema(self) -> Schema:
        name = "|".join(re.escape(each) for each in self.allowed)
        return {"type": "string", "pattern": f"^({name})(,({name}))*$", "default": ",".join(self.default)}


@dataclass(frozen=True, slots=True)
class Text:
    """A text that must be there and is not empty."""

    name: str
    help: str
    longest: int

    def read(self) -> str:
        """Raises RequestError."""
        text = request.args.get(self.name, "")
        if not text or len(text) > self.longest:
            raise RequestError(f"{self.name} must be a text of 1 to {self.longest} characters: {self.help}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Flag:
    """True where the query names it, with or without a value."""

    name: str
    help: str

    def read(self) -> bool:
        return self.name in request.args

    def schema(self) -> Schema:
        return {"type": "string"}


AFTER = WholeNumber("after", "Only what is numbered above this.", 0)
UP_TO = WholeNumber("up_to", "Only what is numbered up to this.", MAX_NUMBER)
TABLES = OneOf("tables", "Of which evaluations the tables are told; others have empty ones.", ("all", "newest"), "all")
FROM = Number("from", "Where to begin, on the axis; the nearest point before it is there too.")
TO = Number("to", "Where to end, on the axis; the nearest point after it is there too.")


def read_range() -> tuple[float | None, float | None]:
    """`FROM` and `TO`, either of which may be left out. Raises RequestError."""
    low, high = FROM.read(), TO.read()
    if low is not None and high is not None and low > high:
        raise RequestError(f"from must not be above to, found {low:g} and {high:g}")
    return low, high


def _known(name: str, text: str, allowed: Collection[str]) -> str:
    if text not in allowed:
        raise RequestError(f"{name}: {text[:40]!r} is none of {', '.join(allowed)}.{suggestion(text[:40], allowed)}")
    return text
