"""What is wrong with a file, line by line, and the one error that says so.

Knows no format: a place is a line of text or a row of a table.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from market.data import DataError

SHOWN_FAULTS = 20
WHOLE_FILE = 0  # the place of a fault that has no line


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong at one place."""

    place: int
    reason: str


class FileError(DataError):
    """A file of which nothing was imported. `faults` are the first of `count`, in the order of the file."""

    def __init__(self, name: str, unit: str, faults: list[Fault], count: int) -> None:
        self.name = name
        self.unit = unit
        self.faults = tuple(faults)
        self.count = count
        super().__init__(self._text())

    def _text(self) -> str:
        if self.count == 1:
            [fault] = self.faults
            return f"{self.name}, {self.unit} {fault.place}: {fault.reason}" if fault.place else self._line(fault)
        shown = f"{self.count:,} faults" + (f", the first {SHOWN_FAULTS}" if self.count > SHOWN_FAULTS else "")
        return "\n".join([f"{self.name}: {shown}:", *(f"  {self._line(fault)}" for fault in self.faults)])

    def _line(self, fault: Fault) -> str:
        return f"{self.unit if fault.place else self.name} {fault.place or ''}".rstrip() + f": {fault.reason}"


class Faults:
    """The faults of one file as they are found, in any order; counts all and remembers the first of each kind."""

    def __init__(self, name: str, unit: str) -> None:
        self.name = name
        self.unit = unit  # "line" or "row"
        self._count = 0
        self._found: list[Fault] = []

    def add(self, place: int, reason: str) -> None:
        self._count += 1
        self._found.append(Fault(place, reason))

    def add_each(self, where: NDArray[np.bool_], places: NDArray[np.int64], reason: Callable[[int], str]) -> None:
        """One fault for each index at which `where` holds, at its place, with the reason of that index."""
        indices = np.flatnonzero(where)
        self._count += len(indices)
        self._found += [Fault(int(places[index]), reason(int(index))) for index in indices[:SHOWN_FAULTS]]

    def refuse(self, place: int, reason: str) -> NoReturn:
        """Add what makes reading on useless, and raise FileError."""
        self.add(place, reason)
        raise self._error()

    def refuse_if_any(self) -> None:
        """Raises FileError when anything was found."""
        if self._count:
            raise self._error()

    def _error(self) -> FileError:
        return FileError(self.name, self.unit, heapq.nsmallest(SHOWN_FAULTS, self._found), self._count)


def quoted(text: str, limit: int = 40) -> str:
    """`text` for a message: on one line, printable, and not longer than a line."""
    return repr(text if len(text) <= limit else f"{text[: limit - 1]}…")


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names for a message, the first `limit` of them."""
    texts = [quoted(name) for name in names]
    return ", ".join(texts[:limit]) + (f" and {len(texts) - limit} more" if len(texts) > limit else "")
