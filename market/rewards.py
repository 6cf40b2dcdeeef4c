"""Rewards by name: what a step pays the agent. Adding one is one class and one line in the registry.

A reward works on Python floats and on arrays `(accounts,)` alike. Log returns are natural, per bar, unscaled.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from knobs import Registry

Amount = TypeVar("Amount", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """Parameters of all rewards; the two moments are of the training bars' log returns."""

    downside_weight: float
    sharpe_span: float
    return_mean: float
    return_mean_square: float


class Reward:
    """The default: the log of the account's growth. Rewards of an episode sum to the log of its whole growth."""

    def __init__(self, terms: RewardTerms) -> None:
        self.terms = terms

    def __call__(self, log_return: Amount, market_log_return: Amount) -> Amount:
        """Pay for one bar; `market_log_return` is that of holding the asset."""
        return log_return

    def begin(self, accounts: NDArray[np.bool_] | None = None) -> None:
        """An episode begins: of the one account, or of those selected among `(accounts,)`."""

    def state(self) -> list[float]:
        """What `restore` needs to continue exactly."""
        return []

    def restore(self, state: list[float]) -> None: ...


class ExcessLogReturn(Reward):
    """Log growth beyond that of holding the asset."""

    def __call__(self, log_return: Amount, market_log_return: Amount) -> Amount:
        return log_return - market_log_return


class DownsidePenalised(Reward):
    """Log growth, with losses counted `1 + downside_weight` times."""

    def __call__(self, log_return: Amount, market_log_return: Amount) -> Amount:
        return log_return + self.terms.downside_weight * (log_return * (log_return < 0.0))


class DifferentialSharpe(Reward):
    """The marginal change of an exponentially weighted Sharpe ratio (Moody & Saffell 1998).

    D = (B dA - A dB / 2) / (B - A^2)^(3/2), with moments A and B from before the update. They start at the training
    bars' own moments, and D is clipped to [-10, 10]: started at 0, the first steps could pay anything.
    """

    LIMIT = 10.0

    def begin(self, accounts: NDArray[np.bool_] | None = None) -> None:
        if accounts is None:
            self._mean: Any = self.terms.return_mean
            self._mean_square: Any = self.terms.return_mean_square
            return
        if accounts.all():
            self._mean, self._mean_square = np.empty((2, len(accounts)))
        self._mean[accounts] = self.terms.return_mean
        self._mean_square[accounts] = self.terms.return_mean_square

    def __call__(self, log_return: Amount, market_log_return: Amount) -> Amount:
        mean, mean_square = self._mean, self._mean_square
        mean_change = log_return - mean
        square_change = log_return * log_return - mean_square
        variance = np.maximum(mean_square - mean * mean, 1e-12)
        cubed_deviation = variance * np.sqrt(variance)  # `**` rounds arrays otherwise than floats on some processors
        value = (mean_square * mean_change - 0.5 * mean * square_change) / cubed_deviation
        self._mean = mean + mean_change / self.terms.sharpe_span
        self._mean_square = mean_square + square_change / self.terms.sharpe_span
        clipped: Amount = np.minimum(np.maximum(value, -self.LIMIT), self.LIMIT)
        return clipped

    def state(self) -> list[float]:
        return [float(self._mean), float(self._mean_square)]

    def restore(self, state: list[float]) -> None:
        self._mean, self._mean_square = state


REWARDS: Registry[type[Reward]] = Registry("reward")
REWARDS.add("log_return", Reward, help="Log of the account's growth: rewards are money.")
REWARDS.add("excess_log_return", ExcessLogReturn, help="Log growth beyond that of holding the asset.")
REWARDS.add("differential_sharpe", DifferentialSharpe, help="Marginal change of a running Sharpe ratio, clipped.")
REWARDS.add("downside_penalised", DownsidePenalised, help="Log growth with losses weighted more than gains.")
