"""Bars at the door: what is accepted, what is refused with its row, and where windows begin and end."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from market.data import DataError, MarketData, bars_per_year
from market.datasets import DATASETS, DataConfig, load_dataset, split, synthetic_bars


def put(row: int, column: str, value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame.index[row], column] = value
        return frame

    return change


def retime(rows: dict[int, int]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        times = list(frame.index)
        for row, source in rows.items():
            times[row] = frame.index[source]
        return frame.set_axis(pd.DatetimeIndex(times), axis=0)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(4, "close", np.nan), "row 5: close is not a finite number"),
        (put(4, "open", np.inf), "row 5: open is not a finite number"),
        (put(2, "volume", np.nan), "row 3: volume is not a finite number"),
        (put(6, "low", 0.0), "row 7: low must be above 0"),
        (put(6, "close", -1.0), "row 7: close must be above 0"),
        (put(1, "volume", -5.0), "row 2: volume must not be negative"),
        (put(3, "high", 1.0), "row 4: high is below open or close"),
        (put(3, "low", 1e6), "row 4: low is above open or close"),
        (retime({5: 4}), "row 6: the time does not increase"),
        (retime({5: 7, 7: 5}), "row 7: the time does not increase"),
        (lambda frame: frame.drop(columns="low"), "missing column 'low'"),
        (lambda frame: frame.reset_index(drop=True), "the index must be time"),
        (lambda frame: frame.iloc[:1], "at least 2 bars are needed, found 1"),
        (lambda frame: frame.iloc[:0], "at least 2 bars are needed, found 0"),
    ],
)
def test_malformed_bars_are_refused_with_their_row(
    change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        MarketData.from_frame(change(synthetic_bars(0, 20)))


def test_column_names_are_read_in_any_case() -> None:
    frame = synthetic_bars(0, 20).rename(columns=str.upper)
    assert len(MarketData.from_frame(frame)) == 20


def test_bars_are_copied() -> None:
    frame = synthetic_bars(0, 20)
    data = MarketData.from_frame(frame)
    before = data.close.copy()
    frame["close"] *= 2
    assert np.array_equal(data.close, before)


def test_aware_times_become_utc() -> None:
    frame = synthetic_bars(0, 20)
    frame.index = pd.DatetimeIndex(frame.index).tz_localize("America/New_York")
    assert MarketData.from_frame(frame).time[0] == np.datetime64("1990-01-01T05:00")


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.bdate_range("2001-01-01", periods=600), 252.0),
        (pd.date_range("2001-01-01", periods=600), 365.0),
        (pd.date_range("2001-01-01", periods=600, freq="h"), pytest.approx(8766.0)),
        (pd.date_range("2001-01-01", periods=209, freq="7D"), pytest.approx(52.18, abs=0.01)),
    ],
)
def test_bars_a_year_follow_from_the_spacing(index: pd.DatetimeIndex, expected: float) -> None:
    assert bars_per_year(index.to_numpy().astype("datetime64[ms]")) == expected


def test_window_ends_where_its_arrays_end() -> None:
    data = MarketData.from_frame(synthetic_bars(0, 100))
    window = data.window(60, 80)
    assert (len(window), window.start) == (80, 60)
    assert window.close[-1] == data.close[79]


def test_splits_are_adjacent_and_in_time_order() -> None:
    splits = split(MarketData.from_frame(synthetic_bars(0, 100)), 60, 80)
    assert (splits.train.start, len(splits.train)) == (0, 60)
    assert (splits.validation.start, len(splits.validation)) == (60, 80)
    assert (splits.test.start, len(splits.test)) == (80, 100)


@pytest.mark.parametrize("name", DATASETS.names())
def test_every_dataset_loads_and_splits(name: str) -> None:
    splits = load_dataset(DataConfig(dataset=name))
    assert len(splits.train) < len(splits.validation) < len(splits.test)
    assert splits.train.bars_per_year == 252.0


def test_default_dataset_is_the_sp500_split_by_year() -> None:
    splits = load_dataset(DataConfig())
    assert len(splits.test) == 5031
    assert (len(splits.train), splits.train.time[0]) == (3019, np.datetime64("1999-01-04"))
    assert splits.validation.time[splits.validation.start] == np.datetime64("2011-01-03")
    assert splits.test.time[splits.test.start] == np.datetime64("2015-01-02")
    assert splits.test.close[-1] == 2506.850098


def test_synthetic_market_follows_its_seed() -> None:
    one, same, other = synthetic_bars(1, 300), synthetic_bars(1, 300), synthetic_bars(2, 300)
    assert one.equals(same)
    assert not one.equals(other)


def test_synthetic_market_has_the_drift_and_volatility_it_claims() -> None:
    log_returns = np.diff(np.log(synthetic_bars(0, 200_000)["close"]))
    assert log_returns.std() * np.sqrt(252) == pytest.approx(0.18, rel=0.01)
    assert log_returns.mean() * 252 == pytest.approx(0.06 - 0.18**2 / 2, abs=3 * 0.18 / np.sqrt(200_000 / 252))
