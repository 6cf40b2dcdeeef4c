"""Parameters and their values in words, with the label and the unit that the form has. Knows no run."""

from functools import cache
from typing import Any

from knobs import Parameter
from training.config import parameters

MINUS = "\N{MINUS SIGN}"
SECTION_TITLES = {
    "data": "Data",
    "loop": "Training loop",
    "environment": "Environment and costs",
    "agent": "Agent",
}  # of training.config.SECTIONS


def value_text(parameter: Parameter, value: Any) -> str:
    """A value with its unit, unless the label says it: "5 bp", "random actions"; "automatic" where none is set."""
    if value is None or isinstance(value, bool | str):
        return plain_text(value)
    unit = _unit_of(parameter, value)
    return f"{plain_text(value)} {unit}" if unit else plain_text(value)


def setting_text(name: str, value: Any) -> str:
    """As in "Fee 5 bp"; a name that is no parameter's stands for itself: "at step 5,000"."""
    parameter = _known().get(name)
    if parameter is None:
        return f"{name.replace('_', ' ')} {plain_text(value)}"
    return f"{parameter.label} {value_text(parameter, value)}"


def change_text(name: str, before: Any, after: Any) -> str:
    """As in "Fee 2 bp → 5 bp"."""
    parameter = _known().get(name)
    end = plain_text(after) if parameter is None else value_text(parameter, after)
    return f"{setting_text(name, before)} → {end}"


def plain_text(value: Any) -> str:
    """A value as the form shows it, without a unit: "30,000", "on", "automatic"."""
    words = {None: "automatic", "": "empty", True: "on", False: "off"}
    if value is None or value == "" or isinstance(value, bool):
        return words[value]
    if isinstance(value, int | float):
        return f"{value:,.15g}".replace("-", MINUS)
    return str(value).replace("_", " ")


def _unit_of(parameter: Parameter, value: float) -> str:
    """As in "bar" of one, "bars" of several; nothing where the label has the word."""
    is_said = parameter.unit.lower().replace("/", " per ") in parameter.label.lower()
    unit = "" if is_said else parameter.unit
    return unit.removesuffix("s") if value == 1 else unit


@cache
def _known() -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters()}
