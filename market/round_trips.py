"""Round trips: what each stay in the market earned, from flat to flat, net of everything it cost.

Read from an episode's series alone. Knows no account and no agent.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from market.episode import Column, EpisodeSeries

LONG, SHORT = "long", "short"


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One stay on one side of the market: it ends when the account is flat, or when it turns to the other side.

    `net` is how much the account's equity changed by it, so that the `net` of all round trips adds up to what the
    episode earned. As every trip begins and ends without holdings, no rule about which lot is sold first (average
    cost, FIFO) enters. A trade that turns the position around belongs to two trips, which share its costs by
    notional. A trip that is open at the end is marked to the last close, and its `closed_` fields are None.
    """

    number: int  # from 1
    side: str  # "long" or "short"
    opened_row: int
    opened_ms: int
    closed_row: int | None
    closed_ms: int | None
    trades: int  # that built, changed or ended it
    entry_price: float  # mean mid price of the trades that enlarged it, weighted by quantity
    exit_price: float | None  # of those that reduced it; None where none did
    gross: float  # before costs: net + costs
    costs: float  # fees, spread, slippage and interest
    net: float
    return_pct: float  # net in percent of the equity before


@dataclass(frozen=True, slots=True)
class _Boundary:
    """The moment at which one trip, if any, ends and the next, if any, begins."""

    row: int
    equity: float
    costs: float  # of the episode until then
    notional: float  # of the row's trade that belongs to the trip before


def round_trips_of(series: EpisodeSeries) -> list[RoundTrip]:
    """The episode's round trips in time order."""
    side = np.sign(series.position)
    rows = np.flatnonzero(np.diff(side)) + 1
    spent = np.cumsum(series.costs)
    boundaries = [_boundary(series, float(spent[row - 1]), int(row)) for row in rows]
    last = len(series) - 1
    end = _Boundary(last, float(series.equity[last]), float(spent[last]), float(abs(series.traded[last])))
    stays = [pair for pair in itertools.pairwise([*boundaries, end]) if side[pair[0].row] != 0.0]
    return [
        _round_trip(series, number, opened, closed, is_open=closed is end)
        for number, (opened, closed) in enumerate(stays, start=1)
    ]


def _boundary(series: EpisodeSeries, spent: float, row: int) -> _Boundary:
    """`spent` is what the rows before cost."""
    equity, traded, costs = series.equity, float(abs(series.traded[row])), float(series.costs[row])
    before, after = series.position[row - 1], series.position[row]
    if before == 0.0:
        return _Boundary(row, float(equity[row - 1]), spent, 0.0)
    if after == 0.0:
        return _Boundary(row, float(equity[row]), spent + costs, traded)
    held = float(before * equity[row - 1])
    sold = held * float(series.fill_price[row] / series.price[row - 1])
    share = costs * abs(sold) / traded
    return _Boundary(row, float(equity[row - 1]) + sold - held - share, spent + share, abs(sold))


def _round_trip(
    series: EpisodeSeries, number: int, opened: _Boundary, closed: _Boundary, *, is_open: bool
) -> RoundTrip:
    is_long = bool(series.position[opened.row] > 0.0)
    rows = slice(opened.row, closed.row + 1)
    traded, fill_price = series.traded[rows], series.fill_price[rows]
    notional = np.abs(traded)
    if not is_open:
        notional[-1] = closed.notional
    notional[0] -= opened.notional
    enlarges = (traded > 0.0) == is_long
    costs = closed.costs - opened.costs
    net = closed.equity - opened.equity
    return RoundTrip(
        number=number,
        side=LONG if is_long else SHORT,
        opened_row=opened.row,
        opened_ms=int(series.time_ms[opened.row]),
        closed_row=None if is_open else closed.row,
        closed_ms=None if is_open else int(series.time_ms[closed.row]),
        trades=int(np.count_nonzero(traded)),
        entry_price=_mean_price(notional * enlarges, fill_price),
        exit_price=_mean_price(notional * ~enlarges, fill_price) if notional[~enlarges].any() else None,
        gross=net + costs,
        costs=costs,
        net=net,
        return_pct=100.0 * net / opened.equity,
    )


def _mean_price(notional: Column, fill_price: Column) -> float:
    return float(notional.sum() / (notional / fill_price).sum())
