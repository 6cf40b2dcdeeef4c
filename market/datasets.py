"""The datasets a run can name, each with its chronological split into train, validation and test bars.

Adding one is one loader and one line in the registry.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from knobs import Knobs, Registry, knob
from market.data import MarketData


@dataclass(frozen=True)
class DatasetSplits:
    """Windows of one market in time order; later ones see earlier bars as feature history, never the reverse."""

    train: MarketData
    validation: MarketData
    test: MarketData


Loader = Callable[["DataConfig"], DatasetSplits]
DATASETS: Registry[Loader] = Registry("dataset")


class DataConfig(Knobs):
    """Which bars a run trades."""

    dataset: Annotated[str, DATASETS] = knob(
        "sp500", primary=True, label="Dataset", help="The bars to train, validate and test on."
    )
    synthetic_seed: int = knob(
        0, ge=0, le=2**31 - 1, label="Synthetic seed", help="Seed of the synthetic market; others ignore it."
    )
    synthetic_bars: int = knob(
        5_000,
        ge=500,
        le=1_000_000,
        unit="bars",
        label="Synthetic bars",
        help="Length of the synthetic market; others ignore it.",
    )


def load_dataset(config: DataConfig) -> DatasetSplits:
    """Load and split the named dataset.

    Raises:
        DataError: its bars are malformed.
    """
    return DATASETS[config.dataset](config)


def split(data: MarketData, validation_row: int, test_row: int) -> DatasetSplits:
    """Cut at two rows: train before the first, test from the second on."""
    return DatasetSplits(
        train=data.window(0, validation_row, f"{data.name} train"),
        validation=data.window(validation_row, test_row, f"{data.name} validation"),
        test=data.window(test_row, len(data), f"{data.name} test"),
    )


def _from_arch(name: str) -> DatasetSplits:
    # Reads the file that `arch.data.<name>.load()` reads; importing arch itself would cost seconds (statsmodels).
    package = importlib.util.find_spec("arch")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(f"dataset {name!r} comes with the package 'arch', which is not installed")
    path = Path(package.origin).parent / "data" / name / f"{name}.csv.gz"
    frame = pd.read_csv(path, index_col="Date", parse_dates=["Date"])
    data = MarketData.from_frame(frame, name)
    return split(data, data.row_at("2011-01-01"), data.row_at("2015-01-01"))


def _synthetic(config: DataConfig) -> DatasetSplits:
    data = MarketData.from_frame(synthetic_bars(config.synthetic_seed, config.synthetic_bars), "synthetic")
    return split(data, int(len(data) * 0.6), int(len(data) * 0.8))


def synthetic_bars(seed: int, bars: int, *, drift: float = 0.06, volatility: float = 0.18) -> pd.DataFrame:
    """Daily bars of a geometric Brownian motion with yearly `drift` and `volatility`, the same for the same seed."""
    rng = np.random.default_rng(seed)
    half_bar = 1 / 504  # years; a bar is one overnight and one intraday move
    overnight, intraday = rng.normal((drift - volatility**2 / 2) * half_bar, volatility * np.sqrt(half_bar), (2, bars))
    close = 100.0 * np.exp(np.cumsum(overnight + intraday))
    opening = close * np.exp(-intraday)
    wick = np.exp(np.abs(rng.normal(0.0, volatility * np.sqrt(half_bar) / 2, (2, bars))))
    return pd.DataFrame(
        {
            "open": opening,
            "high": np.maximum(opening, close) * wick[0],
            "low": np.minimum(opening, close) / wick[1],
            "close": close,
            "volume": rng.lognormal(14.0, 0.3, bars).round(),
        },
        index=pd.bdate_range("1990-01-01", periods=bars, name="time"),
    )


DATASETS.add(
    "sp500",
    lambda config: _from_arch("sp500"),
    help="S&P 500 index, 5,031 daily bars: train 1999-2010, validation 2011-2014, test 2015-2018. No dividends.",
)
DATASETS.add(
    "nasdaq",
    lambda config: _from_arch("nasdaq"),
    help="NASDAQ composite index, 5,031 daily bars, split like the S&P 500. No dividends.",
)
DATASETS.add(
    "synthetic",
    _synthetic,
    help="A seeded random market (geometric Brownian motion), 60 % train, 20 % validation, 20 % test.",
)
