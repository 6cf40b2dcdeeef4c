"""The recognised columns of a file, whatever its format, with the place of every row. Knows no rule about bars."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.data import Column
from market.files.times import Times

MAX_BARS = 5_000_000  # 10 years of minute bars round the clock


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as they stand in the file. What is unreadable is NaN or NaT, and already a fault."""

    places: NDArray[np.int64]  # line or row number of each bar
    times: Times
    numbers: dict[str, Column]  # open, high, low, close, and volume where the file has it
    notes: tuple[str, ...]
