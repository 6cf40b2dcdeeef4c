"""Which bars of a file nobody can have traded. Knows no format: bars arrive as a table with places."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from market.data import COARSER, MIN_WINDOW_BARS, PRICE_COLUMNS, SAME_MILLISECOND, Column, bar_checks
from market.features import LOOKBACK
from market.files.faults import WHOLE_FILE, Faults
from market.files.table import Table
from market.files.times import Moments

MIN_BARS = LOOKBACK + 3 * MIN_WINDOW_BARS
ABSURD_FACTOR = 100.0  # a price that changes further in one bar has changed its unit
_NO_TIME = np.timedelta64(0, "ms")
_EARLIEST, _LATEST = np.datetime64("1800-01-01"), np.datetime64("2200-01-01")


def check_bars(table: Table, faults: Faults) -> None:
    """Add what is wrong with whole bars to `faults`. What was unreadable already is a fault and not judged again."""
    time = table.times.utc
    _check_years(time, table, faults)
    if _runs_backwards(time):
        faults.add(int(table.places[1]), "times run backwards; sort the bars by time, the oldest first")
    else:
        _check_order(time, table, faults)
    for is_bad, reason in bar_checks(table.numbers):
        faults.add_each(is_bad, table.places, reason)
    _check_moves(table, faults)
    if len(time) < MIN_BARS:
        last = int(table.places[-1]) if len(time) else WHOLE_FILE
        needed = f"at least {MIN_BARS} are needed, {LOOKBACK} of them as history for the features"
        faults.add(last, f"the bars end after {len(time)}; {needed}")


def _check_years(time: Moments, table: Table, faults: Faults) -> None:
    is_bad = (time < _EARLIEST) | (time >= _LATEST)
    faults.add_each(is_bad, table.places, lambda index: f"the time {time[index]} is outside of the years 1800 to 2199")


def _runs_backwards(time: Moments) -> bool:
    return len(time) > 2 and bool((np.diff(time) < _NO_TIME).all())


def _check_order(time: Moments, table: Table, faults: Faults) -> None:
    """Against the last readable time before, so that one unreadable time hides no other."""
    rows = np.flatnonzero(~np.isnat(time))
    distance = np.diff(time[rows])
    later, earlier = rows[1:], rows[:-1]
    places = table.places[later]

    def before(index: int) -> str:
        return f"the bar before it, in {faults.unit} {table.places[earlier[index]]}"

    is_cut = table.times.is_cut
    is_too_close = (distance == _NO_TIME) & (is_cut[later] | is_cut[earlier])
    faults.add_each(
        is_too_close,
        places,
        lambda index: f"{SAME_MILLISECOND} as {before(index)}; {COARSER}",
    )
    faults.add_each(
        (distance == _NO_TIME) & ~is_too_close,
        places,
        lambda index: f"the time {time[later[index]]} is that of {before(index)}",
    )
    faults.add_each(
        distance < _NO_TIME, places, lambda index: f"the time {time[later[index]]} is earlier than {before(index)}"
    )


def _check_moves(table: Table, faults: Faults) -> None:
    """Each price of a bar against the close before, or, in the first bar, against its own open."""
    close, opening = table.numbers["close"], table.numbers["open"]
    reference = np.concatenate([opening[:1], close[:-1]])
    for name in PRICE_COLUMNS:
        price = table.numbers[name]
        faults.add_each(_is_absurd(price, reference), table.places, partial(_absurd_move, name, price, reference))


def _is_absurd(price: Column, reference: Column) -> NDArray[np.bool_]:
    is_usable = (price > 0) & (reference > 0)  # others are faults already
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = price / reference
    return is_usable & ((ratio > ABSURD_FACTOR) | (ratio < 1.0 / ABSURD_FACTOR))


def _absurd_move(name: str, price: Column, reference: Column, index: int) -> str:
    change = f"{name} {price[index]:.10g} is more than {ABSURD_FACTOR:.0f} times away from {reference[index]:.10g}"
    return f"{change} before it; is its unit another (cents?), or a share split unadjusted?"
