"""Decimated series: nothing that the eye would look for is lost."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from market.decimation import MIN_LIMIT, bucket_edges, rows_to_draw
from market.episode import Column

NAN = np.nan


@st.composite
def series(draw: st.DrawFn) -> Column:
    """Few distinct values make ties, many make spikes; NaN comes alone and in stretches."""
    size = draw(st.integers(0, 400))
    pool = draw(st.sampled_from([st.floats(width=32), st.sampled_from([0.0, 1.0, -1.0, NAN]), st.integers(-5, 5)]))
    values: Column = draw(arrays(np.float64, size, elements=pool))
    if size and draw(st.booleans()):
        start = draw(st.integers(0, size - 1))
        values[start : start + draw(st.integers(0, size))] = NAN
    return values


def is_in(value: float, drawn: Column) -> bool:
    return bool(np.any(drawn == value))


@given(series(), st.integers(MIN_LIMIT, 120))
def test_extremes_ends_and_gaps_of_every_bucket_survive(values: Column, limit: int) -> None:
    rows = rows_to_draw(values, limit)

    assert len(rows) <= max(limit, 0)
    assert np.all(np.diff(rows) > 0)
    if len(values) <= limit:
        assert rows.tolist() == list(range(len(values)))
        return
    assert (rows[0], rows[-1]) == (0, len(values) - 1)
    edges = bucket_edges(values, limit) + 1  # of the whole series
    assert (edges[0], edges[-1]) == (1, len(values) - 1)
    assert np.diff(edges).max() - np.diff(edges).min() <= 1
    for start, end in itertools.pairwise(edges):
        bucket = values[start:end]
        drawn = values[rows[(rows >= start) & (rows < end)]]
        known = bucket[~np.isnan(bucket)]
        assert not len(known) or is_in(min(known), drawn)
        assert not len(known) or is_in(max(known), drawn)
        assert np.isnan(bucket).any() == np.isnan(drawn).any()


@given(st.integers(1_000, 5_000), st.data())
def test_one_spike_among_thousands_is_drawn_wherever_it_is(size: int, data: st.DataObject) -> None:
    where = data.draw(st.integers(0, size - 1))
    values = np.zeros(size)
    values[where] = data.draw(st.sampled_from([1e-9, -1.0, 1e300, NAN, np.inf]))

    assert where in rows_to_draw(values, 50)


def test_a_small_series_by_hand() -> None:
    values = np.array([5.0, 1.0, 2.0, 9.0, 3.0, NAN, 4.0, 4.0, 0.0])

    # two buckets of three and four rows between the ends: 1 2 9 | 3 NaN 4 4
    assert rows_to_draw(values, 8).tolist() == [0, 1, 3, 4, 5, 6, 8]


def test_a_series_of_gaps_is_one_gap_a_bucket() -> None:
    rows = rows_to_draw(np.full(1_000, NAN), 32)

    assert len(rows) == 12


def test_a_million_rows_become_two_thousand() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000).cumsum()

    rows = rows_to_draw(values, 2_000)

    assert len(rows) == 2_000
    assert values[rows].min() == values.min()
    assert values[rows].max() == values.max()


def test_a_limit_that_keeps_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="limit must be 5 or more, found 4"):
        rows_to_draw(np.zeros(10), 4)
