"""Better, or lucky? Bootstrap tests of equity curves against a benchmark on the same bars.

Importing it takes seconds (arch brings statsmodels), so nothing that the web server imports at its start may import it:
a worker does. Knows no run and no registry; figures of a single curve, the best Sharpe ratio to expect of many trials
among them, are in `market.metrics`.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.metrics import simple_returns

with warnings.catch_warnings():  # arch loads all of itself and statsmodels, which add warning filters
    from arch.bootstrap import SPA, StationaryBootstrap, optimal_block_length

Column = NDArray[np.float64]

LEAST_RETURNS = 20  # with fewer, block lengths and tails are guesses
_MOST_UNDEFINED = 0.05  # of the replicates: a curve that seldom moves has resamples without a Sharpe ratio
_ROUNDING = 1e-14  # returns that vary by no more do not vary


@dataclass(frozen=True, slots=True)
class Resampling:
    """How many bootstrap replicates are drawn, and the share of them that an interval holds."""

    replicates: int = 1_000
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """Curve minus benchmark: point estimate, percentile interval, and two-sided p-value of no difference."""

    estimate: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A curve against a benchmark on the same bars; None where a difference is undefined."""

    sharpe: Difference | None  # annualised
    log_return: Difference | None  # mean log growth a year
    block_bars: int  # mean length of the resampled blocks


DEFAULT_RESAMPLING = Resampling()


def compare(
    equity: Column,
    benchmark: Column,
    bars_per_year: float,
    rng: np.random.Generator,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> Comparison | None:
    """Differences in Sharpe ratio and in log growth between curves `(bars + 1,)`, by stationary block bootstrap.

    Bars are resampled in pairs, so that what moves both curves stays common to both. None with identical or twice
    flat curves, after a loss of everything, or below `LEAST_RETURNS` returns; a flat curve has log growth to compare,
    but no Sharpe ratio. (Politis & Romano 1994; block length: Politis & White 2004, Patton et al. 2009)

    Raises:
        ValueError: the curves differ in length.
    """
    returns = _returns([equity, benchmark])
    difference = returns[:, 0] - returns[:, 1]
    if not _is_testable(returns) or np.ptp(difference) <= _ROUNDING:
        return None
    block_bars = _block_bars(difference)
    growth = np.log1p(returns[:, 0]) - np.log1p(returns[:, 1])
    columns = np.column_stack([returns, growth])
    replicates = StationaryBootstrap(block_bars, columns, seed=rng).apply(_differences, resampling.replicates)
    scale = np.array([np.sqrt(bars_per_year), bars_per_year])
    sharpe, log_return = (
        _difference(estimate, column, resampling.confidence)
        for estimate, column in zip(scale * _differences(columns), (scale * replicates).T, strict=True)
    )
    return Comparison(sharpe, log_return, block_bars)


def superior_ability(
    candidates: Mapping[str, Column],
    benchmark: Column,
    rng: np.random.Generator,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> float | None:
    """The p-value of "no candidate has a higher mean log return than the benchmark", for all candidates together.

    Small when the best of them is better than luck among so many explains. Candidates whose difference to the
    benchmark does not vary say nothing and are left out; None without any other, after a loss of everything, or below
    `LEAST_RETURNS` returns. (Hansen 2005, the consistent p-value)

    Raises:
        ValueError: the curves differ in length.
    """
    returns = _returns([benchmark, *candidates.values()])
    if not _is_testable(returns):
        return None
    log_returns = np.log1p(returns)
    gains = log_returns[:, 1:] - log_returns[:, :1]
    gains = gains[:, np.ptp(gains, axis=0) > _ROUNDING]
    if not gains.shape[1]:
        return None
    # arch 8.0 says `studentize`, but compares unscaled means, so that one wild candidate hides every steady one
    losses = -gains / gains.std(axis=0)
    block_bars = max(map(_block_bars, gains.T))
    test = SPA(np.zeros(len(losses)), losses, block_bars, resampling.replicates, seed=rng)
    test.compute()
    return _p_value(test.pvalues["consistent"] * resampling.replicates, resampling.replicates)


def _returns(curves: Sequence[Column]) -> Column:
    """Simple returns `(bars, curves)`."""
    if len({len(curve) for curve in curves}) > 1:
        lengths = ", ".join(str(len(curve)) for curve in curves)
        raise ValueError(f"curves to compare must cover the same bars, found lengths {lengths}")
    return np.column_stack([simple_returns(curve) for curve in curves])


def _is_testable(returns: Column) -> bool:
    return len(returns) >= LEAST_RETURNS and bool(np.isfinite(returns).all() and (returns > -1.0).all())


def _block_bars(series: Column) -> int:
    """The optimal mean block length of a series, rounded up."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a series that seldom moves has autocorrelations 0/0
        length = float(optimal_block_length(series)["stationary"].iloc[0])
    return max(math.ceil(length), 1) if math.isfinite(length) else 1


def _differences(columns: Column) -> Column:
    """Of first return, second return and log growth difference `(bars, 3)`: difference of Sharpe ratios, of growth."""
    mean = columns.mean(axis=0)
    deviation = columns[:, :2].std(axis=0, ddof=1)
    sharpe = np.divide(mean[:2], deviation, out=np.full(2, np.nan), where=deviation > _ROUNDING)
    return np.array([sharpe[0] - sharpe[1], mean[2]])


def _difference(estimate: float, replicates: Column, confidence: float) -> Difference | None:
    defined = replicates[np.isfinite(replicates)]
    if not np.isfinite(estimate) or len(defined) < (1.0 - _MOST_UNDEFINED) * len(replicates):
        return None
    low, high = np.quantile(defined, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    # centred at the estimate, the replicates are what chance would show if there were no difference
    as_extreme = int(np.count_nonzero(np.abs(defined - estimate) >= abs(estimate)))
    return Difference(float(estimate), float(low), float(high), _p_value(as_extreme, len(defined)))


def _p_value(as_extreme: float, replicates: int) -> float:
    """The estimate itself counts as one draw, so no finite number of replicates gives 0. (Davison & Hinkley 1997)"""
    return (1.0 + as_extreme) / (1.0 + replicates)
