"""The squashed Gaussian: tanh of a normal, its log density and the gradients that a policy needs.

Source: Haarnoja et al. 2018a (arXiv:1801.01290), appendix C.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

LOG_STD_MIN, LOG_STD_MAX = -5.0, 2.0


class SquashedGaussian:
    """Actions drawn from the head `(rows, 2 * action_size)` of an actor: means, then log standard deviations.

    The sample of the last `draw` stays: `actions` `(rows, action_size)` in [-1, 1] and `log_prob` `(rows,)`.
    """

    def __init__(self, head: Tensor, noise: Tensor) -> None:
        """`noise` `(rows, action_size)`, standard normal, is read anew at each draw."""
        action_size = noise.shape[1]
        self._mean, self._raw_log_std = head[:, :action_size], head[:, action_size:]
        self._noise = noise
        self._std = torch.empty_like(noise)
        self.actions = torch.empty_like(noise)
        self.log_prob = torch.empty_like(noise[:, 0])

    def draw(self) -> None:
        self._log_std = self._raw_log_std.clamp(LOG_STD_MIN, LOG_STD_MAX)
        torch.exp(self._log_std, out=self._std)
        before_tanh = torch.addcmul(self._mean, self._std, self._noise)
        torch.tanh(before_tanh, out=self.actions)
        self.log_prob.copy_(squashed_log_prob(self._noise, self._log_std, before_tanh))

    def head_gradient(self, action_gradient: Tensor, log_prob_gradient: Tensor, out: Tensor) -> None:
        """Write into `out` what a loss with these gradients sends back to the first rows of the head.

        `action_gradient` `(back_rows, action_size)`, and `log_prob_gradient` the same for every row.
        With u = mean + std * noise and a = tanh(u): da/du = 1 - a^2, d log_prob/du = 2a, d log_prob/d log_std = -1
        besides; a clipped log_std has no gradient.
        """
        rows, action_size = action_gradient.shape
        actions = self.actions[:rows]
        wanted = torch.addcmul(action_gradient, actions * actions, action_gradient, value=-1.0)
        wanted.addcmul_(actions, log_prob_gradient, value=2.0)
        is_inside = self._raw_log_std[:rows] == self._log_std[:rows]
        out[:, :action_size] = wanted
        out[:, action_size:] = (wanted * self._std[:rows] * self._noise[:rows] - log_prob_gradient) * is_inside


def squashed_log_prob(noise: Tensor, log_std: Tensor, before_tanh: Tensor) -> Tensor:
    """Log density `(rows,)` of tanh(u), u = mean + std * noise.

    log(1 - tanh(u)^2) is written 2 (log 2 - u - softplus(-2u)): exact where tanh saturates.
    """
    gaussian = -0.5 * noise.square() - log_std - 0.5 * math.log(2.0 * math.pi)
    log_slope = 2.0 * (math.log(2.0) - before_tanh - functional.softplus(-2.0 * before_tanh))
    return (gaussian - log_slope).sum(dim=-1)
