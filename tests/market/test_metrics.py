"""Performance figures against numbers worked out by hand, published examples and two libraries.

Where a library is wrong, a test says so and by which version, so that nobody "mends" our figure to agree with it.
"""

import math
from collections.abc import Callable
from typing import Any

import empyrical  # type: ignore[import-untyped]  # publishes no types
import numpy as np
import pandas as pd
import pytest
import quantstats.stats as quantstats

from market.account import Account, Terms
from market.episode import EpisodeSeries
from market.metrics import (
    Column,
    SharpeEstimate,
    cagr_pct,
    calmar,
    deflated_sharpe,
    expected_maximum_sharpe,
    max_drawdown_pct,
    mean_exposure,
    probabilistic_sharpe,
    share_in_market,
    sharpe,
    sharpe_standard_error,
    simple_returns,
    sortino,
    total_return_pct,
    turnover,
    volatility_pct,
)

YEAR = 252.0
Figure = Callable[[Column, float], float | None]

RATIOS: tuple[Figure, ...] = (sharpe, sharpe_standard_error, probabilistic_sharpe)


def curve_of(returns: Column) -> Column:
    return np.concatenate([[100.0], 100.0 * np.cumprod(1.0 + returns)])


def fat_tailed_curve(seed: int, bars: int = 600) -> Column:
    return curve_of(0.0004 + 0.01 * np.random.default_rng(seed).standard_t(5, bars))


def as_dated(returns: Column) -> "pd.Series[float]":
    return pd.Series(returns, index=pd.bdate_range("2020-01-01", periods=len(returns)))


def episode_of(targets: list[float], prices: list[float], terms: Terms) -> EpisodeSeries:
    """Targets filled at the close before each step."""
    account = Account(1.0, terms)
    rows: list[tuple[float, ...]] = [(0.0, 1.0, 0.0, 0.0)]
    for target, fill_price, close in zip(targets, prices, prices[1:], strict=False):
        account.advance(target, fill_price, close)
        rows.append((account.position, account.equity, account.traded, account.costs))
    position, equity, traded, costs = np.array(rows).T
    nothing = np.zeros(len(rows))
    return EpisodeSeries(
        time_ms=np.arange(len(rows)),
        price=np.array(prices),
        fill_price=np.array([prices[0], *prices[:-1]]),
        action=np.array([0.0, *targets]),
        position=position,
        equity=equity,
        traded=traded,
        costs=costs,
        reward=nothing,
        gated=nothing.astype(np.bool_),
    )


def test_sharpe_is_annualised_from_the_sample_deviation() -> None:
    equity = np.array([100.0, 101.0, 99.99, 101.9898])  # returns 1 %, -1 %, 2 %
    expected = (0.02 / 3) / (math.sqrt(((0.01 - 0.02 / 3) ** 2 + (0.01 + 0.02 / 3) ** 2 + (0.02 - 0.02 / 3) ** 2) / 2))
    assert sharpe(equity, 252.0) == pytest.approx(expected * math.sqrt(252.0))


@pytest.mark.parametrize("figure", RATIOS)
@pytest.mark.parametrize(
    "equity",
    [[100.0], [100.0, 101.0], [100.0] * 5, list(1.01 ** np.arange(50)), [100.0, 0.0, 0.0, 0.0]],
    ids=["no return", "one return", "flat", "constant growth", "nothing left"],
)
def test_ratio_is_undefined_without_variation(figure: Figure, equity: list[float]) -> None:
    assert figure(np.array(equity), YEAR) is None


def test_first_peak_of_the_drawdown_is_the_initial_equity() -> None:
    assert max_drawdown_pct(np.array([100.0, 80.0, 90.0])) == pytest.approx(-20.0)
    assert max_drawdown_pct(np.array([100.0, 110.0, 120.0])) == 0.0


def test_returns_are_simple() -> None:
    assert simple_returns(np.array([100.0, 110.0, 99.0])) == pytest.approx([0.1, -0.1])
    assert total_return_pct(np.array([100.0, 110.0, 99.0])) == pytest.approx(-1.0)


def test_sortino_divides_by_the_downside_over_all_bars() -> None:
    equity = curve_of(np.array([0.03, -0.01, 0.02, -0.02]))  # mean 0.5 %, downside sqrt((1 + 4) / 4) %
    assert sortino(equity, 4.0) == pytest.approx(0.005 / (0.01 * math.sqrt(5 / 4)) * 2.0)


def test_sortino_of_a_steady_loss_is_minus_the_root_of_a_year() -> None:
    assert sortino(curve_of(np.full(9, -0.01)), 49.0) == pytest.approx(-7.0)


@pytest.mark.parametrize("equity", [[100.0], [100.0] * 5, [100.0, 101.0, 103.0]])
def test_sortino_is_undefined_without_a_loss(equity: list[float]) -> None:
    assert sortino(np.array(equity), YEAR) is None


def test_growth_a_year_counts_bars_not_days() -> None:
    doubled_in_two_years = np.linspace(100.0, 200.0, 2 * 252 + 1)
    assert cagr_pct(doubled_in_two_years, YEAR) == pytest.approx(100.0 * (math.sqrt(2.0) - 1.0))


def test_growth_a_year_ends_at_losing_everything() -> None:
    assert cagr_pct(np.array([100.0, 50.0, 0.0]), YEAR) == -100.0
    assert cagr_pct(np.array([100.0, 50.0, -1.0]), YEAR) is None
    assert cagr_pct(np.array([100.0]), YEAR) is None
    assert cagr_pct(np.array([1.0, 20.0]), YEAR) is None  # 20^252 is no number


def test_calmar_is_growth_a_year_over_the_deepest_fall() -> None:
    assert calmar(np.array([100.0, 120.0, 90.0, 121.0]), 6.0) == pytest.approx((1.21**2 - 1.0) / 0.25)
    assert calmar(np.array([100.0, 110.0, 120.0]), YEAR) is None


def test_volatility_of_a_flat_account_is_zero_and_not_unknown() -> None:
    assert volatility_pct(curve_of(np.array([0.01, -0.01])), 2.0) == pytest.approx(2.0)  # std sqrt(2) %
    assert volatility_pct(np.full(5, 100.0), YEAR) == 0.0
    assert volatility_pct(np.array([100.0, 101.0]), YEAR) is None


def test_turnover_counts_the_way_from_the_drifted_to_the_wanted_weight() -> None:
    # 0 -> 0.5; the price doubles: 0.5 drifts to 2/3 and is brought back; it halves: 0.5 drifts to 1/3, then -1
    series = episode_of([0.5, 0.5, -1.0], [1.0, 2.0, 1.0, 1.0], Terms(cost_rate=0.0))
    assert turnover(series) == pytest.approx(0.5 + (2 / 3 - 0.5) + (1 / 3 + 1.0))


def test_turnover_with_costs_still_ends_at_the_wanted_weight() -> None:
    series = episode_of([1.0, -1.0, 0.0], [1.0, 1.0, 1.0, 1.0], Terms(cost_rate=0.01))
    assert turnover(series) == pytest.approx(1.0 + 2.0 + 1.0)


def test_holding_is_no_turnover() -> None:
    held = episode_of([1.0] * 4, [1.0, 2.0, 0.5, 3.0, 1.0], Terms(cost_rate=0.01))
    idle = episode_of([0.0] * 4, [1.0, 2.0, 0.5, 3.0, 1.0], Terms(cost_rate=0.01))
    assert turnover(held) == pytest.approx(1.0)
    assert turnover(idle) == 0.0


def test_exposure_counts_short_as_much_as_long() -> None:
    position = np.array([0.0, 1.0, -0.5, 0.0, 0.0])
    assert mean_exposure(position) == pytest.approx(1.5 / 4)
    assert share_in_market(position) == 0.5
    assert mean_exposure(position[:1]) is None
    assert share_in_market(position[:1]) is None


def test_standard_error_of_normal_returns_is_that_of_lo() -> None:
    estimate = SharpeEstimate(per_bar=0.5, bars=101, skew=0.0, kurtosis=3.0)
    assert estimate.standard_error == pytest.approx(math.sqrt((1.0 + 0.5**2 / 2.0) / 100.0))


def test_standard_error_is_the_spread_of_the_ratio_over_many_samples_of_skewed_returns() -> None:
    # Exponential minus 0.5: ratio 0.5, skew 2, raw kurtosis 9, so 1 - 2/2 + 8/4/4 = 0.5; Lo's normal form has 1.125
    samples = np.random.default_rng(0).exponential(1.0, (4_000, 1_000)) - 0.5
    ratios = samples.mean(axis=1) / samples.std(axis=1, ddof=1)
    estimate = SharpeEstimate(per_bar=0.5, bars=1_000, skew=2.0, kurtosis=9.0)
    assert estimate.standard_error == pytest.approx(math.sqrt(0.5 / 999))
    assert ratios.std() == pytest.approx(estimate.standard_error, rel=0.04)  # 3.5 standard errors of a deviation


def test_standard_error_is_annualised_like_the_ratio() -> None:
    equity = fat_tailed_curve(0)
    estimate = SharpeEstimate.of(equity)
    assert estimate is not None
    assert sharpe(equity, YEAR) == pytest.approx(estimate.per_bar * math.sqrt(YEAR))
    assert sharpe_standard_error(equity, YEAR) == pytest.approx(estimate.standard_error * math.sqrt(YEAR))


def test_probability_of_skill_is_the_published_example() -> None:
    # Bailey & López de Prado 2012: two years of monthly returns
    assert SharpeEstimate(0.458, 24, skew=-2.448, kurtosis=10.164).probability_above(0.0) == pytest.approx(
        0.913, abs=5e-4
    )
    assert SharpeEstimate(0.458, 24, skew=0.0, kurtosis=3.0).probability_above(0.0) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "probability"), [(100, -3.0, 10.0, 0.9004), (46, -3.0, 10.0, 0.9505)]
)
def test_deflated_probability_is_the_published_example(
    trials: int, skew: float, kurtosis: float, probability: float
) -> None:
    # Bailey & López de Prado 2014: annual ratio 2.5, variance of the trials 1/2, 1,250 bars, 250 a year
    estimate = SharpeEstimate(2.5 / math.sqrt(250), 1_250, skew, kurtosis)
    hurdle = expected_maximum_sharpe(trials, math.sqrt(0.5))
    assert estimate.probability_above(hurdle / math.sqrt(250)) == pytest.approx(probability, abs=5e-5)


def test_expected_maximum_is_what_many_trials_without_skill_show() -> None:
    best = np.random.default_rng(0).normal(0.0, 0.58, (20_000, 50)).max(axis=1).mean()
    assert expected_maximum_sharpe(50, 0.58) == pytest.approx(best, rel=0.02)
    assert expected_maximum_sharpe(50, 0.58) == pytest.approx(1.32, abs=5e-3)
    assert expected_maximum_sharpe(1, 0.58) == 0.0


def test_more_trials_deflate_more_and_one_trial_does_not() -> None:
    equity = fat_tailed_curve(0)
    deflated = [deflated_sharpe(equity, YEAR, trials) for trials in (1, 2, 10, 1_000)]
    assert deflated[0] == probabilistic_sharpe(equity, YEAR)
    assert deflated == sorted(deflated, key=lambda value: -(value or 0.0))
    assert len(set(deflated)) == 4


def test_deflation_without_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        deflated_sharpe(fat_tailed_curve(0), YEAR, trials=0)


def test_hurdle_is_annualised() -> None:
    equity = fat_tailed_curve(0)
    assert probabilistic_sharpe(equity, YEAR, hurdle=sharpe(equity, YEAR) or 0.0) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("ours", "oracle"),
    [
        (sharpe, lambda r: empyrical.sharpe_ratio(r, annualization=252)),
        (sharpe, lambda r: quantstats.sharpe(r, periods=252)),
        (sortino, lambda r: empyrical.sortino_ratio(r, annualization=252)),
        (sortino, lambda r: quantstats.sortino(r, periods=252)),
        (volatility_pct, lambda r: 100.0 * empyrical.annual_volatility(r, annualization=252)),
        (volatility_pct, lambda r: 100.0 * quantstats.volatility(r, periods=252)),
        (cagr_pct, lambda r: 100.0 * empyrical.annual_return(r, annualization=252)),
        (cagr_pct, lambda r: 100.0 * quantstats.cagr(r, periods=252)),
        (calmar, lambda r: empyrical.calmar_ratio(r, annualization=252)),
        (calmar, lambda r: quantstats.calmar(r, periods=252)),
        (lambda equity, _: max_drawdown_pct(equity), lambda r: 100.0 * empyrical.max_drawdown(r)),
        (lambda equity, _: max_drawdown_pct(equity), lambda r: 100.0 * quantstats.max_drawdown(r)),
    ],
    ids=[
        f"{name} {library}"
        for name in ("sharpe", "sortino", "volatility", "cagr", "calmar", "drawdown")
        for library in ("empyrical", "quantstats")
    ],
)
def test_libraries_agree(ours: Figure, oracle: Callable[[Any], float], seed: int) -> None:
    equity = fat_tailed_curve(seed)
    assert ours(equity, YEAR) == pytest.approx(oracle(as_dated(simple_returns(equity))), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_quantstats_agrees_on_skill_since_it_took_to_raw_kurtosis(seed: int) -> None:
    # Up to 0.0.81 it put excess kurtosis into the formula; the 0.0.86 used here is mended. What is left between us is
    # its bias-corrected sample skew and kurtosis, of order 1/n.
    equity = fat_tailed_curve(seed)
    returns = as_dated(simple_returns(equity))
    estimate = SharpeEstimate.of(equity)
    assert estimate is not None
    assert probabilistic_sharpe(equity, YEAR) == pytest.approx(quantstats.probabilistic_sharpe_ratio(returns), abs=1e-4)


def test_kurtosis_of_a_normal_distribution_is_three() -> None:
    estimate = SharpeEstimate.of(curve_of(np.random.default_rng(0).normal(0.0, 0.01, 100_000)))
    assert estimate is not None
    assert estimate.kurtosis == pytest.approx(3.0, abs=0.05)
    assert estimate.skew == pytest.approx(0.0, abs=0.03)


def test_quantstats_takes_large_gains_for_prices() -> None:
    gains = np.array([1.5, 0.2, 0.1])  # none negative, one above 1
    ours = sharpe(curve_of(gains), YEAR)
    assert ours == pytest.approx(empyrical.sharpe_ratio(as_dated(gains), annualization=252))
    assert ours is not None
    assert ours > 0.0
    assert quantstats.sharpe(as_dated(gains)) < 0.0


def test_quantstats_rounds_exposure_up_and_sees_a_still_price_as_no_position() -> None:
    position, returns = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.01, 0.0, 0.0])
    assert share_in_market(position) == pytest.approx(2 / 3)
    assert quantstats.exposure(as_dated(returns)) == 0.34


def test_libraries_give_constant_growth_an_endless_ratio() -> None:
    growth = np.full(10, 0.01)
    assert empyrical.sharpe_ratio(as_dated(growth), annualization=252) == math.inf
    assert empyrical.sortino_ratio(as_dated(growth), annualization=252) == math.inf
    assert quantstats.sharpe(as_dated(growth)) > 1e16
    assert sharpe(curve_of(growth), YEAR) is None
    assert sortino(curve_of(growth), YEAR) is None
