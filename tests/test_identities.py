"""Identities of exact money that hold at every step, whatever is done and whatever it costs."""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from market.data import MarketData
from market.datasets import synthetic_bars
from market.features import LOOKBACK
from market.fills import FILL_MODES
from tests.independent_ledger import Ledger, Rules
from trading_env import TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv

STEPS = 20
COSTS = ("fee_bps", "half_spread_bps", "slippage_bps", "borrow_rate_pct", "financing_rate_pct")
FREE: dict[str, Any] = dict.fromkeys(COSTS, 0.0) | {"no_trading_warmup_steps": 0, "no_trade_band": 0.0}

few = settings(max_examples=40)
actions = st.floats(-1.0, 1.0, width=32)
walks = st.lists(actions, min_size=STEPS, max_size=STEPS)
cost_figures = st.fixed_dictionaries({name: st.floats(0.0, 1_000.0 if "bps" in name else 100.0) for name in COSTS})
fill_modes = st.sampled_from(FILL_MODES.names())


@functools.cache
def market(seed: int = 0, volatility: float = 0.18) -> MarketData:
    return MarketData.from_frame(synthetic_bars(seed, LOOKBACK + 1 + STEPS, volatility=volatility))


@functools.cache
def quiet_market() -> MarketData:
    """A price that never moves."""
    bars = synthetic_bars(0, LOOKBACK + 1 + STEPS)
    bars[["open", "high", "low", "close"]] = 100.0
    return MarketData.from_frame(bars)


@dataclass(frozen=True)
class Case:
    """What a property is tried on: some market, some terms, some actions."""

    config: TradingConfig
    walk: list[float]
    seed: int = 0
    volatility: float = 0.18

    @property
    def data(self) -> MarketData:
        return market(self.seed, self.volatility)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    costs: dict[str, Any] = draw(cost_figures)
    config = TradingConfig(
        **costs,
        no_trading_warmup_steps=0,
        initial_equity=draw(st.sampled_from([1.0, 100_000.0, 1e9])),
        fill_mode=draw(fill_modes),
        no_trade_band=draw(st.sampled_from([0.0, 0.05, 0.3])),
        rebalances_drift=draw(st.booleans()),
        max_long=draw(st.sampled_from([0.5, 1.0, 3.0])),
        max_short=draw(st.sampled_from([0.0, 1.0, 3.0])),
    )
    return Case(config, draw(walks), draw(st.integers(0, 2)), draw(st.sampled_from([0.18, 2.0])))


@dataclass(frozen=True)
class Row:
    """One step as its caller sees it, with the account's own cash and quantity before and after."""

    wanted: float  # weight
    reward: float
    terminated: bool
    info: dict[str, Any]
    price_before: float
    equity_before: float
    quantity_before: float
    cash: float
    quantity: float


def action(value: float) -> NDArray[np.float32]:
    return np.array([value], np.float32)


def steps(data: MarketData, config: TradingConfig, walk: list[float]) -> Iterator[Row]:
    """Every step until the walk or the episode ends."""
    env = TradingEnv(data, config)
    _, before = env.reset(seed=0)
    quantity_before = 0.0
    for value in walk:
        _, reward, terminated, truncated, info = env.step(action(value))
        account = env.state()["account"]
        yield Row(
            wanted=value * (config.max_long if value > 0.0 else config.max_short),
            reward=reward,
            terminated=terminated,
            info=info,
            price_before=before["price"],
            equity_before=before["equity"],
            quantity_before=quantity_before,
            cash=account["cash"],
            quantity=account["quantity"],
        )
        before, quantity_before = info, account["quantity"]
        if terminated or truncated:
            return


def rules_of(config: TradingConfig, multiplier: float = 1.0) -> Rules:
    """The configuration's figures as fractions, at 252 bars a year; no trade costs more than 95 % of its largest."""
    cost_rate = multiplier * (config.fee_bps + config.half_spread_bps + config.slippage_bps) / 10_000
    return Rules(
        cost_rate=min(cost_rate, 0.95 / max(config.max_long, config.max_short, 1.0)),
        borrow_rate=multiplier * config.borrow_rate_pct / 100 / 252,
        financing_rate=multiplier * config.financing_rate_pct / 100 / 252,
        band=config.no_trade_band,
        rebalances_drift=config.rebalances_drift,
    )


def near(value: float, scale: float = 0.0) -> Any:
    """Equal up to rounding, for sums of amounts of about `scale`."""
    return pytest.approx(value, rel=1e-9, abs=1e-9 * scale)


@few
@given(cases())
def test_every_step_agrees_with_an_independent_ledger(case: Case) -> None:
    ledger = Ledger(case.config.initial_equity, rules_of(case.config))
    scale = case.config.initial_equity
    for row in steps(case.data, case.config, case.walk):
        ledger.book_bar(row.wanted, row.info["fill_price"], row.info["price"])
        scale = max(scale, abs(row.info["equity"]))
        assert row.info["equity"] == near(ledger.equity(row.info["price"]), scale)
        assert row.info["position"] == near(ledger.weight(row.info["price"]), 1.0)
        assert row.info["traded"] == near(ledger.purchases[-1], scale)
        assert row.info["costs"] == near(ledger.paid_in_bar(), scale)
        assert row.cash == near(ledger.cash(), scale)


@few
@given(cases(), st.lists(st.floats(0.0, 5.0), min_size=3, max_size=3))
def test_every_parallel_account_agrees_with_a_ledger_of_its_own(case: Case, multipliers: list[float]) -> None:
    env = TradingVectorEnv(case.data, case.config, num_envs=3, cost_multipliers=multipliers)
    env.reset(seed=0)
    ledgers = [Ledger(case.config.initial_equity, rules_of(case.config, multiplier)) for multiplier in multipliers]
    is_running = [True] * 3
    for value in case.walk:
        _, _, terminated, _, info = env.step(np.full((3, 1), value, np.float32))
        wanted = value * (case.config.max_long if value > 0.0 else case.config.max_short)
        for index, ledger in enumerate(ledgers):
            if is_running[index]:
                ledger.book_bar(wanted, info["fill_price"][index], info["price"][index])
                scale = max(case.config.initial_equity, abs(info["equity"][index]))
                assert info["equity"][index] == near(ledger.equity(info["price"][index]), scale)
                assert info["costs"][index] == near(ledger.paid_in_bar(), scale)
            is_running[index] = is_running[index] and not terminated[index]


@few
@given(cases())
def test_equity_is_cash_plus_quantity_times_price(case: Case) -> None:
    for row in steps(case.data, case.config, case.walk):
        assert row.info["equity"] == row.cash + row.quantity * row.info["price"]


@few
@given(cases())
def test_equity_changes_by_the_price_move_less_costs_and_interest(case: Case) -> None:
    for row in steps(case.data, case.config, case.walk):
        fill_price, price = row.info["fill_price"], row.info["price"]
        earned = row.quantity_before * (fill_price - row.price_before) + row.quantity * (price - fill_price)
        scale = max(row.equity_before, abs(row.quantity * price), abs(row.quantity_before * fill_price))
        assert row.info["equity"] - row.equity_before == near(earned - row.info["costs"], scale)


@few
@given(cases())
def test_log_rewards_sum_to_the_log_of_the_accounts_growth(case: Case) -> None:
    rows = [row for row in steps(case.data, case.config, case.walk) if not row.terminated]
    if rows:
        growth = rows[-1].info["equity"] / case.config.initial_equity
        total = math.fsum(row.reward for row in rows) / case.config.reward_scale
        assert total == pytest.approx(math.log(growth), rel=1e-9, abs=1e-12)


@few
@given(cases())
def test_fees_and_interest_of_the_ledger_sum_to_the_costs_reported(case: Case) -> None:
    ledger = Ledger(case.config.initial_equity, rules_of(case.config))
    reported = scale = 0.0
    for row in steps(case.data, case.config, case.walk):
        ledger.book_bar(row.wanted, row.info["fill_price"], row.info["price"])
        reported += row.info["costs"]
        scale = max(scale, abs(row.info["equity"]), row.equity_before)
    assert reported == near(math.fsum([*ledger.fees, *ledger.interest]), scale)


@few
@given(cases())
def test_trade_ends_at_the_wanted_weight_at_its_fill(case: Case) -> None:
    """The weight is that after fees: interest, paid at the close, is added back."""
    rules = rules_of(case.config)
    for row in steps(case.data, case.config, case.walk):
        if row.info["traded"]:
            interest = row.info["costs"] - rules.cost_rate * abs(row.info["traded"])
            held = row.quantity * row.info["fill_price"]
            assert held / (row.cash + interest + held) == pytest.approx(row.wanted, rel=1e-6, abs=1e-9)


@few
@given(cases(), st.floats(-1e6, 1e6))
def test_executed_action_is_never_beyond_one(case: Case, wanted: float) -> None:
    env = TradingEnv(case.data, case.config)
    env.reset(seed=0)
    executed = float(env.step(action(wanted))[4]["executed_action"][0])
    assert executed == max(-1.0, min(1.0, float(np.float32(wanted))))


@pytest.mark.parametrize("fill_mode", FILL_MODES.names())
@given(seed=st.integers(0, 20))
@settings(max_examples=5)
def test_always_long_without_costs_is_the_price_ratio_since_the_first_fill(fill_mode: str, seed: int) -> None:
    rows = list(steps(market(seed), TradingConfig(**FREE, fill_mode=fill_mode), [1.0] * STEPS))
    bought_at = {"next_open": market(seed).open[LOOKBACK + 1], "close": market(seed).close[LOOKBACK]}
    paid = bought_at.get(fill_mode, market(seed).close[LOOKBACK + 1])
    for index, row in enumerate(rows, start=LOOKBACK + 1):
        assert row.info["equity"] == pytest.approx(100_000.0 * market(seed).close[index] / paid, rel=1e-12)


@few
@given(cases())
def test_no_position_keeps_equity_to_the_bit(case: Case) -> None:
    rows = list(steps(case.data, case.config, [0.0] * STEPS))
    assert {row.info["equity"] for row in rows} == {case.config.initial_equity}
    assert {row.reward for row in rows} == {0.0}


@pytest.mark.parametrize("dearer", COSTS)
@given(case=cases(), more=st.floats(0.0, 100.0))
@settings(max_examples=15)
def test_equity_never_rises_with_any_cost(dearer: str, case: Case, more: float) -> None:
    """Interest without a band: with one it can move a weight across the edge, and so change which trades happen."""
    rebalanced = {"no_trade_band": 0.0, "rebalances_drift": True} if dearer.endswith("_pct") else {}
    cheap = case.config.model_copy(update=rebalanced)
    dear = cheap.model_copy(update={dearer: getattr(cheap, dearer) + more})
    calm = market(case.seed)
    for one, other in zip(steps(calm, dear, case.walk), steps(calm, cheap, case.walk), strict=False):
        assert one.info["equity"] <= other.info["equity"] * (1.0 + 1e-9)


@few
@given(cases(), st.sampled_from([1.0, 7.3, 1e6]))
def test_money_has_no_unit(case: Case, factor: float) -> None:
    more = case.config.model_copy(update={"initial_equity": case.config.initial_equity * factor})
    for one, other in zip(steps(case.data, case.config, case.walk), steps(case.data, more, case.walk), strict=True):
        assert other.info["equity"] == near(factor * one.info["equity"], more.initial_equity)
        assert other.info["position"] == near(one.info["position"], 1.0)
        assert other.reward == near(one.reward, 100.0)


@few
@given(cases(), st.sampled_from([0.01, 7.3, 1e6]))
def test_the_price_has_no_unit(case: Case, factor: float) -> None:
    prices = {name: factor * getattr(case.data, name) for name in ("open", "high", "low", "close")}
    scaled = replace(case.data, **prices)
    for one, other in zip(steps(case.data, case.config, case.walk), steps(scaled, case.config, case.walk), strict=True):
        assert other.info["equity"] == near(one.info["equity"], case.config.initial_equity)
        assert other.info["position"] == near(one.info["position"], 1.0)
        assert other.reward == near(one.reward, 100.0)


@few
@given(cases())
def test_long_only_account_never_borrows_cash(case: Case) -> None:
    config = case.config.model_copy(update={"max_long": 1.0, "max_short": 0.0})
    for row in steps(case.data, config, case.walk):
        assert row.cash >= -1e-9 * config.initial_equity


# Golden numbers: at a constant price and 10 bp, by hand


def growth_over(walk: list[float]) -> list[float]:
    config = TradingConfig(**(FREE | {"fee_bps": 5.0, "half_spread_bps": 3.0, "slippage_bps": 2.0}))
    env = TradingVectorEnv(quiet_market(), config, num_envs=1)
    env.reset(seed=0)
    together = [float(env.step(np.full((1, 1), value, np.float32))[4]["equity"][0]) for value in walk]
    alone = [row.info["equity"] for row in steps(quiet_market(), config, walk)]
    assert together == alone
    growth: list[float] = (np.array(alone) / np.array([100_000.0, *alone[:-1]])).tolist()
    return growth


@pytest.mark.parametrize(
    ("walk", "last"),
    [
        ([1.0], 1 / 1.001),
        ([-1.0], 1 / 1.001),
        ([1.0, 0.0], 1 - 0.001),
        ([-1.0, 0.0], 1 - 0.001),
        ([1.0, -1.0], (1 - 0.001) / (1 + 0.001)),
        ([-1.0, 1.0], (1 - 0.001) / (1 + 0.001)),
        ([1.0, 1.0], 1.0),
    ],
    ids=str,
)
def test_golden_numbers(walk: list[float], last: float) -> None:
    assert growth_over(walk)[-1] == pytest.approx(last, rel=1e-13)
