"""What trades cost: numbers worked out by hand, and books that balance with what the episode cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.account import Terms
from market.episode import trades_of
from tests.market.test_round_trips import bars, traded_series


def test_a_trade_carries_the_interest_until_the_next_one() -> None:
    terms = Terms(cost_rate=0.01, borrow_per_bar=0.001, band=0.05)
    orders = [
        (0.0, 100.0, 100.0),
        (-1.0, 100.0, 100.0),
        (-1.0, 100.0, 100.0),
        (-1.0, 100.0, 100.0),
        (0.0, 100.0, 100.0),
    ]

    opened, closed = trades_of(traded_series(orders, terms)[0])

    sold = 1_000.0 / 1.01  # all equity after the fee of 1 %, held short for three bars
    assert (opened.costs, opened.holding_costs) == pytest.approx((0.01 * sold + 0.001 * sold, 2 * 0.001 * sold))
    assert (closed.costs, closed.holding_costs) == pytest.approx((0.01 * sold, 0.0))


@given(bars, st.floats(0.0, 0.02), st.floats(0.0, 0.001), st.booleans())
def test_costs_of_trades_and_of_holding_add_up_to_the_episode_s(
    orders: list[tuple[float, float, float]], cost_rate: float, interest: float, rebalances_drift: bool
) -> None:
    terms = Terms(cost_rate, interest, 2 * interest, band=0.05, rebalances_drift=rebalances_drift)
    series, _ = traded_series([(2.0 * target, fill_price, close) for target, fill_price, close in orders], terms)

    trades = trades_of(series)

    total = sum(trade.costs + trade.holding_costs for trade in trades)
    assert total == pytest.approx(series.costs.sum(), rel=1e-9, abs=1e-6)
    assert all(trade.holding_costs >= 0.0 for trade in trades)
