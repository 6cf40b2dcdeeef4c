"""The market as a Gymnasium environment: one asset, one continuous target position, exact money.

Knows no learner, thread, run or web. The money is settled in `market.account`, the warm-up decision is made in
`warmup_gate`.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

import gymnasium
import numpy as np
import pandas as pd
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec
from numpy.typing import NDArray

from knobs import Registry, knob
from market.account import BASIS_POINT, Account
from market.data import Column, DataError, MarketData
from market.features import CLIP, FEATURES, FeatureScaler, first_row, scaled_features
from warmup_gate import WarmupConfig, WarmupGate

Observation = NDArray[np.float32]

ENVIRONMENT_ID = "Warmgate/Trading-v0"
ACTION_SIZE = 1
ACCOUNT_STATE = ("position", "drawdown")
_MIN_EQUITY_RATIO = 1e-4  # bounds the log return of a step that wipes out the account

FillPrices = Callable[[MarketData], Column]
FILL_MODES: Registry[FillPrices] = Registry("fill mode")
FILL_MODES.add(
    "next_open",
    lambda data: data.open[1:],
    help="Decide after the close, trade at the next bar's open: what an order placed overnight gets.",
)
FILL_MODES.add(
    "close",
    lambda data: data.close[:-1],
    help="Decide and trade at the same close: optimistic, for comparison only.",
)
FILL_MODES.add(
    "next_close",
    lambda data: data.close[1:],
    help="Decide after the close, trade at the next bar's close: one whole bar of delay.",
)


class TradingConfig(WarmupConfig):
    """The environment's parameters, the warm-up gate's included."""

    initial_equity: float = knob(
        100_000.0, ge=1, le=1e12, unit="currency", label="Initial equity", help="Account value at each episode's start."
    )
    fill_mode: Annotated[str, FILL_MODES] = knob(
        "next_open", label="Fill mode", help="When a decided trade is executed."
    )
    fee_bps: float = knob(
        2.0, ge=0, le=1_000, unit="bp", primary=True, label="Fee", help="Commission per traded notional."
    )
    half_spread_bps: float = knob(
        1.0, ge=0, le=1_000, unit="bp", label="Half spread", help="Half the bid-ask spread, paid on every trade."
    )
    slippage_bps: float = knob(
        2.0, ge=0, le=1_000, unit="bp", label="Slippage", help="Adverse price move per traded notional."
    )
    borrow_rate_pct: float = knob(
        2.0, ge=0, le=100, unit="% a year", label="Borrow rate", help="Interest on the notional held short."
    )
    no_trade_band: float = knob(
        0.05,
        ge=0,
        le=1,
        unit="of equity",
        label="No-trade band",
        help="A wanted position change of at most this much is not executed.",
    )
    reward_scale: float = knob(
        100.0, gt=0, le=1e6, label="Reward scale", help="Multiplies the log return; 100 makes rewards percent."
    )
    ruin_equity_pct: float = knob(
        10.0, gt=0, lt=100, unit="% of initial", label="Ruin level", help="Equity at or below it ends the episode."
    )
    ruin_penalty: float = knob(
        100.0, ge=0, le=1e6, unit="reward", label="Ruin penalty", help="Subtracted from the reward of the ruin step."
    )

    @property
    def cost_rate(self) -> float:
        """Fee, half spread and slippage together, as a fraction of traded notional."""
        return (self.fee_bps + self.half_spread_bps + self.slippage_bps) * BASIS_POINT

    def for_evaluation(self) -> "TradingConfig":
        """The same market and money with the gate open from the first step: evaluation never forces actions."""
        return self.model_copy(update={"no_trading_warmup_steps": 0})


class TradingEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """Trade one asset by setting a target position once per bar.

    **Action** `(1,)` float32 in [-1, 1]: the wanted position as a signed fraction of equity; values outside are
    clipped. While `global_step_count < config.no_trading_warmup_steps` the warm-up strategy's action is executed
    instead (by default 0: no position). `info["executed_action"]` is what was executed.

    **Observation** `(features + 2,)` float32: the features of `market.features` up to the decision bar's close,
    standardised by the training bars and clipped to [-10, 10]; then the position in [-1, 1], clipped likewise, and
    the drawdown of equity in [-1, 0].

    **Step.** At bar t the agent sees bars up to t. The account is marked to the fill price (`next_open`: the open of
    t+1; `close`: the close of t; `next_close`: the close of t+1), trades there to the target when the drifted
    position is further from it than the no-trade band, pays its costs, and is marked to the close of t+1, where
    interest for a short position is paid.

    **Reward.** `reward_scale * ln(equity after / equity before)`: rewards sum to the log of the account's growth.

    **Start.** Flat, with `initial_equity`, at the first bar of the window for which every feature exists.

    **End.** `terminated` only by ruin: equity at or below `ruin_equity_pct`; that step's reward is further reduced by
    `ruin_penalty`. `truncated` after the last bar. A step after the end raises.

    **Info.** `executed_action`, `equity`, `position`, `costs` (of the step), `traded` (signed notional), `fill_price`,
    `price`, `time_ms`, `phase`. `gate_decision` holds the warm-up decision that the last step obeyed.

    >>> import numpy as np
    >>> from market.datasets import synthetic_bars
    >>> env = TradingEnv(synthetic_bars(seed=1, bars=500), TradingConfig(no_trading_warmup_steps=1))
    >>> observation, info = env.reset(seed=0)
    >>> observation.shape, info["equity"], info["position"]
    ((11,), 100000.0, 0.0)
    >>> _, _, _, _, info = env.step(np.array([1.0], dtype=np.float32))  # gated: action 0 is executed
    >>> info["executed_action"].tolist(), info["position"], info["phase"]
    ([0.0], 0.0, 'warmup')
    >>> _, _, _, _, info = env.step(np.array([1.0], dtype=np.float32))
    >>> info["executed_action"].tolist(), round(info["position"], 12), info["phase"]
    ([1.0], 1.0, 'learning')
    """

    def __init__(
        self,
        data: MarketData | pd.DataFrame,
        config: TradingConfig | None = None,
        scaler: FeatureScaler | None = None,
    ) -> None:
        """`scaler` holds the training bars' statistics; without one, `data` is taken to be the training bars.

        Raises:
            DataError: malformed bars, or fewer than one episode needs.
        """
        self.config = config or TradingConfig()
        self.data = data if isinstance(data, MarketData) else MarketData.from_frame(data)
        self.first_row = first_row(self.data)
        if len(self.data) < self.first_row + 2:
            raise DataError(
                f"{self.data.name}: an episode needs at least 2 bars after {self.first_row} bars of feature history, "
                f"found {len(self.data)} bars in all"
            )
        self.scaler = scaler or FeatureScaler.fit(self.data)
        self.spec = EnvSpec(
            ENVIRONMENT_ID,
            "trading_env:TradingEnv",
            kwargs={"data": self.data, "config": self.config, "scaler": self.scaler},
        )
        self.global_step_count = 0
        self.gate = WarmupGate(self.config)
        self.gate_decision = self.gate.decide(0)
        self.observation_names = (*FEATURES.names(), *ACCOUNT_STATE)
        self.observation_space = spaces.Box(-CLIP, CLIP, (len(self.observation_names),), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (ACTION_SIZE,), np.float32)

        account_columns = np.zeros((len(self.data), len(ACCOUNT_STATE)), np.float32)
        self._observations = np.hstack([scaled_features(self.data, self.scaler), account_columns])
        # Python floats: indexing a list is several times faster than an array element
        self._close = self.data.close.tolist()
        self._fill_price = FILL_MODES[self.config.fill_mode](self.data).tolist()
        self._time_ms = self.data.time.astype(np.int64).tolist()
        self._borrow_rate_per_bar = self.config.borrow_rate_pct / 100.0 / self.data.bars_per_year
        self._cost_rate = self.config.cost_rate
        self._ruin_equity = self.config.initial_equity * self.config.ruin_equity_pct / 100.0
        self._last_row = len(self.data) - 1
        self._is_over = True

    @property
    def steps_per_episode(self) -> int:
        """Steps from the first bar to the last, when ruin does not end the episode."""
        return self._last_row - self.first_row

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode: flat, at the window's first row. `global_step_count` goes on counting."""
        super().reset(seed=seed)
        self._row = self.first_row
        self._account = Account(self.config.initial_equity, self._cost_rate)
        self._equity = self._peak_equity = self.config.initial_equity
        self._position = 0.0
        self._is_over = False
        no_action = np.zeros(ACTION_SIZE, np.float32)
        return self._observe(), self._info(no_action, traded=0.0, costs=0.0, fill_price=self._close[self._row])

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one bar.

        Raises:
            RuntimeError: the episode is over, or `reset` was never called.
            ValueError: the action is not one finite number.
        """
        if self._is_over:
            raise RuntimeError("the episode is over: call reset() before step()")
        self.gate_decision = self.gate.decide(self.global_step_count)
        if self.gate_decision.is_gated:
            executed = self.gate.strategy.forced_action(ACTION_SIZE, self.np_random)
        else:
            executed = _checked(action)
        self.global_step_count += 1

        account, config = self._account, self.config
        fill_price = self._fill_price[self._row]
        fill = account.rebalance(float(executed[0]), fill_price, config.no_trade_band)
        self._row += 1
        price = self._close[self._row]
        costs = fill.cost + account.pay_borrow(price, self._borrow_rate_per_bar)
        equity_before, self._equity = self._equity, account.equity(price)
        self._position = account.position(price)
        self._peak_equity = max(self._peak_equity, self._equity)

        is_ruined = self._equity <= self._ruin_equity
        growth = max(self._equity / equity_before, _MIN_EQUITY_RATIO)
        reward = config.reward_scale * math.log(growth) - (config.ruin_penalty if is_ruined else 0.0)
        is_last_bar = self._row == self._last_row
        self._is_over = is_ruined or is_last_bar
        info = self._info(executed, traded=fill.notional, costs=costs, fill_price=fill_price)
        return self._observe(), reward, is_ruined, is_last_bar and not is_ruined, info

    def _observe(self) -> Observation:
        observation: Observation = self._observations[self._row].copy()
        observation[-2] = min(max(self._position, -CLIP), CLIP)
        observation[-1] = max(self._equity / self._peak_equity - 1.0, -1.0)
        return observation

    def _info(
        self, executed_action: NDArray[np.float32], *, traded: float, costs: float, fill_price: float
    ) -> dict[str, Any]:
        return {
            "executed_action": executed_action,
            "equity": self._equity,
            "position": self._position,
            "costs": costs,
            "traded": traded,
            "fill_price": fill_price,
            "price": self._close[self._row],
            "time_ms": self._time_ms[self._row],
            "phase": self.gate_decision.phase.value,
        }


def _checked(action: NDArray[np.float32]) -> NDArray[np.float32]:
    """A fresh, clipped copy of the action."""
    executed = np.array(action, dtype=np.float32).reshape(-1)
    if executed.shape != (1,) or not math.isfinite(executed[0]):
        raise ValueError(f"the action must be one finite number in [-1, 1], found {action!r}")
    return np.clip(executed, np.float32(-1.0), np.float32(1.0))
