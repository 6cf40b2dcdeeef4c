"""The datasets a run can name, each with its chronological split into train, validation and test bars.

Adding one is one loader and one line in the registry.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import AfterValidator

from knobs import Knobs, Registry, knob
from market.data import MIN_WINDOW_BARS, DataError, MarketData
from market.features import LOOKBACK
from market.files.reader import parse_bars, read_content
from market.files.uploads import ID_FORM, file_id

USER_FILE = "file"  # the dataset that is not in the program
TRAIN, VALIDATION, TEST = "train", "validation", "test"  # the windows, by the names they have everywhere
DEFAULT_FRACTIONS = (0.6, 0.2)  # train and validation, of a dataset without dates of its own


@dataclass(frozen=True)
class DatasetSplits:
    """Windows of one market in time order; later ones see earlier bars as feature history, never the reverse."""

    train: MarketData
    validation: MarketData
    test: MarketData

    @property
    def all_bars(self) -> MarketData:
        """Every bar, from the first one on."""
        return replace(self.test, name=self.test.name.removesuffix(f" {TEST}"), start=0)

    @property
    def windows(self) -> dict[str, MarketData]:
        """The windows by name, in time order."""
        return {TRAIN: self.train, VALIDATION: self.validation, TEST: self.test}


class SplitError(DataError):
    """A split that was asked for and that the bars cannot give."""


FindFile = Callable[[str], Path]  # where the file of an id lies; raises DataError when there is none
Loader = Callable[["DataConfig"], DatasetSplits]
DATASETS: Registry[Loader] = Registry("dataset")


def _empty_or_date(text: str) -> str:
    if text and date.fromisoformat(text).isoformat() != text:
        raise ValueError("not year-month-day")
    return text


def _empty_or_id(text: str) -> str:
    if text and not ID_FORM.fullmatch(text):
        raise ValueError("not the id of an uploaded file")
    return text


Date = Annotated[str, AfterValidator(_empty_or_date)]
FileId = Annotated[str, AfterValidator(_empty_or_id)]


class DataConfig(Knobs):
    """Which bars a run trades, and which of them it trains, validates and tests on."""

    dataset: Annotated[str, DATASETS] = knob(
        "sp500", primary=True, label="Dataset", help="The bars to train, validate and test on."
    )
    synthetic_seed: int = knob(
        0, ge=0, le=2**31 - 1, label="Synthetic seed", help="Seed of the synthetic market; other datasets ignore it."
    )
    synthetic_bars: int = knob(
        5_000,
        ge=500,
        le=1_000_000,
        unit="bars",
        label="Synthetic bars",
        help="Length of the synthetic market; other datasets ignore it.",
    )
    data_file: FileId = knob(
        "",
        unit="as given by an upload, or empty",
        label="Data file",
        help="Id of a file of the user's own, for the dataset `file`; others ignore it. Made from the file's content.",
    )
    validation_from: Date = knob(
        "",
        unit="as YYYY-MM-DD or empty",
        label="Validation from",
        help="Training ends before this date. Goes with `test_from`; empty is the dataset's own split.",
    )
    test_from: Date = knob(
        "",
        unit="as YYYY-MM-DD or empty",
        label="Test from",
        help="Validation ends before this date. Goes with `validation_from`; empty is the dataset's own split.",
    )
    train_fraction: float | None = knob(
        None,
        gt=0,
        lt=1,
        unit="of the bars",
        label="Training share",
        help="Goes with `validation_fraction`, instead of dates; empty is the dataset's own split.",
    )
    validation_fraction: float | None = knob(
        None,
        gt=0,
        lt=1,
        unit="of the bars",
        label="Validation share",
        help="Goes with `train_fraction`; the test takes the rest. Empty is the dataset's own split.",
    )
    embargo_bars: int = knob(
        0,
        ge=0,
        le=100_000,
        unit="bars",
        label="Embargo",
        help="Bars left out before validation and before test. None are needed: no feature and no reward reads ahead.",
    )


def _no_user_files(file_id: str) -> Path:
    raise DataError("dataset 'file' needs a file of bars: upload one, or give --data FILE on the command line")


def load_dataset(config: DataConfig, find_file: FindFile = _no_user_files) -> DatasetSplits:
    """Load the named dataset and split it as the configuration says; `find_file` knows where users' files lie.

    Raises:
        DataError: its bars are malformed, there is no such file, or the split leaves a window with too few bars.
    """
    loader = partial(_from_file, find_file) if config.dataset == USER_FILE else DATASETS[config.dataset]
    return _as_configured(loader(config), config)


def split_user_file(data: MarketData, config: DataConfig) -> DatasetSplits:
    """The bars of a user's file, split as the configuration says.

    Raises:
        DataError: the split leaves a window with too few bars.
    """
    return _as_configured(_by_default(data), config)


def split(data: MarketData, validation_row: int, test_row: int, embargo: int = 0) -> DatasetSplits:
    """Cut at two rows: train before the first, test from the second on, `embargo` bars missing before either."""
    return DatasetSplits(
        train=data.window(0, max(validation_row - embargo, 0), f"{data.name} {TRAIN}"),
        validation=data.window(validation_row, max(test_row - embargo, validation_row), f"{data.name} {VALIDATION}"),
        test=data.window(test_row, len(data), f"{data.name} {TEST}"),
    )


def _as_configured(splits: DatasetSplits, config: DataConfig) -> DatasetSplits:
    wanted = _resplit(splits, config)
    _check_lengths(wanted)
    return wanted


def _by_default(data: MarketData) -> DatasetSplits:
    return split(data, *_rows_after(data, *DEFAULT_FRACTIONS))


def _resplit(splits: DatasetSplits, config: DataConfig) -> DatasetSplits:
    """The dataset's own split, unless the configuration names another one or an embargo."""
    dates = _both(config, "validation_from", "test_from")
    fractions = _both(config, "train_fraction", "validation_fraction")
    if dates and fractions:
        raise SplitError("the split is given twice, by dates and by fractions; empty one of the two pairs")
    data = splits.all_bars
    rows = (splits.validation.start, splits.test.start)
    if dates:
        rows = _rows_at(data, *dates)
    if fractions:
        rows = _rows_after(data, *fractions)
    is_own = not (dates or fractions or config.embargo_bars)
    return splits if is_own else split(data, *rows, config.embargo_bars)


def _both(config: DataConfig, first: str, second: str) -> tuple[Any, Any] | None:
    values = (getattr(config, first), getattr(config, second))
    if not any(values):
        return None
    if not all(values):
        given, missing = (first, second) if values[0] else (second, first)
        raise SplitError(f"`{given}` is given without `{missing}`; set both or neither")
    return values


def _rows_at(data: MarketData, validation_from: str, test_from: str) -> tuple[int, int]:
    if validation_from >= test_from:  # ISO dates sort as texts
        raise SplitError(f"`validation_from` {validation_from} must be before `test_from` {test_from}")
    return data.row_at(validation_from), data.row_at(test_from)


def _rows_after(data: MarketData, train: float, validation: float) -> tuple[int, int]:
    if train + validation >= 1.0:
        raise SplitError(
            f"`train_fraction` {train:g} and `validation_fraction` {validation:g} leave nothing to test; "
            "together they must stay below 1"
        )
    return round(len(data) * train), round(len(data) * (train + validation))


def _check_lengths(splits: DatasetSplits) -> None:
    for name, window in splits.windows.items():
        history = LOOKBACK if name == TRAIN else 0
        bars, needed = len(window) - window.start, MIN_WINDOW_BARS + history
        if bars < needed:
            data = splits.all_bars
            first, last = (str(time.astype("datetime64[D]")) for time in data.time[[0, -1]])
            of_history = f", {history} of them history for the features" if history else ""
            raise SplitError(
                f"{data.name}: the {name} window has {bars:,} bars, at least {needed} are needed{of_history}; "
                f"there are {len(data):,} bars from {first} to {last}, cut them elsewhere"
            )


def _from_file(find_file: FindFile, config: DataConfig) -> DatasetSplits:
    path = find_file(config.data_file)
    content = read_content(path)
    data = parse_bars(content, path.name)
    if file_id(content, path.name) != config.data_file:
        raise DataError(f"{data.name} is not the file that the configuration names, {config.data_file or 'none'}")
    return _by_default(data)


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
    return _by_default(data)


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
DATASETS.add(
    USER_FILE,
    partial(_from_file, _no_user_files),
    help="A CSV or Parquet file of your own, 60 % train, 20 % validation, 20 % test unless you say otherwise.",
)
