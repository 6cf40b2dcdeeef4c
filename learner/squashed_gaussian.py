"""The squashed Gaussian: tanh of a normal, its log density and the gradients that a policy needs.

Source: Haarnoja et al. 2018a (arXiv:1801.01290), appendix C.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

LOG_STD_MIN, LOG_STD_MAX = -5.0, 2.0

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Sample:
    """Actions `(rows, action_size)` in [-1, 1] and their log densities `(rows,)`."""

    actions: Tensor
    log_prob: Tensor


class SquashedGaussian:
    """Draws actions from the head `(rows, 2 * action_size)` of an actor: means, then log standard deviations.

    `noise` `(rows, action_size)`, standard normal, is read anew at each draw, and every draw fills the same memory.
    Gradients are for the first `back_rows` rows alone.
    """

    def __init__(self, head: Tensor, noise: Tensor, back_rows: int = 0) -> None:
        action_size = noise.shape[1]
        self._mean, self._raw_log_std = head[:, :action_size], head[:, action_size:]
        self._noise = noise
        self._log_std, self._std = torch.empty_like(noise), torch.empty_like(noise)
        self._actions, self._log_prob = torch.empty_like(noise), torch.empty_like(noise[:, 0])
        back = slice(back_rows)
        self._back = (self._actions[back], self._raw_log_std[back], self._log_std[back], self._std[back], noise[back])

    def sample(self, rows: slice) -> Sample:
        """Those rows of what the last `draw` drew: a view."""
        return Sample(self._actions[rows], self._log_prob[rows])

    def draw(self) -> None:
        torch.clamp(self._raw_log_std, LOG_STD_MIN, LOG_STD_MAX, out=self._log_std)
        torch.exp(self._log_std, out=self._std)
        before_tanh = torch.addcmul(self._mean, self._std, self._noise)
        torch.tanh(before_tanh, out=self._actions)
        torch.sum(squashed_log_prob(self._noise, self._log_std, before_tanh), 1, out=self._log_prob)

    def head_gradient(self, action_gradient: Tensor, log_prob_gradient: Tensor, out: Tensor) -> None:
        """Write into `out` `(back_rows, 2 * action_size)` what a loss with these gradients sends back to the head.

        `action_gradient` `(back_rows, action_size)`; `log_prob_gradient` is one number for all rows.
        With u = mean + std * noise and a = tanh(u): da/du = 1 - a^2, d log_prob/du = 2a, d log_prob/d log_std = -1
        besides; a clipped log_std has no gradient.
        """
        actions, raw_log_std, log_std, std, noise = self._back
        at_u = torch.addcmul(action_gradient, actions.square(), action_gradient, value=-1.0)
        at_u.addcmul_(actions, log_prob_gradient, value=2.0)
        at_log_std = (at_u * std).mul_(noise).sub_(log_prob_gradient).mul_(raw_log_std == log_std)
        torch.cat([at_u, at_log_std], 1, out=out)


def squashed_log_prob(noise: Tensor, log_std: Tensor, before_tanh: Tensor) -> Tensor:
    """Log densities of tanh(u), u = mean + std * noise: `(rows, action_size)`, to be summed over the actions.

    log(1 - tanh(u)^2) is written 2 (log 2 - u - softplus(-2u)): exact where tanh saturates.
    """
    gaussian = torch.addcmul(log_std, noise, noise, value=0.5).add_(_HALF_LOG_TWO_PI).neg_()
    log_slope = functional.softplus(-2.0 * before_tanh).add_(before_tanh).sub_(math.log(2.0)).mul_(-2.0)
    return gaussian.sub_(log_slope)
