"""The market as a Gymnasium environment: one asset, one continuous target position, exact money.

Knows no learner, thread, run or web. The money is settled in `market.account`, rewards come from `market.rewards`,
and the warm-up decision is made in `warmup_gate`.
"""

import math
from typing import Annotated, Any

import gymnasium
import numpy as np
import pandas as pd
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec
from numpy.typing import NDArray

from knobs import knob
from market.account import Account, Terms
from market.data import DataError, MarketData
from market.features import CLIP, FEATURES, TrainStatistics, first_row
from market.fills import FILL_MODES
from market.rewards import REWARDS, Reward, RewardTerms
from market.tape import Tape
from warmup_gate import WarmupConfig, WarmupGate

Observation = NDArray[np.float32]
Action = NDArray[np.float32]

ENVIRONMENT_ID = "Warmgate/Trading-v0"
ACTION_SIZE = 1
ACCOUNT_STATE = ("position", "drawdown")
OBSERVATION_NAMES = (*FEATURES.names(), *ACCOUNT_STATE)

# The state of `TradingEnv` and of its account that `state` saves
_STATE = ("global_step_count", "_row", "_last_row", "_peak_equity", "_is_over")
_ACCOUNT_ATTRIBUTES = ("cash", "quantity", "target", "equity", "position", "traded", "costs")
_BASIS_POINT = 1e-4
MIN_GROWTH = 1e-4  # bounds the log return of a step that wipes out the account


class TradingConfig(WarmupConfig):
    """The environment's parameters, the warm-up gate's included."""

    initial_equity: float = knob(
        100_000.0, ge=1, le=1e12, unit="currency", label="Initial equity", help="Account value at each episode's start."
    )
    fill_mode: Annotated[str, FILL_MODES] = knob(
        "next_open", label="Fill mode", help="When a decided trade is executed."
    )
    fee_bps: float = knob(
        2.0, ge=0, le=1_000, unit="bp", primary=True, live=True, label="Fee", help="Commission per traded notional."
    )
    half_spread_bps: float = knob(
        1.0,
        ge=0,
        le=1_000,
        unit="bp",
        live=True,
        label="Half spread",
        help="Half the bid-ask spread, paid on every trade.",
    )
    slippage_bps: float = knob(
        2.0, ge=0, le=1_000, unit="bp", live=True, label="Slippage", help="Adverse price move per traded notional."
    )
    financing_rate_pct: float = knob(
        4.0, ge=0, le=100, unit="% a year", live=True, label="Financing rate", help="Interest on borrowed cash."
    )
    borrow_rate_pct: float = knob(
        2.0, ge=0, le=100, unit="% a year", live=True, label="Borrow rate", help="Interest on the notional held short."
    )
    no_trade_band: float = knob(
        0.05,
        ge=0,
        le=1,
        unit="of equity",
        label="No-trade band",
        help="A wanted position change of at most this much is not executed.",
    )
    rebalances_drift: bool = knob(
        True,
        label="Rebalance drift",
        help="Trade when the drifted position leaves the band; off: hold the quantity until another one is wanted.",
    )
    max_long: float = knob(
        1.0, ge=0, le=3, unit="of equity", label="Maximum long", help="Position of action 1; above 1 is leverage."
    )
    max_short: float = knob(
        1.0, ge=0, le=3, unit="of equity", label="Maximum short", help="Size of the short position of action -1."
    )
    episode_bars: int | None = knob(
        None,
        ge=1,
        le=10_000_000,
        unit="bars",
        label="Episode length",
        help="Steps of an episode, from a random start; empty is one pass over all bars.",
    )
    reward: Annotated[str, REWARDS] = knob("log_return", label="Reward", help="What a step pays the agent.")
    reward_downside_weight: float = knob(
        1.0, ge=0, le=100, label="Downside weight", help="Extra weight of losses; only `downside_penalised` reads it."
    )
    reward_sharpe_span: float = knob(
        252.0, ge=2, le=1e6, unit="bars", label="Sharpe span", help="Memory of `differential_sharpe`; others ignore it."
    )
    reward_scale: float = knob(
        100.0, gt=0, le=1e6, label="Reward scale", help="Multiplies the reward; 100 makes log returns percent."
    )
    ruin_equity_pct: float = knob(
        10.0, gt=0, lt=100, unit="% of initial", label="Ruin level", help="Equity at or below it ends the episode."
    )
    ruin_penalty: float = knob(
        100.0, ge=0, le=1e6, unit="reward", label="Ruin penalty", help="Subtracted from the reward of the ruin step."
    )

    def terms(self, bars_per_year: float) -> Terms:
        """The account's terms, as fractions a bar."""
        return Terms(
            cost_rate=(self.fee_bps + self.half_spread_bps + self.slippage_bps) * _BASIS_POINT,
            borrow_per_bar=self.borrow_rate_pct / 100.0 / bars_per_year,
            financing_per_bar=self.financing_rate_pct / 100.0 / bars_per_year,
            band=self.no_trade_band,
            rebalances_drift=self.rebalances_drift,
        )

    def make_reward(self, statistics: TrainStatistics) -> Reward:
        terms = RewardTerms(
            downside_weight=self.reward_downside_weight,
            sharpe_span=self.reward_sharpe_span,
            return_mean=statistics.return_mean,
            return_mean_square=statistics.return_mean_square,
        )
        return REWARDS[self.reward](terms)

    @property
    def ruin_equity(self) -> float:
        return self.initial_equity * self.ruin_equity_pct / 100.0

    def for_evaluation(self) -> "TradingConfig":
        """The same market and money, in one pass over all bars, with the gate open from the first step."""
        return self.model_copy(update={"no_trading_warmup_steps": 0, "episode_bars": None})


class TradingEnv(gymnasium.Env[Observation, Action]):
    """Trade one asset by setting a target position once per bar.

    **Action** `(1,)` float32 in [-1, 1], clipped: 1 wants `max_long` times equity in the asset, -1 wants `max_short`
    times equity short, 0 no position. While `global_step_count < config.no_trading_warmup_steps` the warm-up
    strategy's action (by default 0) is executed instead. `info["executed_action"]` is what was executed.

    **Observation** `(features + 2,)` float32 in [-10, 10]: the features of `market.features` up to the decision
    bar's close, standardised by the training bars; the position as a fraction of equity; the drawdown of equity.

    **Step.** At bar t the agent sees bars up to t. The account is marked to the fill price (`next_open`: the open of
    t+1; `close`: the close of t; `next_close`: the close of t+1), trades there when the wanted position is further
    than the no-trade band from the drifted one (from the last target, without `rebalances_drift`), and pays fee, half
    spread and slippage. It is marked to the close of t+1 and pays that bar's interest on a short or on borrowed cash.

    **Reward** (`market.rewards`), times `reward_scale`. The default is ln(equity after / equity before), so that
    rewards sum to the log of the account's growth.

    **Start.** Flat, with `initial_equity`, at the first bar of the window for which every feature exists; with
    `episode_bars`, at a random bar from which that many steps remain.

    **End.** `terminated` only by ruin: equity at or below `ruin_equity_pct`; that step's reward is further reduced by
    `ruin_penalty`, and an account without equity at its fill, or without enough to pay for its trade, is closed out
    there. `truncated` after the last bar, or after `episode_bars`. A step after the end raises.

    **Info.** `executed_action`, `equity`, `position`, `costs` (of the step), `traded` (signed notional), `fill_price`,
    `price`, `time_ms`, `phase`. `gate_decision` holds the warm-up decision that the last step obeyed.

    >>> import numpy as np
    >>> from market.datasets import synthetic_bars
    >>> env = TradingEnv(synthetic_bars(seed=1, bars=500), TradingConfig(no_trading_warmup_steps=1))
    >>> observation, info = env.reset(seed=0)
    >>> observation.shape, info["equity"], info["position"]
    ((15,), 100000.0, 0.0)
    >>> _, _, _, _, info = env.step(np.array([1.0], dtype=np.float32))  # gated: action 0 is executed
    >>> info["executed_action"].tolist(), info["position"], str(info["phase"])
    ([0.0], 0.0, 'warmup')
    >>> _, _, _, _, info = env.step(np.array([1.0], dtype=np.float32))
    >>> info["executed_action"].tolist(), round(info["position"], 12), str(info["phase"])
    ([1.0], 1.0, 'learning')
    """

    def __init__(
        self,
        data: MarketData | pd.DataFrame,
        config: TradingConfig | None = None,
        statistics: TrainStatistics | None = None,
    ) -> None:
        """`statistics` are the training bars'; without them, `data` is taken to be the training bars.

        Raises:
            DataError: malformed bars, or fewer than one episode needs.
        """
        self.config = config or TradingConfig()
        self.data = data if isinstance(data, MarketData) else MarketData.from_frame(data)
        self.first_row, self.steps_per_episode = episode_window(self.data, self.config)
        self.statistics = statistics or TrainStatistics.fit(self.data)
        kwargs = {"data": self.data, "config": self.config, "statistics": self.statistics}
        self.spec = EnvSpec(ENVIRONMENT_ID, "trading_env:TradingEnv", kwargs=kwargs)
        self.observation_names = OBSERVATION_NAMES
        self.observation_space = spaces.Box(-CLIP, CLIP, (len(OBSERVATION_NAMES),), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (ACTION_SIZE,), np.float32)

        self.global_step_count = 0
        self.gate = WarmupGate(self.config)
        self.gate_decision = self.gate.decide(0)

        tape = self.tape = Tape.of(self.data, self.statistics, self.config.fill_mode, len(ACCOUNT_STATE))
        self._observations = tape.observations
        # Python numbers: indexing a list is several times faster than an array element
        self._close: list[float] = tape.close.tolist()
        self._fill_price: list[float] = tape.fill_price.tolist()
        self._time_ms: list[int] = tape.time_ms.tolist()
        self._market_log_return: list[float] = tape.market_log_return.tolist()
        self._ruin_equity = self.config.ruin_equity
        self._terms = self.config.terms(self.data.bars_per_year)
        self._reward = self.config.make_reward(self.statistics)
        self._account = Account(self.config.initial_equity, self._terms)
        self._no_action = np.zeros(ACTION_SIZE, np.float32)
        self._is_over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode, flat. `global_step_count` goes on counting."""
        super().reset(seed=seed)
        last_start = len(self.data) - 1 - self.steps_per_episode
        self._row = self.first_row
        if last_start > self.first_row:
            self._row = int(self.np_random.integers(self.first_row, last_start + 1))
        self._last_row = self._row + self.steps_per_episode
        self._account = Account(self.config.initial_equity, self._terms)
        self._peak_equity = self.config.initial_equity
        self._reward.begin()
        self._is_over = False
        return self._observe(), self._info(self._no_action.copy(), self._close[self._row])

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one bar. While gated, nobody looks at `action`.

        Raises:
            RuntimeError: the episode is over, or `reset` was never called.
            ValueError: the action is not one finite number.
        """
        if self._is_over:
            raise RuntimeError("the episode is over: call reset() before step()")
        decision = self.gate_decision = self.gate.decide(self.global_step_count)
        if decision.is_gated:
            executed = self.gate.strategy.forced_action(ACTION_SIZE, self.np_random)
            wanted = executed.item()
        else:
            wanted = checked_action(action)
            executed = self._no_action.copy()
            executed[0] = wanted
        self.global_step_count += 1

        account, config = self._account, self.config
        equity_before = account.equity
        fill_price = self._fill_price[self._row]
        self._row = row = self._row + 1
        account.advance(wanted * (config.max_long if wanted > 0.0 else config.max_short), fill_price, self._close[row])

        equity = account.equity
        if equity > self._peak_equity:
            self._peak_equity = equity
        growth = equity / equity_before
        # numpy's log, not math's: the vectorised environment must agree to the last bit
        log_return = float(np.log(growth if growth > MIN_GROWTH else MIN_GROWTH))
        reward = config.reward_scale * float(self._reward(log_return, self._market_log_return[row]))
        is_ruined = equity <= self._ruin_equity
        if is_ruined:
            reward -= config.ruin_penalty
        is_last_bar = row == self._last_row
        self._is_over = is_ruined or is_last_bar
        return self._observe(), reward, is_ruined, is_last_bar and not is_ruined, self._info(executed, fill_price)

    def set_costs(self, config: TradingConfig) -> None:
        """Settle on the terms of `config` from the next `reset` on; nothing else may differ in it."""
        self.config = config
        self._terms = config.terms(self.data.bars_per_year)

    def state(self) -> dict[str, Any]:
        """Everything that changes while the environment runs, JSON-ready; floats survive JSON to the bit.

        Raises:
            RuntimeError: `reset` was never called.
        """
        if not hasattr(self, "_row"):
            raise RuntimeError("there is no episode yet: call reset() before state()")
        return {
            **{name: getattr(self, name) for name in _STATE},
            "account": {name: getattr(self._account, name) for name in _ACCOUNT_ATTRIBUTES},
            "reward": self._reward.state(),
            "random": self.np_random.bit_generator.state,
        }

    def restore(self, state: dict[str, Any]) -> Observation:
        """Continue exactly where `state` was taken, on the same bars and configuration; returns the observation."""
        for name in _STATE:
            setattr(self, name, state[name])
        for name in _ACCOUNT_ATTRIBUTES:
            setattr(self._account, name, state["account"][name])
        self.gate_decision = self.gate.decide(max(0, self.global_step_count - 1))
        self._reward.restore(state["reward"])
        self.np_random.bit_generator.state = state["random"]
        return self._observe()

    def _observe(self) -> Observation:
        observation: Observation = self._observations[self._row].copy()
        position = self._account.position
        if not -CLIP <= position <= CLIP:
            position = math.copysign(CLIP, position)
        drawdown = self._account.equity / self._peak_equity - 1.0
        observation[-2] = position
        observation[-1] = drawdown if drawdown > -CLIP else -CLIP
        return observation

    def _info(self, executed_action: Action, fill_price: float) -> dict[str, Any]:
        account = self._account
        return {
            "executed_action": executed_action,
            "equity": account.equity,
            "position": account.position,
            "costs": account.costs,
            "traded": account.traded,
            "fill_price": fill_price,
            "price": self._close[self._row],
            "time_ms": self._time_ms[self._row],
            "phase": self.gate_decision.phase,
        }


def checked_action(action: Action) -> float:
    """The action as a float, clipped to [-1, 1].

    Raises:
        ValueError: it is not one finite number.
    """
    try:
        wanted = float(np.asarray(action).item())
    except (TypeError, ValueError) as error:
        raise ValueError(f"the action must be one number in [-1, 1], found {action!r}") from error
    if -1.0 <= wanted <= 1.0:
        return wanted
    if not math.isfinite(wanted):
        raise ValueError(f"the action must be finite, found {action!r}")
    return math.copysign(1.0, wanted)


def episode_window(data: MarketData, config: TradingConfig) -> tuple[int, int]:
    """The first row an episode may start at, and its steps when ruin does not end it.

    Raises:
        DataError: fewer bars than that.
    """
    first = first_row(data)
    available = len(data) - 1 - first
    steps = config.episode_bars or available
    if available < max(steps, 1):
        raise DataError(
            f"{data.name}: an episode needs {max(steps, 1)} steps after {first} bars of feature history, "
            f"found {len(data)} bars in all"
        )
    return first, steps


# Registered on import, as Gymnasium expects: gymnasium.make("trading_env:Warmgate/Trading-v0", data=...)
gymnasium.register(
    ENVIRONMENT_ID,
    entry_point="trading_env:TradingEnv",
    vector_entry_point="trading_vector_env:TradingVectorEnv",
)
