"""Exact money: golden numbers worked out by hand, and the sizing identity on random accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.account import NO_FILL, Account, notional_after_trade

RATE = 0.001

weights = st.floats(-1.0, 1.0)
cost_rates = st.floats(0.0, 0.05)


def account_at(target: float, cost_rate: float = RATE) -> Account:
    account = Account(1.0, cost_rate)
    account.rebalance(target, 1.0, band=0.0)
    return account


@pytest.mark.parametrize("target", [1.0, -1.0])
def test_opening_a_full_position_divides_equity_by_one_plus_the_cost_rate(target: float) -> None:
    assert account_at(target).equity(1.0) == pytest.approx(1.0 / (1.0 + RATE), rel=1e-14)


def test_closing_a_long_multiplies_equity_by_one_minus_the_cost_rate() -> None:
    account = account_at(1.0)
    before = account.equity(1.0)
    account.rebalance(0.0, 1.0, band=0.0)
    assert account.equity(1.0) == pytest.approx(before * (1.0 - RATE), rel=1e-14)
    assert account.quantity == 0.0


def test_flipping_long_to_short_multiplies_equity_by_the_ratio_of_both() -> None:
    account = account_at(1.0)
    before = account.equity(1.0)
    account.rebalance(-1.0, 1.0, band=0.0)
    assert account.equity(1.0) == pytest.approx(before * (1.0 - RATE) / (1.0 + RATE), rel=1e-14)


@given(equity=st.floats(1e-3, 1e9), held=weights, target=weights, cost_rate=cost_rates)
def test_trade_ends_exactly_at_the_target_weight(equity: float, held: float, target: float, cost_rate: float) -> None:
    notional = held * equity
    after = notional_after_trade(equity, notional, target, cost_rate)
    equity_after = equity - cost_rate * abs(after - notional)
    assert after / equity_after == pytest.approx(target, rel=1e-9, abs=1e-12)
    assert equity_after <= equity


@given(targets=st.lists(weights, min_size=1, max_size=20), low=cost_rates, extra=st.floats(0.0, 0.05))
def test_higher_costs_never_leave_more_equity(targets: list[float], low: float, extra: float) -> None:
    cheap, dear = Account(1.0, low), Account(1.0, low + extra)
    for target in targets:
        cheap.rebalance(target, 1.0, band=0.0)
        dear.rebalance(target, 1.0, band=0.0)
    assert dear.equity(1.0) <= cheap.equity(1.0) * (1 + 1e-12)


@given(targets=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20), cost_rate=cost_rates)
def test_long_only_account_never_borrows_cash(targets: list[float], cost_rate: float) -> None:
    account = Account(1.0, cost_rate)
    for step, target in enumerate(targets):
        account.rebalance(target, 1.0 + 0.1 * (step % 3), band=0.0)
        assert account.cash >= -1e-12


@given(target=weights, scale=st.floats(1e-3, 1e6), price=st.floats(1e-3, 1e6))
def test_money_has_no_unit(target: float, scale: float, price: float) -> None:
    small, large = Account(1.0, RATE), Account(scale, RATE)
    small.rebalance(target, 1.0, band=0.0)
    large.rebalance(target, price, band=0.0)
    assert large.equity(price * 1.1) == pytest.approx(scale * small.equity(1.1), rel=1e-9)


def test_change_within_the_band_is_not_a_trade() -> None:
    account = account_at(0.5, cost_rate=0.0)
    assert account.rebalance(0.55, 1.0, band=0.05) == NO_FILL
    assert account.rebalance(0.56, 1.0, band=0.05).notional == pytest.approx(0.06)


def test_account_without_equity_cannot_trade() -> None:
    account = account_at(-1.0, cost_rate=0.0)
    assert account.equity(2.0) == 0.0
    assert account.rebalance(1.0, 2.0, band=0.0) == NO_FILL
    assert account.position(2.0) == 0.0


def test_only_shorts_pay_borrow() -> None:
    assert account_at(1.0).pay_borrow(1.0, 0.01) == 0.0
    short = account_at(-1.0, cost_rate=0.0)
    assert short.pay_borrow(1.5, 0.01) == pytest.approx(0.015)
    assert short.equity(1.5) == pytest.approx(0.5 - 0.015)
