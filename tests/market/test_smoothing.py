"""Smoothed curves, against the average written out term by term."""

import math

import numpy as np
import pytest

from market.smoothing import MAX_WEIGHT, smooth

VALUES = [3.0, math.nan, -1.0, 4.0, 1.0, math.nan, 5.0, -9.0]


def written_out(values: list[float], weight: float) -> list[float]:
    """Of all defined values so far, the newest first: each weighs `weight` times the one after it."""
    averages = []
    for end, value in enumerate(values, start=1):
        defined = [each for each in reversed(values[:end]) if not math.isnan(each)]
        weights = [weight**age for age in range(len(defined))]
        average = sum(w * each for w, each in zip(weights, defined, strict=True)) / sum(weights, 1e-300)
        averages.append(math.nan if math.isnan(value) else average)
    return averages


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9, MAX_WEIGHT])
def test_each_value_is_averaged_with_those_before_it(weight: float) -> None:
    smoothed = smooth(np.array(VALUES), weight)

    np.testing.assert_allclose(smoothed.values, written_out(VALUES, weight), rtol=1e-12)
    assert smoothed.last == smoothed.values[-1]
    assert smoothed.count == 6


def test_the_last_average_is_that_of_the_last_defined_value() -> None:
    smoothed = smooth(np.array([1.0, 3.0, math.nan]), 0.5)

    assert smoothed.last == smoothed.values[1]
    assert smoothed.count == 2


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_without_a_defined_value_there_is_no_average(values: list[float]) -> None:
    smoothed = smooth(np.array(values), 0.5)

    assert math.isnan(smoothed.last)
    assert smoothed.count == 0
    assert np.isnan(smoothed.values).all()
