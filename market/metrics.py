"""Performance figures of an equity curve: plain functions, formula beside source, None where undefined.

Returns are simple per-bar returns. Knows no registry, no environment and no learner.
"""

import math

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


def simple_returns(equity: Column) -> Column:
    """Per-bar returns `(bars,)` of an equity curve `(bars + 1,)` whose first entry is the initial equity."""
    returns: Column = np.diff(equity) / equity[:-1]
    return returns


def sharpe(equity: Column, bars_per_year: float) -> float | None:
    """Annualised Sharpe ratio at a zero risk-free rate: mean(R) / std(R, ddof=1) * sqrt(bars a year).

    None with fewer than two returns or without any variation: a flat account has no Sharpe ratio. (Sharpe 1994)
    """
    returns = simple_returns(equity)
    if len(returns) < 2 or np.ptp(returns) == 0.0:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = float(returns.mean() / returns.std(ddof=1) * math.sqrt(bars_per_year))
    return ratio if math.isfinite(ratio) else None


def total_return_pct(equity: Column) -> float:
    """Change of equity over the episode, in percent of the initial equity."""
    return float((equity[-1] / equity[0] - 1.0) * 100.0)


def max_drawdown_pct(equity: Column) -> float:
    """Deepest fall below an earlier peak, initial equity included, in percent of that peak: 0 or negative."""
    peaks = np.maximum.accumulate(equity)
    return float(((equity - peaks) / peaks).min() * 100.0)
