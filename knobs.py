"""Declare a parameter once: default, bounds, unit and help, plus registries of named choices.

Validation, error text, the web form, the docs table and the stored configuration all come from these
declarations. This module knows nothing of markets, learners or the web.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

T = TypeVar("T")

UNKNOWN_CHOICE = "unknown_choice"  # error types whose message says it all
INCONSISTENT = "inconsistent"


class Knobs(BaseModel):
    """Base of every group of parameters: immutable, strict, finite, and closed to unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def knob(
    default: Any,
    *,
    label: str,
    help: str,
    unit: str = "",
    primary: bool = False,
    live: bool = False,
    **bounds: float | int | None,
) -> Any:
    """A pydantic field with everything a person needs to set it.

    The help calls another parameter or a choice by its name in backticks, which the page shows as its label. `primary`
    puts it among the few parameters that the page shows unfolded; a `live` one may change while a run goes on, between
    two episodes; `bounds` are pydantic's `ge`, `gt`, `le`, `lt`.
    """
    return Field(  # type: ignore[call-overload]  # the overloads do not take forwarded keywords
        default,
        title=label,
        description=help,
        json_schema_extra={"unit": unit, "primary": primary, "live": live},
        **bounds,
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """A leading space and "Did you mean 'x'?", or an empty string when nothing is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One registered choice: its name, the sentence shown beside it, and the thing itself."""

    name: str
    help: str
    item: T


class Registry(Generic[T]):
    """Named choices of one kind, in the order they were added. Adding one is one call in one place.

    An instance is also a pydantic annotation: `Annotated[str, STRATEGIES]` accepts exactly the registered
    names and lists them, with their help, in the JSON Schema.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry[T]] = {}

    def add(self, name: str, item: T, *, help: str) -> T:
        """Register `item` and return it.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._entries[name] = Entry(name, help, item)
        return item

    def __getitem__(self, name: str) -> T:
        return self._entries[self.check(name)].item

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def names(self) -> list[str]:
        return list(self._entries)

    def check(self, name: str) -> str:
        """Return `name` unchanged.

        Raises:
            PydanticCustomError: (a ValueError) naming what was found, what is allowed and the nearest name.
        """
        if name not in self._entries:
            raise PydanticCustomError(
                UNKNOWN_CHOICE,
                "unknown {kind} {found}; allowed: {allowed}.{hint}",
                {
                    "kind": self.kind,
                    "found": repr(name),
                    "allowed": ", ".join(self._entries),
                    "hint": suggestion(name, self._entries),
                },
            )
        return name

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        choices = [{"name": entry.name, "help": entry.help} for entry in self]
        return {"type": "string", "enum": self.names(), "choices": choices}


@dataclass(frozen=True)
class Parameter:
    """One knob as the form, the docs table and the catalog show it."""

    name: str
    section: str
    label: str
    help: str
    type: str
    default: Any
    unit: str
    primary: bool
    live: bool  # may change while a run goes on
    minimum: float | None
    maximum: float | None
    exclusive_minimum: float | None
    exclusive_maximum: float | None
    nullable: bool
    choices: list[dict[str, str]]


def parameters_of(model: type[Knobs], section: str) -> list[Parameter]:
    """Describe every field of `model`, in declaration order, from its JSON Schema alone."""
    properties: Mapping[str, Any] = model.model_json_schema()["properties"]
    return [_parameter(name, section, spec) for name, spec in properties.items()]


def _parameter(name: str, section: str, spec: Mapping[str, Any]) -> Parameter:
    variants = spec.get("anyOf", [spec])
    value = next(variant for variant in variants if variant.get("type") != "null")
    return Parameter(
        name=name,
        section=section,
        label=spec["title"],
        help=spec["description"],
        type=value["type"],
        default=spec["default"],
        unit=spec["unit"],
        primary=spec["primary"],
        live=spec["live"],
        minimum=value.get("minimum"),
        maximum=value.get("maximum"),
        exclusive_minimum=value.get("exclusiveMinimum"),
        exclusive_maximum=value.get("exclusiveMaximum"),
        nullable=any(variant.get("type") == "null" for variant in variants),
        choices=value.get("choices", []),
    )
