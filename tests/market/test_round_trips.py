"""Round trips: numbers worked out by hand, and books that balance on random accounts."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.account import Account, Terms
from market.episode import EpisodeSeries
from market.round_trips import RoundTrip, round_trips_of

CASH = 1_000.0
DAY_MS = 86_400_000
COLUMNS = ("price", "fill_price", "action", "position", "equity", "traded", "costs")

prices = st.floats(50.0, 200.0)
bars = st.lists(st.tuples(st.sampled_from([-1.0, -0.4, 0.0, 0.0, 0.6, 1.0]), prices, prices), min_size=1, max_size=30)


def traded_series(orders: list[tuple[float, float, float]], terms: Terms) -> tuple[EpisodeSeries, list[float]]:
    """An account that wants each target at a fill price and is marked to a close; and its quantities."""
    account = Account(CASH, terms)
    rows, quantities = [(100.0, 100.0, 0.0, 0.0, CASH, 0.0, 0.0)], [0.0]
    for target, fill_price, close in orders:
        account.advance(target, fill_price, close)
        rows.append((close, fill_price, target, account.position, account.equity, account.traded, account.costs))
        quantities.append(account.quantity)
    columns: dict[str, Any] = dict(zip(COLUMNS, np.array(rows).T, strict=True))
    count = len(rows)
    empty: dict[str, Any] = {"reward": np.zeros(count), "gated": np.zeros(count, np.bool_)}
    return EpisodeSeries(time_ms=np.arange(count) * DAY_MS, **columns, **empty), quantities


def trips_of(*orders: tuple[float, float, float], cost_rate: float = 0.0) -> list[RoundTrip]:
    return round_trips_of(traded_series(list(orders), Terms(cost_rate=cost_rate))[0])


def test_a_long_trip_earns_the_rise_less_what_both_trades_cost() -> None:
    [trip] = trips_of((1.0, 100.0, 110.0), (1.0, 110.0, 110.0), (0.0, 120.0, 90.0), (0.0, 90.0, 80.0), cost_rate=0.01)

    bought = 1_000.0 / 1.01  # all equity after the fee of 1 %
    sold = 1.2 * bought
    assert (trip.side, trip.opened_row, trip.closed_row, trip.trades) == ("long", 1, 3, 2)
    assert (trip.opened_ms, trip.closed_ms) == (DAY_MS, 3 * DAY_MS)
    assert [trip.entry_price, trip.exit_price] == pytest.approx([100.0, 120.0])
    assert trip.gross == pytest.approx(sold - bought)
    assert trip.costs == pytest.approx(0.01 * (bought + sold))
    assert trip.net == pytest.approx(trip.gross - trip.costs)
    assert trip.return_pct == pytest.approx(trip.net / 10.0)


def test_a_trade_that_turns_around_ends_one_trip_and_begins_the_other() -> None:
    long, short = trips_of((1.0, 100.0, 100.0), (-1.0, 110.0, 110.0), (0.0, 99.0, 99.0))

    assert (long.number, long.side, long.opened_row, long.closed_row) == (1, "long", 1, 2)
    assert (long.net, long.entry_price, long.exit_price) == pytest.approx((100.0, 100.0, 110.0))
    assert (short.number, short.side, short.opened_row, short.closed_row) == (2, "short", 2, 3)
    assert (short.net, short.entry_price, short.exit_price) == pytest.approx((110.0, 110.0, 99.0))


def test_both_trips_share_the_costs_of_the_trade_between_them_by_notional() -> None:
    long, short = trips_of((1.0, 100.0, 100.0), (-1.0, 100.0, 100.0), (0.0, 100.0, 100.0), cost_rate=0.01)

    held = 1_000.0 / 1.01
    assert long.costs == pytest.approx(0.01 * 2 * held)  # buying it, and selling as much
    turned = held * (1 - 0.01) / 1.01  # what equity is left after that buys, sold short
    assert short.costs == pytest.approx(0.01 * 2 * turned)
    assert (long.gross, short.gross) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_entry_price_is_weighted_by_quantity() -> None:
    [trip] = trips_of((0.5, 100.0, 100.0), (1.0, 50.0, 50.0), (1.0, 50.0, 60.0))

    # 500 at 100 are 5 pieces, worth 250 at 50; equity is 750, so 500 more buy 10 pieces
    assert trip.entry_price == pytest.approx(1_000.0 / 15.0)
    assert trip.trades == 2


def test_a_trip_that_is_still_open_is_marked_to_the_last_close() -> None:
    [trip] = trips_of((1.0, 100.0, 100.0), (1.0, 100.0, 130.0))

    assert (trip.closed_row, trip.closed_ms, trip.exit_price) == (None, None, None)
    assert trip.net == pytest.approx(300.0)


def test_who_never_trades_makes_no_trip() -> None:
    assert trips_of((0.0, 100.0, 110.0)) == []


@given(bars, st.floats(0.0, 0.02), st.floats(0.0, 0.001), st.booleans())
def test_trips_add_up_to_what_the_account_earned(
    orders: list[tuple[float, float, float]], cost_rate: float, interest: float, rebalances_drift: bool
) -> None:
    terms = Terms(cost_rate, interest, interest, band=0.05, rebalances_drift=rebalances_drift)
    series, quantities = traded_series(orders, terms)
    if series.equity.min() <= 0.0:
        return  # ruin ends an episode before anybody trades on

    trips = round_trips_of(series)

    earned = series.equity[-1] - series.equity[0]
    assert sum(trip.net for trip in trips) == pytest.approx(earned, rel=1e-9, abs=1e-6)
    assert sum(trip.costs for trip in trips) == pytest.approx(series.costs.sum(), rel=1e-9, abs=1e-6)
    for trip in trips:  # an account of quantities: paid on the way in, received on the way out
        assert trip.gross == pytest.approx(received(trip, series, quantities), rel=1e-6, abs=1e-6)


@given(bars)
def test_trips_alternate_with_the_sign_of_the_position(orders: list[tuple[float, float, float]]) -> None:
    series, quantities = traded_series(orders, Terms(cost_rate=0.001))
    if series.equity.min() <= 0.0:
        return

    stays = [sign for sign, _ in itertools.groupby(np.sign(quantities)) if sign]

    assert [trip.side for trip in round_trips_of(series)] == ["long" if sign > 0 else "short" for sign in stays]


def received(trip: RoundTrip, series: EpisodeSeries, quantities: list[float]) -> float:
    """Cash taken in less cash paid out for the pieces of this trip alone, what is left valued at the last close."""
    direction = 1.0 if trip.side == "long" else -1.0
    last = len(series) - 1 if trip.closed_row is None else trip.closed_row
    cash, own = 0.0, 0.0
    for row in range(trip.opened_row, last + 1):
        wanted = max(quantities[row] * direction, 0.0) * direction
        cash -= (wanted - own) * series.fill_price[row]
        own = wanted
    return float(cash + own * series.price[last])
