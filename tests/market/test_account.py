"""Exact money: golden numbers worked out by hand, and the sizing identity on random accounts."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.account import Account, Accounts, Terms, notional_after_trade

RATE = 0.001

weights = st.floats(-1.0, 1.0)
cost_rates = st.floats(0.0, 0.05)


def account_at(target: float, cost_rate: float = RATE, **terms: Any) -> Account:
    account = Account(1.0, Terms(cost_rate=cost_rate, **terms))
    account.advance(target, 1.0, 1.0)
    return account


@pytest.mark.parametrize("target", [1.0, -1.0])
def test_opening_a_full_position_divides_equity_by_one_plus_the_cost_rate(target: float) -> None:
    assert account_at(target).equity == pytest.approx(1.0 / (1.0 + RATE), rel=1e-14)


def test_closing_a_long_multiplies_equity_by_one_minus_the_cost_rate() -> None:
    account = account_at(1.0)
    before = account.equity
    account.advance(0.0, 1.0, 1.0)
    assert account.equity == pytest.approx(before * (1.0 - RATE), rel=1e-14)
    assert account.quantity == 0.0


def test_flipping_long_to_short_multiplies_equity_by_the_ratio_of_both() -> None:
    account = account_at(1.0)
    before = account.equity
    account.advance(-1.0, 1.0, 1.0)
    assert account.equity == pytest.approx(before * (1.0 - RATE) / (1.0 + RATE), rel=1e-14)


@given(equity=st.floats(1e-3, 1e9), held=weights, target=weights, cost_rate=cost_rates)
def test_trade_ends_exactly_at_the_target_weight(equity: float, held: float, target: float, cost_rate: float) -> None:
    notional = held * equity
    after = notional_after_trade(equity, notional, target, cost_rate)
    equity_after = equity - cost_rate * abs(after - notional)
    assert after / equity_after == pytest.approx(target, rel=1e-9, abs=1e-12)
    assert equity_after <= equity


@given(targets=st.lists(weights, min_size=1, max_size=20), low=cost_rates, extra=st.floats(0.0, 0.05))
def test_higher_costs_never_leave_more_equity(targets: list[float], low: float, extra: float) -> None:
    cheap, dear = Account(1.0, Terms(low)), Account(1.0, Terms(low + extra))
    for target in targets:
        cheap.advance(target, 1.0, 1.0)
        dear.advance(target, 1.0, 1.0)
    assert dear.equity <= cheap.equity * (1 + 1e-12)


@given(targets=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20), cost_rate=cost_rates)
def test_long_only_account_never_borrows_cash(targets: list[float], cost_rate: float) -> None:
    account = Account(1.0, Terms(cost_rate))
    for step, target in enumerate(targets):
        account.advance(target, 1.0 + 0.1 * (step % 3), 1.0)
        assert account.cash >= -1e-12


@given(target=weights, scale=st.floats(1e-3, 1e6), price=st.floats(1e-3, 1e6))
def test_money_has_no_unit(target: float, scale: float, price: float) -> None:
    small, large = Account(1.0, Terms(RATE)), Account(scale, Terms(RATE))
    small.advance(target, 1.0, 1.1)
    large.advance(target, price, price * 1.1)
    assert large.equity == pytest.approx(scale * small.equity, rel=1e-9)


def test_change_within_the_band_is_not_a_trade() -> None:
    account = account_at(0.5, cost_rate=0.0, band=0.05)
    account.advance(0.55, 1.0, 1.0)
    assert account.traded == 0.0
    account.advance(0.56, 1.0, 1.0)
    assert account.traded == pytest.approx(0.06)


def test_drift_is_traded_away_or_held() -> None:
    rebalancing = account_at(0.5, cost_rate=0.0)
    holding = account_at(0.5, cost_rate=0.0, rebalances_drift=False)
    for account in (rebalancing, holding):
        account.advance(0.5, 2.0, 2.0)
    assert rebalancing.position == pytest.approx(0.5)
    assert holding.position == pytest.approx(2 / 3)
    holding.advance(0.6, 2.0, 2.0)
    assert holding.position == pytest.approx(0.6)


def test_account_without_equity_cannot_trade() -> None:
    account = account_at(-1.0, cost_rate=0.0)
    account.advance(1.0, 2.0, 2.0)
    assert (account.equity, account.traded, account.position) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("target", [-3.0, -1.0, 0.0, 1.0, 3.0])
def test_account_that_cannot_pay_its_way_out_is_closed_out_where_it_failed(side: float, target: float) -> None:
    account, together = Account(1.0, Terms(0.3)), Accounts(1.0, Terms(0.3), 2)
    account.cash, account.quantity = 1.0 - 10.0 * side, 10.0 * side  # equity 1; to trade all of the 10 away costs 3
    together.cash[:], together.quantity[:] = account.cash, account.quantity
    account.advance(target, 1.0, 2.0)
    together.advance(np.full(2, target), 1.0, 2.0)
    assert (account.quantity, account.position) == (0.0, 0.0)
    assert (account.traded, account.costs, account.equity) == pytest.approx((-10.0 * side, 3.0, -2.0))
    for name in ("cash", "quantity", "target", "equity", "position", "traded", "costs"):
        assert getattr(together, name).tolist() == 2 * [getattr(account, name)], name


def test_shorts_pay_borrow_on_their_notional_and_longs_do_not() -> None:
    assert account_at(1.0, cost_rate=0.0, borrow_per_bar=0.01).costs == 0.0
    short = account_at(-1.0, cost_rate=0.0, borrow_per_bar=0.01)
    assert short.costs == pytest.approx(0.01)
    assert short.equity == pytest.approx(1.0 - 0.01)


def test_leverage_pays_financing_on_the_borrowed_cash() -> None:
    levered = account_at(3.0, cost_rate=0.0, financing_per_bar=0.01)
    assert levered.costs == pytest.approx(2.0 * 0.01)
    assert levered.position == pytest.approx(3.0 / 0.98)


@given(
    seed=st.integers(0, 2**32 - 1),
    cost_rate=st.floats(0.0, 0.3),
    interest=st.floats(0.0, 0.01),
    band=st.sampled_from([0.0, 0.05, 0.3]),
    rebalances_drift=st.booleans(),
)
def test_many_accounts_agree_with_one_to_the_last_bit(
    seed: int, cost_rate: float, interest: float, band: float, rebalances_drift: bool
) -> None:
    terms = Terms(cost_rate, interest, 2 * interest, band, rebalances_drift)
    rng = np.random.default_rng(seed)
    targets = rng.uniform(-3, 3, (30, 5))
    prices = np.exp(np.cumsum(rng.normal(0, 0.2, (30, 2)), axis=0))  # wild enough to ruin some
    together = Accounts(1000.0, terms, 5)
    alone = [Account(1000.0, terms) for _ in range(5)]
    for row, (fill_price, close) in zip(targets, prices.tolist(), strict=True):
        together.advance(row, fill_price, close)
        for account, target in zip(alone, row.tolist(), strict=True):
            account.advance(target, fill_price, close)
        for name in ("cash", "quantity", "target", "equity", "position", "traded", "costs"):
            assert getattr(together, name).tolist() == [getattr(account, name) for account in alone], name
