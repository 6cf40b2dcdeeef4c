"""Many parallel accounts on the same bars, stepped in one numpy pass; equal to `TradingEnv` to the last bit.

For evaluation and for filling many accounts at once: it never forces an action, whatever the warm-up says.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from market.account import Accounts
from market.data import MarketData
from market.features import CLIP, TrainStatistics
from trading_env import MIN_GROWTH, TradingConfig, TradingEnv

Observations = NDArray[np.float32]
Flags = NDArray[np.bool_]


class TradingVectorEnv(VectorEnv[Observations, NDArray[np.float32], NDArray[Any]]):
    """`num_envs` accounts of `TradingEnv`; its docstring is the specification of every one of them.

    Actions `(num_envs, 1)`, observations `(num_envs, observation)`, rewards and flags `(num_envs,)`; info holds
    arrays `(num_envs,)`. An account whose episode ended is reset by the next step, which ignores its action
    (Gymnasium's next-step autoreset).
    """

    def __init__(
        self,
        data: MarketData | pd.DataFrame,
        config: TradingConfig | None = None,
        statistics: TrainStatistics | None = None,
        num_envs: int = 1,
        cost_multipliers: Sequence[float] | None = None,
    ) -> None:
        """`cost_multipliers` `(num_envs,)` multiply fees, spread, slippage and interest of each account.

        Raises:
            DataError: as `TradingEnv` does.
        """
        one = TradingEnv(data, config, statistics)
        self.config, self.data, self.statistics = one.config, one.data, one.statistics
        self.num_envs = num_envs
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        self.single_observation_space, self.single_action_space = one.observation_space, one.action_space
        self.observation_space = batch_space(one.observation_space, num_envs)
        self.action_space = batch_space(one.action_space, num_envs)
        self.first_row, self.steps_per_episode = one.first_row, one.steps_per_episode
        self._tape = one.tape
        self._ruin_equity = self.config.ruin_equity
        terms = self.config.terms(self.data.bars_per_year)
        if cost_multipliers is not None:
            largest = max(self.config.max_long, self.config.max_short)
            terms = terms.times(np.asarray(cost_multipliers, np.float64), largest)
        self._accounts = Accounts(self.config.initial_equity, terms, num_envs)
        self._reward = self.config.make_reward(self.statistics)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        """Start every account's episode, flat."""
        super().reset(seed=seed, options=options)
        self._row = self._last_row = np.zeros(1, np.int64)
        self._peak_equity = np.empty(self.num_envs)
        self._is_over = np.zeros(self.num_envs, np.bool_)
        self._begin(~self._is_over)
        no_action = np.zeros(self.num_envs)
        return self._observe(), self._info(no_action, self._tape.close.take(self._row))

    def step(self, actions: NDArray[np.float32]) -> tuple[Observations, NDArray[Any], Flags, Flags, dict[str, Any]]:
        """Take one bar with every account.

        Raises:
            ValueError: the actions are not `num_envs` finite numbers.
        """
        wanted = self._checked(actions)
        config, tape, accounts = self.config, self._tape, self._accounts
        begins = self._is_over
        any_begins = begins.any()
        if any_begins:  # any row will do: what they earn in this step is thrown away
            self._row = np.where(begins, self.first_row, self._row)
        fill_price = tape.fill_price.take(self._row)
        self._row = self._row + 1
        equity_before = accounts.equity
        accounts.advance(self._targets(wanted), fill_price, tape.close.take(self._row))
        self._peak_equity = np.maximum(self._peak_equity, accounts.equity)

        with np.errstate(divide="ignore", invalid="ignore"):  # an account that lost everything begins anew here
            log_return = np.log(np.maximum(accounts.equity / equity_before, MIN_GROWTH))
        reward = config.reward_scale * self._reward(log_return, tape.market_log_return.take(self._row))
        is_ruined = accounts.equity <= self._ruin_equity
        if is_ruined.any():
            reward[is_ruined] -= config.ruin_penalty
        truncated = (self._row == self._last_row) & ~is_ruined
        if any_begins:
            self._begin(begins)
            wanted, reward = np.where(begins, 0.0, wanted), np.where(begins, 0.0, reward)
            is_ruined, truncated = is_ruined & ~begins, truncated & ~begins
        self._is_over = is_ruined | truncated
        return self._observe(), reward, is_ruined, truncated, self._info(wanted, fill_price)

    def _begin(self, which: Flags) -> None:
        last_start = len(self.data) - 1 - self.steps_per_episode
        starts = np.zeros(self.num_envs, np.int64)
        starts[which] = self.np_random.integers(self.first_row, last_start + 1, int(which.sum()))
        row = np.where(which, starts, self._row)
        last_row = np.where(which, starts + self.steps_per_episode, self._last_row)
        # one element while all accounts stand on the same row: then the bar is read once for all of them
        kept = slice(1 if np.ptp(row) == np.ptp(last_row) == 0 else None)
        self._row, self._last_row = row[kept], last_row[kept]
        self._accounts.reset(which, self.config.initial_equity)
        self._peak_equity[which] = self.config.initial_equity
        self._reward.begin(which)

    def _checked(self, actions: NDArray[np.float32]) -> NDArray[np.float64]:
        wanted = np.asarray(actions, np.float64).reshape(-1)
        if len(wanted) == self.num_envs:
            if wanted.min() >= -1.0 and wanted.max() <= 1.0:  # neither holds of NaN
                return wanted
            if np.isfinite(wanted).all():
                return np.clip(wanted, -1.0, 1.0)
        raise ValueError(f"the actions must be {self.num_envs} finite numbers in [-1, 1], found {actions!r}")

    def _targets(self, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        config = self.config
        if config.max_long == config.max_short:
            return wanted * config.max_long
        return wanted * np.where(wanted > 0.0, config.max_long, config.max_short)

    def _observe(self) -> Observations:
        accounts = self._accounts
        observations = self._for_each(self._tape.observations.take(self._row, axis=0))
        observations[:, -2] = np.clip(accounts.position, -CLIP, CLIP)
        observations[:, -1] = np.maximum(accounts.equity / self._peak_equity - 1.0, -CLIP)
        return observations

    def _info(self, wanted: NDArray[np.float64], fill_price: NDArray[np.float64]) -> dict[str, Any]:
        accounts, tape = self._accounts, self._tape
        return {
            "executed_action": wanted.astype(np.float32)[:, None],
            "equity": accounts.equity.copy(),
            "position": accounts.position.copy(),
            "costs": accounts.costs.copy(),
            "traded": accounts.traded.copy(),
            "fill_price": self._for_each(fill_price),
            "price": self._for_each(tape.close.take(self._row)),
            "time_ms": self._for_each(tape.time_ms.take(self._row)),
        }

    def _for_each(self, values: NDArray[Any]) -> NDArray[Any]:
        """A value an account: the one that they share on the same row, repeated; otherwise that is what is given."""
        if len(values) == self.num_envs:
            return values
        # a byte array repeats several times faster than `np.repeat`
        return np.frombuffer(bytearray(values) * self.num_envs, values.dtype).reshape(-1, *values.shape[1:])
