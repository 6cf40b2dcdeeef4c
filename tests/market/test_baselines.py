"""Baselines: their rules by hand, the environment's own money, the golden table, and no look at the future."""

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from market.account import Terms
from market.baselines import BASELINES, Settlement, baseline_positions, positions_of, settle, shuffled
from market.data import COLUMNS, Column, DataError, MarketData
from market.datasets import DataConfig, load_dataset, synthetic_bars
from market.episode import EpisodeSeries
from market.features import LOOKBACK, first_row
from market.fills import FILL_MODES
from market.metrics import max_drawdown_pct, sharpe, sharpe_standard_error, total_return_pct, turnover
from tests.foresight import foresight
from trading_env import TradingConfig, TradingEnv

NAMES = BASELINES.names()
FIVE_BP = Terms(cost_rate=5e-4)


def rng_of(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def bars_of(close: Column) -> MarketData:
    """Bars that open where the last one closed."""
    opening = np.concatenate([close[:1], close[:-1]])
    frame = pd.DataFrame(
        {
            "open": opening,
            "high": np.maximum(opening, close),
            "low": np.minimum(opening, close),
            "close": close,
            "volume": np.ones(len(close)),
        },
        index=pd.bdate_range("2000-01-03", periods=len(close)),
    )
    return MarketData.from_frame(frame)


def positions_on(close: Column, name: str) -> list[float]:
    positions: list[float] = BASELINES[name].positions(bars_of(close), rng_of()).tolist()
    return positions


def alternating(size: float, bars: int) -> Column:
    """Closes whose returns are +size, -size, +size, ..."""
    return np.concatenate([[100.0], 100.0 * np.cumprod(1.0 + size * (-1.0) ** np.arange(bars - 1))])


@pytest.fixture(scope="module")
def sp500() -> MarketData:
    return load_dataset(DataConfig()).test  # all rows; only its start is that of the test bars


def window_from(data: MarketData, bars_before_2016: int) -> MarketData:
    return data.window(data.row_at("2016-01-01") - bars_before_2016, len(data))


def settled(data: MarketData, terms: Terms = FIVE_BP, fill_mode: str = "close") -> dict[str, EpisodeSeries]:
    return settle(data, Settlement(terms, fill_mode), baseline_positions(data, rng_of()))


# The rules, by hand


def test_flat_and_buy_and_hold_never_change_their_mind() -> None:
    assert positions_on(np.array([1.0, 2.0, 1.0]), "flat") == [0.0, 0.0, 0.0]
    assert positions_on(np.array([1.0, 2.0, 1.0]), "buy_and_hold") == [1.0, 1.0, 1.0]


def test_vol_target_divides_ten_percent_by_the_sample_deviation_of_twenty_returns() -> None:
    yearly = 0.01 * np.sqrt(20 / 19) * np.sqrt(252)  # ten returns of 1 % and ten of -1 %
    assert positions_on(alternating(0.01, 21), "vol_target") == [0.0] * 20 + [pytest.approx(0.1 / yearly)]


@pytest.mark.parametrize("size", [0.001, 0.0])
def test_vol_target_never_borrows(size: float) -> None:
    assert positions_on(alternating(size, 22), "vol_target")[20:] == [1.0, 1.0]


def test_sma_200_is_long_above_its_average_and_flat_at_it() -> None:
    close = np.concatenate([np.ones(201), [2.0, 0.5]])
    assert positions_on(close, "sma_200")[198:] == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert positions_on(np.arange(1.0, 201.0), "sma_200") == [0.0] * 199 + [1.0]


def test_momentum_252_follows_the_year() -> None:
    close = np.concatenate([[2.0], np.full(251, 3.0), [2.5, 2.5, 3.0]])
    assert positions_on(close, "momentum_252")[251:] == [0.0, 1.0, -1.0, 0.0]


def test_reversal_1_bets_against_the_last_bar() -> None:
    assert positions_on(np.array([1.0, 2.0, 1.5, 1.5, 1.6]), "reversal_1") == [0.0, -1.0, 1.0, 0.0, -1.0]


def test_random_is_its_seed_and_uniform() -> None:
    data = bars_of(np.ones(10_000))
    positions = BASELINES["random"].positions(data, rng_of(1))
    assert positions.tolist() == BASELINES["random"].positions(data, rng_of(1)).tolist()
    assert positions.tolist() != BASELINES["random"].positions(data, rng_of(2)).tolist()
    assert np.quantile(positions, [0.25, 0.5, 0.75]) == pytest.approx([-0.5, 0.0, 0.5], abs=0.03)


def test_shuffled_keeps_the_mix_and_loses_the_timing() -> None:
    actions = np.linspace(-1.0, 1.0, 50)
    mixed = shuffled(actions, rng_of())
    assert sorted(mixed.tolist()) == actions.tolist()
    assert mixed.tolist() != actions.tolist()
    assert actions.tolist() == np.linspace(-1.0, 1.0, 50).tolist()
    assert mixed.tolist() == shuffled(actions, rng_of()).tolist()


@pytest.mark.parametrize("bars", [2, 64, 300])
@pytest.mark.parametrize("name", NAMES)
def test_positions_are_weights_at_every_bar(name: str, bars: int) -> None:
    data = MarketData.from_frame(synthetic_bars(0, bars))
    positions = BASELINES[name].positions(data, rng_of())
    assert positions.shape == (bars,)
    assert np.abs(positions).max() <= 1.0


# No look at the future

Perturb = Callable[[Column], Column]
PERTURBATIONS: dict[str, Perturb] = {
    "doubled": lambda rows: rows * 2.0,
    "missing": lambda rows: np.full(len(rows), np.nan),
    "shuffled": lambda rows: rng_of().permutation(rows),
}


def with_future(data: MarketData, row: int, perturb: Perturb) -> MarketData:
    """The same bars up to `row`, others after it."""
    columns: dict[str, Any] = {name: getattr(data, name) for name in COLUMNS}
    for name, column in columns.items():
        columns[name] = np.concatenate([column[: row + 1], perturb(column[row + 1 :])])
    return replace(data, **columns)


@pytest.mark.parametrize("perturb", PERTURBATIONS.values(), ids=PERTURBATIONS)
@pytest.mark.parametrize("row", [0, 19, 20, 199, 252, 400])
@pytest.mark.parametrize("name", NAMES)
def test_positions_do_not_read_later_bars(name: str, row: int, perturb: Perturb) -> None:
    data = MarketData.from_frame(synthetic_bars(0, 500))
    changed = with_future(data, row, perturb)
    positions, others = (BASELINES[name].positions(bars, rng_of()) for bars in (data, changed))
    assert positions[: row + 1].tobytes() == others[: row + 1].tobytes()


def test_perturbed_future_gives_away_who_reads_it() -> None:
    data = MarketData.from_frame(synthetic_bars(0, 500))
    changed = with_future(data, 400, lambda rows: rows / 2.0)
    assert foresight(data)[:401].tolist() != foresight(changed)[:401].tolist()


# The environment's own money


def config_of(**changes: Any) -> TradingConfig:
    return TradingConfig(no_trading_warmup_steps=0, **changes)


def settlement_of(config: TradingConfig, data: MarketData) -> Settlement:
    return Settlement(
        config.terms(data.bars_per_year),
        config.fill_mode,
        config.initial_equity,
        config.ruin_equity,
        config.max_long,
        config.max_short,
    )


def walk(env: TradingEnv, weights: Column) -> dict[str, list[float]]:
    """Columns of an episode until it ends, row 0 from `reset`."""
    _, info = env.reset(seed=0)
    infos, rewards = [info], [0.0]
    for weight in weights:
        _, reward, is_ruined, is_last, info = env.step(np.array([weight], np.float32))
        infos.append(info)
        rewards.append(reward / env.config.reward_scale)
        if is_ruined or is_last:
            break
    columns = ("equity", "position", "traded", "costs", "fill_price", "price", "time_ms")
    return {name: [info[name] for info in infos] for name in columns} | {"reward": rewards}


@pytest.mark.parametrize("fill_mode", FILL_MODES.names())
@pytest.mark.parametrize("changes", [{}, {"no_trade_band": 0.0}, {"rebalances_drift": False}], ids=str)
def test_settlement_is_the_environment_to_the_last_bit(fill_mode: str, changes: dict[str, Any]) -> None:
    data = MarketData.from_frame(synthetic_bars(0, 300)).window(100, 300)
    config = config_of(fill_mode=fill_mode, **changes)
    env = TradingEnv(data, config)
    weights = rng_of().uniform(-1.0, 1.0, (3, env.steps_per_episode)).astype(np.float32).astype(np.float64)
    positions = {str(index): positions_of(data, row) for index, row in enumerate(weights)}

    series = settle(data, settlement_of(config, data), positions)

    for index, row in enumerate(weights):
        columns = series[str(index)].columns()
        reward = np.array(walk(env, row).pop("reward"))
        for name, values in walk(env, row).items():
            assert name == "reward" or columns[name].tolist() == values, name
        assert columns["reward"] == pytest.approx(reward, rel=1e-12, abs=1e-15)
        assert columns["action"].tolist() == [0.0, *row]


@pytest.mark.parametrize("name", NAMES)
def test_baseline_is_an_agent_that_takes_its_positions(name: str, sp500: MarketData) -> None:
    data = window_from(sp500, 0)
    series = settle(data, settlement_of(config_of(), data), baseline_positions(data, rng_of()))[name]
    columns = walk(TradingEnv(data, config_of()), BASELINES[name].positions(data, rng_of())[data.start :])
    assert series.time_ms.tolist() == columns["time_ms"]
    assert series.equity == pytest.approx(columns["equity"], rel=1e-6)  # the agent's actions are float32


@pytest.mark.parametrize(("jump", "left"), [(1.95, 5_000.0), (2.0, 0.0), (2.5, -50_000.0)])
def test_ruined_account_stays_where_the_environment_ends(jump: float, left: float) -> None:
    data = bars_of(np.concatenate([np.ones(LOOKBACK + 1), [jump, 1.0, 1.0]]))
    config = config_of(fill_mode="close", fee_bps=0.0, half_spread_bps=0.0, slippage_bps=0.0, borrow_rate_pct=0.0)
    short = positions_of(data, np.full(3, -1.0))

    series = settle(data, settlement_of(config, data), {"short": short, "long": -short})

    assert walk(TradingEnv(data, config), short[LOOKBACK:])["equity"] == [100_000.0, pytest.approx(left)]
    assert series["short"].equity == pytest.approx([100_000.0, left, left, left])
    assert series["short"].position[2:].tolist() == [0.0, 0.0]
    assert series["short"].reward.tolist()[2:] == [0.0, 0.0]
    assert series["long"].equity == pytest.approx([100_000.0, jump * 100_000.0, 100_000.0, 100_000.0])


def test_positions_are_cut_to_what_the_agent_may_hold() -> None:
    data = bars_of(np.ones(LOOKBACK + 4))
    wanted = positions_of(data, np.array([1.0, -1.0, 0.5]))
    series = settle(data, Settlement(Terms(), max_long=0.75, max_short=0.0), {"cut": wanted})["cut"]
    assert series.position.tolist() == [0.0, 0.75, 0.0, 0.5]


def test_weights_of_an_episode_that_ruin_ended_leave_the_rest_flat() -> None:
    data = bars_of(np.ones(LOOKBACK + 5))
    assert positions_of(data, np.array([0.5, -0.5])).tolist() == [*[0.0] * LOOKBACK, 0.5, -0.5, 0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="5 weights for a window of 4 steps"):
        positions_of(data, np.zeros(5))


@pytest.mark.parametrize("positions", [np.zeros(LOOKBACK + 3), np.full(LOOKBACK + 4, np.nan)])
def test_positions_that_do_not_fit_the_bars_are_refused(positions: Column) -> None:
    with pytest.raises(ValueError, match=r"positions of 'mine' must be \d+ finite numbers"):
        settle(bars_of(np.ones(LOOKBACK + 4)), Settlement(Terms()), {"mine": positions})


def test_window_without_a_step_is_refused() -> None:
    with pytest.raises(DataError, match="no step after 63 bars"):
        settle(bars_of(np.ones(LOOKBACK + 1)), Settlement(Terms()), {"mine": np.zeros(LOOKBACK + 1)})


@pytest.mark.parametrize("name", NAMES)
def test_turnover_and_costs_are_those_of_the_wanted_weights(name: str, sp500: MarketData) -> None:
    data = window_from(sp500, 0)
    weights = BASELINES[name].positions(data, rng_of())[data.start : -1]
    growth = data.close[data.start + 1 :] / data.close[data.start : -1]
    drifted = np.concatenate([[0.0], (weights * growth / (1.0 + weights * (growth - 1.0)))[:-1]])

    series = settled(data)[name]

    assert turnover(series) == pytest.approx(np.abs(weights - drifted).sum(), rel=1e-9)
    assert series.costs == pytest.approx(5e-4 * np.abs(series.traded), rel=1e-12)


# The golden table: decide and fill at the close, 5 bp per traded notional, rebalanced every bar, no band, no interest


@pytest.fixture(scope="module")
def golden(sp500: MarketData) -> dict[str, Column]:
    """Equity from the close of 2015-12-31, when every account has been in its position since the close before."""
    return {name: series.equity[1:] for name, series in settled(window_from(sp500, 2)).items()}


@pytest.mark.parametrize(
    ("name", "ratio", "drawdown_pct"),
    [
        ("buy_and_hold", "0.590", "-19.8"),
        ("sma_200", "0.606", "-14.9"),
        ("momentum_252", "0.405", None),
        ("reversal_1", "-0.799", None),
        ("vol_target", "0.784", "-12.4"),
    ],
)
def test_golden_table_is_reproduced(golden: dict[str, Column], name: str, ratio: str, drawdown_pct: str | None) -> None:
    equity = golden[name]
    assert len(equity) == 755
    assert f"{sharpe(equity, 252.0):.3f}" == ratio
    assert drawdown_pct in (None, f"{max_drawdown_pct(equity):.1f}")


def test_golden_standard_error_of_buy_and_hold(golden: dict[str, Column]) -> None:
    assert f"{sharpe_standard_error(golden['buy_and_hold'], 252.0):.3f}" == "0.585"


@pytest.mark.parametrize(("bars_before", "start", "return_pct"), [(1, "2015-12-31", 22.65), (0, "2016-01-04", 24.55)])
def test_window_starts_at_its_first_close_for_agent_and_baseline_alike(
    sp500: MarketData, bars_before: int, start: str, return_pct: float
) -> None:
    data = window_from(sp500, bars_before)
    config = config_of(fill_mode="close", fee_bps=0.0, half_spread_bps=0.0, slippage_bps=0.0)
    assert data.time[first_row(data)] == np.datetime64(start)

    baseline = settled(data, Terms())["buy_and_hold"].equity
    agent = walk(TradingEnv(data, config), np.ones(len(data)))["equity"]

    assert round(total_return_pct(baseline), 2) == return_pct
    assert round(total_return_pct(np.array(agent)), 2) == return_pct


def test_flat_start_pays_for_its_first_trade_inside_the_window(sp500: MarketData) -> None:
    equity = settled(window_from(sp500, 1))["buy_and_hold"].equity
    assert equity[-1] / equity[0] == pytest.approx(1.2264793 / (1.0 + 5e-4), rel=1e-7)


# What no honest rule can do


@pytest.mark.parametrize("fill_mode", FILL_MODES.names())
@pytest.mark.parametrize("seed", [None, 0, 1, 2], ids=["sp500", "walk 0", "walk 1", "walk 2"])
def test_perfect_foresight_bounds_every_baseline_from_above(
    sp500: MarketData, seed: int | None, fill_mode: str
) -> None:
    data = window_from(sp500, 0) if seed is None else MarketData.from_frame(synthetic_bars(seed, 600))
    free = settle(data, Settlement(Terms(), fill_mode), {"foresight": foresight(data, fill_mode)})["foresight"].equity
    for terms in (Terms(), FIVE_BP):
        for name, series in settled(data, terms, fill_mode).items():
            assert series.equity[-1] <= free[-1], name
            assert fill_mode != "close" or (series.equity <= free * (1.0 + 1e-12)).all(), name


def test_only_foresight_has_a_ratio_that_no_daily_rule_has(sp500: MarketData) -> None:
    for data in (sp500, window_from(sp500, 0)):
        cheat = settle(data, Settlement(FIVE_BP, "close"), {"foresight": foresight(data)})["foresight"].equity
        assert (sharpe(cheat, 252.0) or 0.0) > 10.0
        ratios = {name: sharpe(series.equity, 252.0) or 0.0 for name, series in settled(data).items()}
        assert {name: ratio for name, ratio in ratios.items() if ratio > 5.0} == {}


WALKS = 200
LEVEL = 0.01  # one-sided, of the whole family of baselines: Bonferroni over all but flat
HURDLE = NormalDist().inv_cdf(1.0 - LEVEL / (len(NAMES) - 1))


def score_over_walks(markets: list[MarketData]) -> dict[str, float]:
    """Standard scores of the mean return after costs over all markets; flat earns 0 in each."""
    returns = [
        {name: total_return_pct(series.equity) for name, series in settled(data, fill_mode="next_open").items()}
        | {"foresight": total_return_pct(settle(data, Settlement(FIVE_BP), {"": foresight(data)})[""].equity)}
        for data in markets
    ]
    table = pd.DataFrame(returns).drop(columns="flat")
    scores: dict[str, float] = (table.mean() / (table.std() / np.sqrt(len(table)))).to_dict()
    return scores


def walk_of(seed: int) -> MarketData:
    """A year of history and half a year of a price without drift."""
    return MarketData.from_frame(synthetic_bars(seed, 379, drift=0.0)).window(252, 379)


def reverting(seed: int) -> MarketData:
    """Closes whose returns are AR(1) with coefficient -0.3."""
    shocks = rng_of(seed).normal(0.0, 0.01, 379)
    returns: NDArray[np.float64] = np.zeros(379)
    for row in range(1, 379):
        returns[row] = -0.3 * returns[row - 1] + shocks[row]
    return bars_of(100.0 * np.exp(np.cumsum(returns))).window(252, 379)


def test_on_random_walks_no_baseline_beats_flat_beyond_chance() -> None:
    scores = score_over_walks([walk_of(seed) for seed in range(WALKS)])
    assert scores.pop("foresight") > HURDLE  # the test can find what is there
    assert {name: score for name, score in scores.items() if score > HURDLE} == {}


def test_on_a_reverting_price_reversal_beats_flat() -> None:
    scores = score_over_walks([reverting(seed) for seed in range(50)])
    assert scores["reversal_1"] > HURDLE
    assert scores["random"] < HURDLE
