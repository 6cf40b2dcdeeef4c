"""A metric over the episodes of a run, and the axes it may be drawn over. Knows no database and no picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.episode import Column

Numbers = NDArray[np.int64]

AXES = ("episode", "step", "time")


@dataclass(frozen=True, slots=True)
class Places:
    """Where points lie on the axes that a curve may be drawn over; time in milliseconds since 1970 UTC."""

    step: Numbers
    time_ms: Numbers


@dataclass(frozen=True, slots=True)
class MetricCurve:
    """One metric in the order of its episodes; NaN where it is undefined."""

    episode: Numbers
    value: Column
    places: Places | None = None  # None where the points lie at the ends of their episodes

    def at(self, rows: Numbers) -> "MetricCurve":
        places = self.places and Places(self.places.step[rows], self.places.time_ms[rows])
        return MetricCurve(self.episode[rows], self.value[rows], places)
