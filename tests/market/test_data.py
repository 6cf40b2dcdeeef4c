"""Bars at the door: what is accepted, what is refused with its row, where windows begin and end, and the summary."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from market.data import MIN_WINDOW_BARS, DataError, MarketData, bars_per_year
from market.datasets import DATASETS, USER_FILE, DataConfig, SplitError, load_dataset, split, synthetic_bars
from market.features import LOOKBACK
from market.files.spacing import Gap, frequency, gaps
from market.files.summary import DataSummary, WindowSummary, describe, preview, summarise
from training.config import ConfigError, RunConfig


def put(row: int, column: str, value: float | str) -> Callable[[pd.DataFrame], pd.DataFrame]:
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


def microseconds(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.date_range("2020-01-01", periods=len(frame), freq="us"), axis=0)


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
        (microseconds, "row 2: the time is in the same millisecond as that of the bar before it; use bars that are a"),
        (lambda frame: frame.drop(columns="low"), "missing column 'low'"),
        (lambda frame: frame.assign(Close=1.0), "several columns are named 'close': 'close', 'Close'"),
        (lambda frame: pd.concat([frame, frame[["close"]]], axis=1), "several columns are named 'close'"),
        (lambda frame: put(4, "close", "abc")(frame.astype(object)), "row 5: close is not a finite number"),
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
        # one session on a Sunday does not open the market at weekends
        (pd.bdate_range("2001-01-01", periods=600).union([pd.Timestamp("2001-11-11")]), 252.0),
        # six bars a week: Sunday to Friday
        (
            pd.bdate_range("2001-01-01", periods=626, freq="C", weekmask="Sun Mon Tue Wed Thu Fri"),
            pytest.approx(313, abs=1),
        ),
    ],
)
def test_bars_a_year_follow_from_the_spacing(index: pd.DatetimeIndex, expected: float) -> None:
    assert bars_per_year(index.to_numpy().astype("datetime64[ms]")) == expected


def test_weekends_are_those_of_the_bars_own_zone() -> None:
    frame = synthetic_bars(0, 600)  # midnight in Berlin is Sunday evening in UTC
    frame.index = pd.DatetimeIndex(frame.index).tz_localize("Europe/Berlin")
    data = MarketData.from_frame(frame)
    assert (data.bars_per_year, data.time_zone) == (252.0, "Europe/Berlin")


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


def test_embargo_leaves_out_the_last_bars_before_each_cut() -> None:
    splits = split(MarketData.from_frame(synthetic_bars(0, 100)), 60, 80, embargo=7)
    assert (splits.train.start, len(splits.train)) == (0, 53)
    assert (splits.validation.start, len(splits.validation)) == (60, 73)
    assert (splits.test.start, len(splits.test)) == (80, 100)


def windows(**values: Any) -> list[tuple[int, int]]:
    splits = load_dataset(DataConfig(**values))
    return [(window.start, len(window)) for window in (splits.train, splits.validation, splits.test)]


DATES = {"validation_from": "2010-01-01", "test_from": "2012-01-01"}


def test_dates_cut_at_the_first_bar_from_them_on() -> None:
    splits = load_dataset(DataConfig(validation_from="2008-01-01", test_from="2010-01-02"))
    assert splits.train.time[-1] == np.datetime64("2007-12-31")
    assert splits.validation.time[splits.validation.start] == np.datetime64("2008-01-02")
    assert splits.validation.time[-1] == np.datetime64("2009-12-31")
    assert splits.test.time[splits.test.start] == np.datetime64("2010-01-04")
    assert splits.test.name == "sp500 test"


def test_fractions_cut_at_their_share_of_the_bars() -> None:
    values = {"dataset": "synthetic", "synthetic_bars": 1000, "train_fraction": 0.7, "validation_fraction": 0.1}
    assert windows(**values) == [(0, 700), (700, 800), (800, 1000)]


def test_embargo_alone_keeps_the_dataset_s_own_cuts() -> None:
    own = windows(dataset="sp500")
    assert windows(dataset="sp500", embargo_bars=63) == [(0, own[0][1] - 63), (own[1][0], own[1][1] - 63), own[2]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"validation_from": "2010-01-01"}, "`validation_from` is given without `test_from`; set both or neither"),
        ({"test_from": "2010-01-01"}, "`test_from` is given without `validation_from`; set both or neither"),
        ({"train_fraction": 0.5}, "`train_fraction` is given without `validation_fraction`"),
        (
            {"validation_from": "2010-01-01", "test_from": "2010-01-01"},
            "2010-01-01 must be before `test_from` 2010-01-01",
        ),
        (
            {"train_fraction": 0.75, "validation_fraction": 0.25},
            "0.75 and `validation_fraction` 0.25 leave nothing to test",
        ),
        (DATES | {"train_fraction": 0.5, "validation_fraction": 0.2}, "the split is given twice, by dates and by fr"),
        (
            DATES | {"validation_from": "1990-01-01"},
            "sp500: the train window has 0 bars, at least 83 are needed, 63 of",
        ),
        (DATES | {"validation_from": "1990-01-01"}, "there are 5,031 bars from 1999-01-04 to 2018-12-31"),
        (DATES | {"test_from": "2020-01-01"}, "the test window has 0 bars, at least 20 are needed; there are"),
        ({"train_fraction": 0.5, "validation_fraction": 0.003}, "the validation window has 15 bars, at least 20 are"),
        ({"embargo_bars": 5_000}, "the train window has 0 bars"),
    ],
)
def test_split_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SplitError) as caught:
        load_dataset(DataConfig(**values))
    assert message in str(caught.value)


def test_smallest_windows_are_just_accepted() -> None:
    train = (LOOKBACK + MIN_WINDOW_BARS) / 500
    values = {"dataset": "synthetic", "synthetic_bars": 500, "train_fraction": train}
    assert windows(**values, validation_fraction=20 / 500) == [(0, 83), (83, 103), (103, 500)]
    with pytest.raises(SplitError, match="the train window has 82 bars"):
        windows(**values, validation_fraction=20 / 500, embargo_bars=1)


@pytest.mark.parametrize("text", ["01/02/2003", "2003-02-30", "20030102", "2003-W01-4", "2003-01-02T00:00", "soon"])
def test_split_dates_are_iso_dates(text: str) -> None:
    with pytest.raises(ConfigError, match="validation_from: must be a text as YYYY-MM-DD or empty, found "):
        RunConfig.from_flat({"validation_from": text})


@pytest.mark.parametrize("name", [name for name in DATASETS.names() if name != USER_FILE])
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


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (pd.date_range("2020-01-01", periods=9, freq="min"), "1 minute"),
        (pd.date_range("2020-01-01", periods=9, freq="15min"), "15 minutes"),
        (pd.date_range("2020-01-01", periods=9, freq="90s"), "90 seconds"),
        (pd.date_range("2020-01-01", periods=9, freq="4h"), "4 hours"),
        (pd.bdate_range("2020-01-01", periods=9), "1 day"),
        (pd.date_range("2020-01-01", periods=9, freq="W"), "1 week"),
        (pd.date_range("2020-01-01", periods=9, freq="MS"), "1 month"),
        (pd.date_range("2020-01-01", periods=9, freq="QS"), "1 quarter"),
        (pd.date_range("2020-01-01", periods=9, freq="YS"), "1 year"),
        (pd.date_range("2020-01-01", periods=9, freq="2D"), "2 days"),
        (pd.date_range("2020-01-01", periods=9, freq="250ms"), "250 milliseconds"),
    ],
)
def test_frequency_is_told_in_words(index: pd.DatetimeIndex, words: str) -> None:
    assert frequency(index.to_numpy().astype("datetime64[ms]")) == words


def sessions(days: int) -> list[pd.Timestamp]:
    """Bars of 30 minutes on working days from 9:00 to 15:00, with a lunch break from 11:30 to 13:00."""
    clocks = [f"{hour:02}:{minute:02}" for hour in (9, 10, 11, 13, 14) for minute in (0, 30)]
    return [
        pd.Timestamp(f"{day.date()} {clock}") for day in pd.bdate_range("2020-01-06", periods=days) for clock in clocks
    ]


ROUND_THE_CLOCK = list(pd.date_range("2020-01-01", periods=400, freq="h"))
WORKING_DAYS = list(pd.bdate_range("2020-01-01", periods=100))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(ROUND_THE_CLOCK, [], id="round the clock, whole"),
        pytest.param(ROUND_THE_CLOCK[:50] + ROUND_THE_CLOCK[52:], [Gap(49, 3 / 24)], id="two hours missing"),
        pytest.param(WORKING_DAYS, [], id="weekends are no gaps"),
        pytest.param(WORKING_DAYS[:3] + WORKING_DAYS[5:], [], id="nor are Easter's two holidays"),
        pytest.param(WORKING_DAYS[:3] + WORKING_DAYS[8:], [Gap(2, 10.0)], id="a week missing"),
        pytest.param(sessions(20), [], id="nights and lunch breaks are no gaps"),
        pytest.param(sessions(20)[:2] + sessions(20)[5:], [Gap(1, 2 / 24)], id="a morning missing"),
        pytest.param(list(pd.date_range("2020-01-01", periods=40, freq="MS")), [], id="months differ"),
    ],
)
def test_gaps_are_what_the_market_s_own_breaks_do_not_explain(times: list[pd.Timestamp], expected: list[Gap]) -> None:
    found = gaps(pd.DatetimeIndex(times).to_numpy().astype("datetime64[ms]"))
    assert [(gap.row, round(gap.days, 9)) for gap in found] == [(gap.row, round(gap.days, 9)) for gap in expected]


def test_summary_of_the_default_dataset() -> None:
    summary = summarise(load_dataset(DataConfig()))
    closed = summary.gaps[0]  # the exchange was closed after 11 September 2001
    assert (closed.after, closed.until, closed.days) == ("2001-09-10", "2001-09-17", 7.0)
    assert summary == DataSummary(
        name="sp500",
        rows=5031,
        first="1999-01-04",
        last="2018-12-31",
        time_zone=None,
        frequency="1 day",
        bars_per_year=252.0,
        gap_count=1,
        gaps=(closed,),
        has_volume=True,
        splits=(
            WindowSummary("train", 3019, "1999-01-04", "2010-12-31"),
            WindowSummary("validation", 1006, "2011-01-03", "2014-12-31"),
            WindowSummary("test", 1006, "2015-01-02", "2018-12-31"),
        ),
        notes=(),
    )
    assert json.loads(json.dumps(asdict(summary), allow_nan=False))["splits"][0]["bars"] == 3019
    assert "  1 gap, the longest of 7 days from 2001-09-10 to 2001-09-17" in describe(summary).splitlines()


def test_preview_keeps_every_spike_and_both_ends() -> None:
    frame = synthetic_bars(0, 50_000)
    high, low = frame["high"].to_numpy(copy=True), frame["low"].to_numpy(copy=True)
    high[12_345] *= 3
    low[40_001] /= 3
    data = MarketData.from_frame(frame.assign(high=high, low=low))

    chart = preview(data, points=200)

    assert len(chart.time_ms) == len(chart.low) == len(chart.high) == len(chart.close) <= 200
    assert chart.time_ms == sorted(set(chart.time_ms))
    assert (chart.time_ms[0], chart.time_ms[-1]) == (data.time[0].astype(int), data.time[-1].astype(int))
    rows = np.searchsorted(data.time.astype(np.int64), chart.time_ms)
    assert {12_345, 40_001} <= set(rows.tolist())
    assert (chart.low, chart.high, chart.close) == tuple(x[rows].tolist() for x in (data.low, data.high, data.close))
    json.dumps(asdict(chart), allow_nan=False)


@pytest.mark.parametrize("points", [4, 5, 99, 100, 101])
def test_preview_has_at_most_the_points_asked_for(points: int) -> None:
    chart = preview(MarketData.from_frame(synthetic_bars(0, 100)), points)
    assert 4 <= len(chart.close) <= points
    assert points < 100 or len(chart.close) == 100
