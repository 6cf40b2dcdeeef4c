"""What the agent sees of the market: causal features by name, standardised by the training bars alone.

A feature at row t reads rows up to t and no other. Adding one is one function and one line in the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knobs import Registry
from market.data import MarketData

Column = NDArray[np.float64]

CLIP = 10.0  # bound of every standardised feature, in training standard deviations
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Feature:
    """`compute(data)` gives one value a bar, NaN for the first `lookback` bars."""

    compute: Callable[[MarketData], Column]
    lookback: int


FEATURES: Registry[Feature] = Registry("feature")


def _log_return(horizon: int) -> Callable[[MarketData], Column]:
    def compute(data: MarketData) -> Column:
        log_close = np.log(data.close)
        change = np.full(len(data), np.nan)
        change[horizon:] = log_close[horizon:] - log_close[:-horizon]
        return change

    return compute


def _realised_volatility(bars: int) -> Callable[[MarketData], Column]:
    def compute(data: MarketData) -> Column:
        daily = pd.Series(_log_return(1)(data))
        return np.log(daily.rolling(bars).std().to_numpy() + _TINY)

    return compute


def _distance_to_average(bars: int) -> Callable[[MarketData], Column]:
    def compute(data: MarketData) -> Column:
        average = pd.Series(data.close).rolling(bars).mean().to_numpy()
        distance: Column = np.log(data.close / average)
        return distance

    return compute


def _relative_volume(bars: int) -> Callable[[MarketData], Column]:
    def compute(data: MarketData) -> Column:
        log_volume = pd.Series(np.log1p(data.volume))
        return (log_volume - log_volume.rolling(bars).mean()).to_numpy()

    return compute


def _bar_range(data: MarketData) -> Column:
    return np.log(data.high / data.low)


def _cycle(wave: Callable[[Column], Column], unit: str, period: float) -> Callable[[MarketData], Column]:
    """A calendar position as a point on a circle: the day of the week or the month of the year."""

    def compute(data: MarketData) -> Column:
        count = data.time.astype(f"datetime64[{unit}]").astype(np.float64)
        return wave(2.0 * np.pi * count / period)

    return compute


def _add(name: str, lookback: int, compute: Callable[[MarketData], Column], help: str) -> None:
    FEATURES.add(name, Feature(compute, lookback), help=help)


for _horizon, _span in ((1, "1 bar"), (5, "5 bars"), (21, "21 bars"), (63, "63 bars")):
    _add(f"log_return_{_horizon}", _horizon, _log_return(_horizon), f"Log return over {_span}.")
_add("realised_volatility_21", 21, _realised_volatility(21), "Log standard deviation of 21 one-bar log returns.")
_add("realised_volatility_63", 63, _realised_volatility(63), "Log standard deviation of 63 one-bar log returns.")
_add("distance_to_average_50", 49, _distance_to_average(50), "Log distance of the close to its 50-bar average.")
_add("relative_volume_21", 20, _relative_volume(21), "Log volume against its 21-bar average.")
_add("bar_range", 0, _bar_range, "Log of high over low.")
for _name, _word, _wave in (("sin", "sine", np.sin), ("cos", "cosine", np.cos)):
    _add(f"weekday_{_name}", 0, _cycle(_wave, "D", 7.0), f"Day of the week on a circle, {_word}.")
    _add(f"month_{_name}", 0, _cycle(_wave, "M", 12.0), f"Month of the year on a circle, {_word}.")

LOOKBACK = max(entry.item.lookback for entry in FEATURES)


@dataclass(frozen=True)
class TrainStatistics:
    """What the training bars say of themselves, and the only thing that other bars are measured by."""

    feature_mean: Column  # (features,)
    feature_std: Column  # (features,), 1 where a feature does not vary
    return_mean: float  # of one-bar log returns
    return_mean_square: float

    @classmethod
    def fit(cls, data: MarketData) -> "TrainStatistics":
        """Statistics of the rows that a training window trades; rows without full history are left out."""
        first = first_row(data)
        rows = raw_features(data)[first:]
        std = rows.std(axis=0)
        log_returns = np.diff(np.log(data.close[first:]))
        return cls(
            feature_mean=rows.mean(axis=0),
            feature_std=np.where(std > _TINY, std, 1.0),
            return_mean=float(log_returns.mean()),
            return_mean_square=float(np.square(log_returns).mean()),
        )


def first_row(data: MarketData) -> int:
    """The first row of the window at which every feature exists."""
    return max(data.start, LOOKBACK)


def raw_features(data: MarketData) -> NDArray[np.float64]:
    """Every registered feature of every bar: `(bars, features)`, NaN where history is short."""
    return np.column_stack([entry.item.compute(data) for entry in FEATURES])


def scaled_features(data: MarketData, statistics: TrainStatistics) -> NDArray[np.float32]:
    """Standardised, clipped features `(bars, features)`; rows without full history stay NaN."""
    scaled = (raw_features(data) - statistics.feature_mean) / statistics.feature_std
    return np.clip(scaled, -CLIP, CLIP).astype(np.float32)
