"""Numbers written as text: which are read, and why another is not. Knows no file and no column."""

import re
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from market.data import Column

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NO_PART_OF_A_NUMBER = re.compile(r"[^0-9.eE+ \n-]")
_MISSING = frozenset({"", "-", "--", "?", "nan", "null", "none", "na", "n/a", "#n/a", "nat", "nil"})

# What a text that is no number looks like, most telling first
_LOOKS_LIKE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[+-]?(?:inf|infinity)", re.IGNORECASE), "is infinite"),
    (
        re.compile(r"[+-]?[0-9]{1,3}(?:[,' .\u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?"),
        "has a thousands separator; write 1234.5",
    ),
    (re.compile(r"[+-]?[0-9]*,[0-9]+"), "has a decimal comma; write 1234.5"),
    (re.compile(r"[^0-9A-Za-z.,+-][ ]*[0-9].*|.*[0-9][ ]*[^0-9A-Za-z.,+-]"), "has a sign or unit beside the number"),
)


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().lower() in _MISSING


def to_numbers(cells: Sequence[str]) -> Column:
    """The number in every cell, NaN where there is none; what overflows is infinite."""
    if not _NO_PART_OF_A_NUMBER.search("\n".join(cells)):
        with suppress(ValueError):  # several times faster, and what `float` reads of these characters is a number
            return np.array(list(map(float, cells)), dtype=np.float64)
    is_number = _NUMBER.fullmatch
    return np.array([float(cell) if is_number(cell) else np.nan for cell in map(str.strip, cells)], dtype=np.float64)


def why_no_number(cells: Sequence[str], values: Column, index: int) -> str:
    """What is wrong with the cell whose value is not a finite number: a verb phrase that quotes nothing."""
    cell = cells[index].strip()
    if is_missing(cell):
        return "is missing"
    if np.isinf(values[index]):
        return "is infinite"
    return next((reason for pattern, reason in _LOOKS_LIKE if pattern.fullmatch(cell)), "is not a number")
