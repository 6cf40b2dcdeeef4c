"""Columns over the episodes of a run that were read before, so that only what is newer must be read. Knows no database.

A finished episode never changes: columns only grow, until their run goes back, which makes their key another one.
"""

import threading
from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = tuple[NDArray[Any], ...]  # equally long; the first one holds the episodes, rising
Key = Hashable

MOST_BYTES = 64_000_000  # curves of a hundred thousand episodes: forty


class KnownColumns:
    """Forgets what was asked for longest ago. Every method may be called from any thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._columns: dict[Key, Columns] = {}  # the newest request last
        self._lock = threading.Lock()

    def get(self, key: Key) -> Columns | None:
        """Columns of at least one episode."""
        return self._columns.get(key)

    def add(self, key: Key, known: Columns | None, newer: Columns) -> Columns:
        """What `get` gave, which may be forgotten by now, with what is newer behind it."""
        columns = newer if known is None else _joined(known, newer)
        with self._lock:
            self._columns.pop(key, None)
            if len(columns[0]):
                self._columns[key] = columns
            while sum(map(_size, self._columns.values())) > self._most_bytes:
                del self._columns[next(iter(self._columns))]
        return columns


def _joined(known: Columns, newer: Columns) -> Columns:
    if len(newer[0]) == 0:
        return known
    return tuple(np.concatenate(both) for both in zip(known, newer, strict=True))


def _size(columns: Columns) -> int:
    return sum(column.nbytes for column in columns)
