"""Performance figures against numbers worked out by hand."""

import math

import numpy as np
import pytest

from market.metrics import max_drawdown_pct, sharpe, simple_returns, total_return_pct


def test_sharpe_is_annualised_from_the_sample_deviation() -> None:
    equity = np.array([100.0, 101.0, 99.99, 101.9898])  # returns 1 %, -1 %, 2 %
    expected = (0.02 / 3) / (math.sqrt(((0.01 - 0.02 / 3) ** 2 + (0.01 + 0.02 / 3) ** 2 + (0.02 - 0.02 / 3) ** 2) / 2))
    assert sharpe(equity, 252.0) == pytest.approx(expected * math.sqrt(252.0))


@pytest.mark.parametrize("equity", [[100.0], [100.0, 101.0], [100.0] * 5])
def test_sharpe_is_undefined_without_variation(equity: list[float]) -> None:
    assert sharpe(np.array(equity), 252.0) is None


def test_first_peak_of_the_drawdown_is_the_initial_equity() -> None:
    assert max_drawdown_pct(np.array([100.0, 80.0, 90.0])) == pytest.approx(-20.0)
    assert max_drawdown_pct(np.array([100.0, 110.0, 120.0])) == 0.0


def test_returns_are_simple() -> None:
    assert simple_returns(np.array([100.0, 110.0, 99.0])) == pytest.approx([0.1, -0.1])
    assert total_return_pct(np.array([100.0, 110.0, 99.0])) == pytest.approx(-1.0)
