"""What one episode left behind: aligned series, and the trades in them.

One row per bar: row 0 is the account before the first step, row k the account after step k. Knows no storage
format and no chart.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EpisodeSeries:
    """Columns of equal length `steps + 1`; money in the account's currency."""

    time_ms: NDArray[np.int64]  # bar time, milliseconds since 1970 UTC
    price: Column  # close
    fill_price: Column  # mid price at which this step's trade, if any, was filled
    action: Column  # executed action in [-1, 1]; 0 in row 0
    position: Column  # signed fraction of equity held after the step
    equity: Column
    traded: Column  # signed notional bought (> 0) or sold (< 0) in the step
    costs: Column  # fees, spread, slippage and interest of the step
    reward: Column
    gated: NDArray[np.bool_]  # the executed action was forced by the warm-up gate

    def __len__(self) -> int:
        return len(self.time_ms)

    @property
    def steps(self) -> int:
        return len(self) - 1

    def columns(self) -> dict[str, NDArray[np.generic]]:
        return {column.name: getattr(self, column.name) for column in fields(self)}

    def buy_and_hold(self) -> Column:
        """Equity of holding the asset from row 0 without costs: what the same bars paid for doing nothing."""
        held: Column = self.equity[0] * self.price / self.price[0]
        return held


@dataclass(frozen=True, slots=True)
class Trade:
    """One executed position change. `price` is the mid; costs are what it paid on top.

    `costs` and `holding_costs` of all trades add up to the costs of the episode: nothing is owed before the first one.
    """

    row: int
    time_ms: int
    side: str  # "buy" or "sell"
    price: float
    quantity: float
    notional: float
    position_before: float
    position_after: float
    costs: float  # of its bar: fees, spread, slippage, and the interest of that bar
    holding_costs: float  # interest of the bars after it, until the next trade
    equity: float


def trades_of(series: EpisodeSeries) -> list[Trade]:
    """The episode's trades in time order."""
    rows = np.flatnonzero(series.traded)
    until_next = np.add.reduceat(series.costs, rows) if len(rows) else series.costs
    return [
        Trade(
            row=int(row),
            time_ms=int(series.time_ms[row]),
            side="buy" if series.traded[row] > 0 else "sell",
            price=float(series.fill_price[row]),
            quantity=float(abs(series.traded[row]) / series.fill_price[row]),
            notional=float(abs(series.traded[row])),
            position_before=float(series.position[row - 1]),
            position_after=float(series.position[row]),
            costs=float(series.costs[row]),
            holding_costs=float(paid - series.costs[row]),
            equity=float(series.equity[row]),
        )
        for row, paid in zip(rows, until_next, strict=False)
    ]
