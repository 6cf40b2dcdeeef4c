"""Performance figures of an equity curve: plain functions, formula beside source, None where undefined.

An equity curve `(bars + 1,)` begins with the initial equity. Returns are simple and per bar, the risk-free rate is 0,
and years are counted in bars, as many as the data has in a year. Knows no registry, no environment and no learner.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from market.episode import EpisodeSeries

Column = NDArray[np.float64]

_ROUNDING = 1e-14  # constant growth has returns that differ by this much, and no Sharpe ratio of 1e16
_NORMAL = NormalDist()
_EULER_GAMMA = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class SharpeEstimate:
    """A Sharpe ratio per bar, with what says how far it can be trusted.

    Source: Lo 2002; Mertens 2002; Bailey & López de Prado 2012.
    """

    per_bar: float
    bars: int
    skew: float
    kurtosis: float  # raw: a normal distribution has 3, not 0

    @classmethod
    def of(cls, equity: Column) -> "SharpeEstimate | None":
        """The estimate from a curve; None where the curve has no Sharpe ratio."""
        returns = simple_returns(equity)
        per_bar = _per_bar(returns, _deviation)
        if per_bar is None:
            return None
        scores = (returns - returns.mean()) / returns.std()
        return cls(per_bar, len(returns), float((scores**3).mean()), float((scores**4).mean()))

    @property
    def standard_error(self) -> float:
        """Per bar: sqrt((1 - skew SR + (kurtosis - 1)/4 SR^2) / (bars - 1)), for independent returns of any shape."""
        shape = 1.0 - self.skew * self.per_bar + (self.kurtosis - 1.0) / 4.0 * self.per_bar**2
        return math.sqrt(max(shape, 0.0) / (self.bars - 1))

    def probability_above(self, hurdle_per_bar: float) -> float | None:
        """The probability that the true ratio exceeds the hurdle; None without any standard error."""
        error = self.standard_error
        return _NORMAL.cdf((self.per_bar - hurdle_per_bar) / error) if error > 0.0 else None


def simple_returns(equity: Column) -> Column:
    """Per-bar returns `(bars,)`; not finite after a bar that left no equity at all."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        returns: Column = np.diff(equity) / equity[:-1]
    return returns


def sharpe(equity: Column, bars_per_year: float) -> float | None:
    """Annualised Sharpe ratio at a zero risk-free rate: mean(R) / std(R, ddof=1) * sqrt(bars a year).

    None with fewer than two returns or without any variation: a flat account has no Sharpe ratio. (Sharpe 1994)
    """
    returns = simple_returns(equity)
    return _annualised(_per_bar(returns, _deviation), bars_per_year)


def sharpe_standard_error(equity: Column, bars_per_year: float) -> float | None:
    """Annualised standard error of the Sharpe ratio; None where there is no ratio. (Lo 2002, Mertens 2002)"""
    estimate = SharpeEstimate.of(equity)
    return None if estimate is None else _annualised(estimate.standard_error, bars_per_year)


def probabilistic_sharpe(equity: Column, bars_per_year: float, hurdle: float = 0.0) -> float | None:
    """Probability that the true Sharpe ratio exceeds the annualised `hurdle`. (Bailey & López de Prado 2012)"""
    estimate = SharpeEstimate.of(equity)
    return None if estimate is None else estimate.probability_above(hurdle / math.sqrt(bars_per_year))


def deflated_sharpe(
    equity: Column, bars_per_year: float, trials: int, trials_deviation: float | None = None
) -> float | None:
    """Probability that the true Sharpe ratio exceeds the best that `trials` skill-less trials would show.

    `trials_deviation` is the standard deviation of the trials' annualised ratios. Without it, that of trials without
    skill on as many bars is taken: sqrt(bars a year / (bars - 1)). (Bailey & López de Prado 2014)

    Raises:
        ValueError: `trials` is below 1.
    """
    if trials_deviation is None:
        trials_deviation = math.sqrt(bars_per_year / max(len(equity) - 2, 1))
    return probabilistic_sharpe(equity, bars_per_year, expected_maximum_sharpe(trials, trials_deviation))


def expected_maximum_sharpe(trials: int, deviation: float) -> float:
    """The best ratio to expect of `trials` trials whose ratios vary by `deviation` around 0, in its unit.

    SR0 = deviation * ((1 - g) * Phi^-1(1 - 1/N) + g * Phi^-1(1 - 1/(N e))), g = 0.5772...; one trial expects 0.
    (Bailey & López de Prado 2014)

    Raises:
        ValueError: `trials` is below 1.
    """
    if trials < 1:
        raise ValueError(f"trials must be at least 1, found {trials}: count every strategy that was tried")
    if trials == 1:
        return 0.0
    best = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    next_best = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return deviation * ((1.0 - _EULER_GAMMA) * best + _EULER_GAMMA * next_best)


def sortino(equity: Column, bars_per_year: float) -> float | None:
    """Annualised mean return over downside deviation, sqrt(mean(min(R, 0)^2)) over all bars; None without a loss.

    Source: Sortino & van der Meer 1991.
    """
    returns = simple_returns(equity)
    return _annualised(_per_bar(returns, _downside_deviation), bars_per_year)


def volatility_pct(equity: Column, bars_per_year: float) -> float | None:
    """Annualised sample standard deviation of the returns, in percent; None with fewer than two returns."""
    returns = simple_returns(equity)
    if len(returns) < 2 or not np.isfinite(returns).all():
        return None
    return _finite(_deviation(returns) * math.sqrt(bars_per_year) * 100.0)


def total_return_pct(equity: Column) -> float:
    """Change of equity over the episode, in percent of the initial equity."""
    return float((equity[-1] / equity[0] - 1.0) * 100.0)


def cagr_pct(equity: Column, bars_per_year: float) -> float | None:
    """Compound growth a year, in percent: (E_T / E_0)^(bars a year / bars) - 1. None below zero equity."""
    bars = len(equity) - 1
    growth = equity[-1] / equity[0]
    if bars < 1 or growth < 0.0:
        return None
    with np.errstate(over="ignore"):
        return _finite(float(np.power(growth, bars_per_year / bars) - 1.0) * 100.0)


def max_drawdown_pct(equity: Column) -> float:
    """Deepest fall below an earlier peak, initial equity included, in percent of that peak: 0 or negative."""
    peaks = np.maximum.accumulate(equity)
    return float(((equity - peaks) / peaks).min() * 100.0)


def calmar(equity: Column, bars_per_year: float) -> float | None:
    """Compound growth a year over the deepest drawdown; None when equity never fell. (Young 1991)"""
    growth, drawdown = cagr_pct(equity, bars_per_year), max_drawdown_pct(equity)
    return None if growth is None or drawdown == 0.0 else _finite(growth / -drawdown)


def turnover(series: EpisodeSeries) -> float:
    """Sum over all trades of |target weight - drifted weight|, at their fills: in and out of a full position is 2.

    Holding is no turnover. A bar's interest is counted as paid before its trade; that moves the weight of a short by
    less than the interest.
    """
    trades = np.flatnonzero(series.traded[1:])
    equity, weight, traded = series.equity[trades], series.position[trades], series.traded[trades + 1]
    growth = series.fill_price[trades + 1] / series.price[trades]
    held = weight * equity * growth
    at_fill = equity + held - weight * equity
    target = (held + traded) / (at_fill - series.costs[trades + 1])
    return float(np.abs(target - held / at_fill).sum())


def mean_exposure(position: Column) -> float | None:
    """Mean absolute position over the bars of `(bars + 1,)`; None without a bar."""
    return float(np.abs(position[1:]).mean()) if len(position) > 1 else None


def share_in_market(position: Column) -> float | None:
    """Share of bars that end with a position, long or short; None without a bar."""
    return float((position[1:] != 0.0).mean()) if len(position) > 1 else None


def _deviation(returns: Column) -> float:
    """Sample standard deviation; 0 when the returns differ by rounding alone."""
    return float(returns.std(ddof=1)) if np.ptp(returns) > _ROUNDING else 0.0


def _downside_deviation(returns: Column) -> float:
    return float(np.sqrt(np.square(np.minimum(returns, 0.0)).mean()))


def _per_bar(returns: Column, spread: Callable[[Column], float]) -> float | None:
    """Mean return over its spread; None with fewer than two returns, without spread or without a finite answer."""
    if len(returns) < 2:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = spread(returns)
        return _finite(float(returns.mean()) / deviation) if deviation > 0.0 else None


def _annualised(per_bar: float | None, bars_per_year: float) -> float | None:
    return None if per_bar is None else _finite(per_bar * math.sqrt(bars_per_year))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
