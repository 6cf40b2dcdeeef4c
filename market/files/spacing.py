"""The rhythm of bars: how far apart they are, and where some are missing. Knows no price."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.files.times import Moments

DAY_MS = 86_400_000
_LONGEST_CLOSURE_DAYS = 5  # Maundy Thursday to Easter Tuesday; longer is worth a look
_RECURRING_SHARE = 0.1  # of the days: a break as frequent as this is the market's own
_TOLERANCE = 1.5  # bars

# Calendar lengths in days: nominal, from, to
_CALENDAR = (
    ("1 day", 0.8, 1.5),
    ("1 week", 6.5, 7.5),
    ("1 month", 28.0, 31.5),
    ("1 quarter", 89.0, 92.5),
    ("1 year", 364.0, 367.0),
)
_CLOCK = (("day", DAY_MS), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1))


@dataclass(frozen=True, slots=True)
class Gap:
    """Bars that seem to be missing after row `row`, counted from 0."""

    row: int
    days: float


def spacing_ms(time: Moments) -> float:
    """The usual distance of two bars, as the median; needs two."""
    return float(np.median(_distances_ms(time)))


def is_dated(time: Moments) -> bool:
    """Whether a bar is a date rather than a moment: bars of a day or longer."""
    return spacing_ms(time) >= 0.8 * DAY_MS


def frequency(time: Moments) -> str:
    """The usual distance in words: "5 minutes", "1 day", "1 month"."""
    distance = spacing_ms(time)
    for words, shortest, longest in _CALENDAR:
        if shortest <= distance / DAY_MS <= longest:
            return words
    unit, length = next(((unit, length) for unit, length in _CLOCK if distance % length == 0), ("hour", 3_600_000))
    count = distance / length
    return f"{count:.4g} {unit}{'' if count == 1 else 's'}"


def gaps(time: Moments) -> list[Gap]:
    """Where bars seem to be missing, longest first.

    Of a market that trades at weekends, every distance beyond one bar. Of any other, one inside a day that does not
    recur as a lunch break would, or one of more than five days.
    """
    distance = _distances_ms(time)
    is_gap = distance > _TOLERANCE * spacing_ms(time)
    if not _trades_at_weekends(time):
        days = time.astype("datetime64[D]")
        is_within_day = days[1:] == days[:-1]
        is_gap &= (is_within_day & ~_recurs(distance, days)) | (distance > _LONGEST_CLOSURE_DAYS * DAY_MS)
    rows = np.flatnonzero(is_gap)
    longest_first = rows[np.argsort(-distance[rows], kind="stable")]
    return [Gap(int(row), float(distance[row] / DAY_MS)) for row in longest_first]


def _trades_at_weekends(time: Moments) -> bool:
    days = np.unique(time.astype("datetime64[D]"))
    return bool((~np.is_busday(days)).mean() > 0.2)  # of seven days two


def _distances_ms(time: Moments) -> NDArray[np.int64]:
    distances: NDArray[np.int64] = np.diff(time).astype("timedelta64[ms]").astype(np.int64)
    return distances


def _recurs(distance: NDArray[np.int64], days: Moments) -> NDArray[np.bool_]:
    _, which, counts = np.unique(distance, return_inverse=True, return_counts=True)
    recurring: NDArray[np.bool_] = (counts >= max(2.0, _RECURRING_SHARE * len(np.unique(days))))[which]
    return recurring
