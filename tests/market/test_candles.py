"""Candles: each holds what its bars hold together, and they are only made of bars that were traded."""

import numpy as np
import pytest

from market.candles import candles, rows_at
from market.data import DataError, MarketData
from market.datasets import synthetic_bars


@pytest.fixture(scope="module")
def data() -> MarketData:
    return MarketData.from_frame(synthetic_bars(0, 50))


def test_few_bars_are_their_own_candles(data: MarketData) -> None:
    rows = np.arange(10, 15)

    own = candles(data, rows, 5)

    assert own.time_ms.tolist() == data.time[10:15].astype(int).tolist()
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(own, name), getattr(data, name)[10:15])
    assert own.bars.tolist() == [1] * 5


def test_many_bars_share_candles_that_reach_as_high_and_as_low(data: MarketData) -> None:
    shared = candles(data, np.arange(7), 3)  # of three, three and one bar

    assert shared.bars.tolist() == [3, 3, 1]
    assert shared.time_ms.tolist() == data.time[[1, 4, 6]].astype(int).tolist()
    assert shared.open.tolist() == data.open[[0, 3, 6]].tolist()
    assert shared.close.tolist() == data.close[[2, 5, 6]].tolist()
    assert shared.high.tolist() == [max(data.high[:3]), max(data.high[3:6]), data.high[6]]
    assert shared.low.tolist() == [min(data.low[:3]), min(data.low[3:6]), data.low[6]]


def test_no_bars_make_no_candles(data: MarketData) -> None:
    assert len(candles(data, np.arange(0), 5)) == 0


def test_bars_are_found_by_time(data: MarketData) -> None:
    assert rows_at(data, data.time[7:9].astype(np.int64), data.close[7:9]).tolist() == [7, 8]


@pytest.mark.parametrize(
    ("shift_ms", "factor"), [(1, 1.0), (10**12, 1.0), (0, 1.01)], ids=["no such time", "after the end", "other price"]
)
def test_other_bars_are_refused(data: MarketData, shift_ms: int, factor: float) -> None:
    with pytest.raises(DataError, match="other bars than those that were traded"):
        rows_at(data, data.time[7:9].astype(np.int64) + shift_ms, data.close[7:9] * factor)
