"""What simple rules earn on the same bars and the same account: the yardsticks an agent must beat.

A baseline is a function from bars to target positions, and `settle` turns positions into money exactly as the
environment does. Knows no environment, no learner and no statistics.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from knobs import Registry
from market.account import Accounts, Terms
from market.data import Column, DataError, MarketData
from market.episode import EpisodeSeries
from market.features import first_row
from market.fills import FILL_MODES

Positions = Callable[[MarketData, np.random.Generator], Column]

_TARGET_VOLATILITY = 0.10  # a year
_VOLATILITY_BARS = 20
_RECORDED = ("equity", "position", "traded", "costs")  # attributes of `Accounts`
_LEAST_GROWTH = 1e-4  # bounds the log of a bar that wipes out the account, as the environment does


@dataclass(frozen=True, slots=True)
class Baseline:
    """`positions(data, rng)` gives the target weight `(bars,)` in [-1, 1] decided at each bar's close.

    The weight at row t reads rows up to t and no other; it is 0 where history is too short to decide.
    """

    label: str
    positions: Positions


@dataclass(frozen=True, slots=True)
class Settlement:
    """How positions become money; the same figures as the environment's configuration gives."""

    terms: Terms
    fill_mode: str = "next_open"
    initial_equity: float = 100_000.0
    ruin_equity: float = 0.0  # an account at or below it stops there
    max_long: float = 1.0  # positions are cut to what the agent may hold
    max_short: float = 1.0


BASELINES: Registry[Baseline] = Registry("baseline")


def baseline_positions(data: MarketData, rng: np.random.Generator) -> dict[str, Column]:
    """Target positions `(bars,)` of every registered baseline, by name, history rows included."""
    return {entry.name: entry.item.positions(data, rng) for entry in BASELINES}


def shuffled(actions: Column, rng: np.random.Generator) -> Column:
    """A policy's own actions `(steps,)` in random order: what its mix of positions earns without its timing."""
    return rng.permutation(actions)


def positions_of(data: MarketData, weights: Column) -> Column:
    """Weights `(steps,)` that an episode over the window took, as positions `(bars,)`; 0 before and after them.

    Raises:
        ValueError: more weights than the window has steps.
    """
    first = first_row(data)
    if len(weights) > len(data) - 1 - first:
        raise ValueError(f"{data.name}: {len(weights)} weights for a window of {len(data) - 1 - first} steps")
    positions = np.zeros(len(data))
    positions[first : first + len(weights)] = weights
    return positions


def settle(data: MarketData, settlement: Settlement, positions: Mapping[str, Column]) -> dict[str, EpisodeSeries]:
    """What each of the positions earns over the window, all accounts in one pass.

    Positions are `(bars,)` over all rows of `data`. Accounts start flat at the first bar of the window for which every
    feature exists, decide at each close up to the last but one, and end at the last close: the environment's own
    episode. The series hold the wanted position as action and the log of the account's growth as reward.

    Raises:
        DataError: a window without a step.
        ValueError: positions of another length, or not finite.
    """
    first = first_row(data)
    if first >= len(data) - 1:
        raise DataError(f"{data.name}: no step after {first} bars of feature history, found {len(data)} bars in all")
    targets = np.column_stack([_checked(name, column, len(data)) for name, column in positions.items()])
    targets = np.clip(targets, -settlement.max_short, settlement.max_long)
    fill_price = FILL_MODES[settlement.fill_mode](data)[first:]
    columns = _advance(settlement, targets[first:-1], fill_price, data.close[first + 1 :])
    shared = {
        "time_ms": data.time[first:].astype(np.int64),
        "price": data.close[first:],
        "fill_price": np.concatenate([data.close[first : first + 1], fill_price]),
        "gated": np.zeros(len(data) - first, np.bool_),
    }
    return {
        name: EpisodeSeries(**shared, **{column: values[account] for column, values in columns.items()})
        for account, name in enumerate(positions)
    }


def _checked(name: str, positions: Column, bars: int) -> Column:
    if positions.shape != (bars,) or not np.isfinite(positions).all():
        raise ValueError(f"positions of {name!r} must be {bars} finite numbers, one a bar, found {positions!r}")
    return positions


def _advance(settlement: Settlement, targets: Column, fill_price: Column, close: Column) -> dict[str, Column]:
    """Columns `(accounts, steps + 1)` of accounts that take the targets `(steps, accounts)`."""
    accounts = Accounts(settlement.initial_equity, settlement.terms, targets.shape[1])
    rows = {name: [getattr(accounts, name)] for name in _RECORDED}
    for target, fill, mark in zip(targets, fill_price.tolist(), close.tolist(), strict=True):
        accounts.advance(target, fill, mark)
        for name, values in rows.items():
            values.append(getattr(accounts, name))
    columns = {name: np.stack(values, axis=1) for name, values in rows.items()}
    columns["action"] = np.pad(targets.T, ((0, 0), (1, 0)))
    stopped = _stopped_at_ruin(columns, settlement.ruin_equity)
    return stopped | {"reward": _log_growth(stopped["equity"])}


def _stopped_at_ruin(columns: Mapping[str, Column], ruin_equity: float) -> dict[str, Column]:
    """The columns with equity kept, and everything else 0, after the step that ruined an account."""
    equity = columns["equity"]
    is_ruined = np.logical_or.accumulate(equity <= ruin_equity, axis=1)
    is_over = np.pad(is_ruined[:, :-1], ((0, 0), (1, 0)))
    left = np.take_along_axis(equity, is_ruined.argmax(axis=1)[:, None], axis=1)
    return {name: np.where(is_over, left if name == "equity" else 0.0, column) for name, column in columns.items()}


def _log_growth(equity: Column) -> Column:
    """Log growth `(accounts, steps + 1)` of each step, 0 in the first column."""
    before, after = equity[:, :-1], equity[:, 1:]
    growth = np.divide(after, before, out=np.ones_like(after), where=before > 0.0)
    return np.pad(np.log(np.maximum(growth, _LEAST_GROWTH)), ((0, 0), (1, 0)))


def _always(weight: float) -> Positions:
    return lambda data, rng: np.full(len(data), weight)


def _volatility_target(data: MarketData, rng: np.random.Generator) -> Column:
    deviation = pd.Series(data.close).pct_change().rolling(_VOLATILITY_BARS).std().to_numpy()
    yearly = deviation * np.sqrt(data.bars_per_year)
    wanted = np.divide(_TARGET_VOLATILITY, yearly, out=np.ones(len(data)), where=yearly > 0.0)
    return np.where(np.isnan(yearly), 0.0, np.minimum(wanted, 1.0))


def _above_average(bars: int) -> Positions:
    def positions(data: MarketData, rng: np.random.Generator) -> Column:
        average = pd.Series(data.close).rolling(bars).mean().to_numpy()
        return np.where(data.close > average, 1.0, 0.0)

    return positions


def _trend(bars: int, side: float) -> Positions:
    """Long after a rise over `bars` and short after a fall for side 1, the reverse for side -1."""

    def positions(data: MarketData, rng: np.random.Generator) -> Column:
        direction = np.zeros(len(data))
        direction[bars:] = np.sign(side * (data.close[bars:] - data.close[:-bars]))
        return direction

    return positions


def _random(data: MarketData, rng: np.random.Generator) -> Column:
    return rng.uniform(-1.0, 1.0, len(data))


for _name, _label, _positions, _help in (
    ("flat", "Flat", _always(0.0), "No position: what doing nothing earns."),
    ("buy_and_hold", "Buy & hold", _always(1.0), "The whole equity in the asset, bought at the first bar."),
    (
        "vol_target",
        "Volatility target 10 %",
        _volatility_target,
        "Long, at most the whole equity, sized to 10 % volatility a year by the sample deviation of 20 returns.",
    ),
    (
        "sma_200",
        "Above 200-bar average",
        _above_average(200),
        "Long while the close is above its average over 200 bars, otherwise flat.",
    ),
    ("momentum_252", "Momentum of 252 bars", _trend(252, 1.0), "Long after a rise over 252 bars, short after a fall."),
    ("reversal_1", "One-bar reversal", _trend(1, -1.0), "Short after a bar that rose, long after one that fell."),
    ("random", "Random", _random, "A uniformly random position at every bar."),
):
    BASELINES.add(_name, Baseline(_label, _positions), help=_help)
