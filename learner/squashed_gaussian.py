"""The squashed Gaussian: tanh of a normal, its log density and the gradients that a policy needs.

Source: Haarnoja et al. 2018a (arXiv:1801.01290), appendix C.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

LOG_STD_MIN, LOG_STD_MAX = -5.0, 2.0

_CONSTANT = 0.5 * math.log(2.0 * math.pi) + 2.0 * math.log(2.0)  # of the log density, for each action


@dataclass(frozen=True, slots=True)
class Sample:
    """Actions `(action_size, rows)` in [-1, 1] and their log densities `(rows,)`."""

    actions: Tensor
    log_prob: Tensor


class SquashedGaussian:
    """Draws actions from the head `(2 * action_size, rows)` of an actor: means, then log standard deviations.

    `noise` `(action_size, rows)`, standard normal, is read anew at each draw, and every draw fills the same memory.
    Gradients are for the first `back_rows` rows alone.
    """

    def __init__(self, head: Tensor, noise: Tensor, back_rows: int = 0) -> None:
        action_size = len(noise)
        self._mean, self._raw_log_std = head[:action_size], head[action_size:]
        self._noise = noise
        self._log_std, self._std = torch.empty_like(noise), torch.empty_like(noise)
        self._actions, self._log_prob = torch.empty_like(noise), torch.empty_like(noise[0])
        followed = (self._actions, self._raw_log_std, self._std, noise)
        self._back = [tensor[:, :back_rows] for tensor in followed]

    def sample(self, rows: slice) -> Sample:
        """Those rows of what the last `draw` drew: a view."""
        return Sample(self._actions[:, rows], self._log_prob[rows])

    def draw(self) -> None:
        torch.clamp(self._raw_log_std, LOG_STD_MIN, LOG_STD_MAX, out=self._log_std)
        torch.exp(self._log_std, out=self._std)
        before_tanh = torch.addcmul(self._mean, self._std, self._noise)
        torch.tanh(before_tanh, out=self._actions)
        self._log_prob.copy_(squashed_log_prob(self._noise, self._log_std, before_tanh))

    def head_gradient(self, action_gradient: Tensor, log_prob_gradient: Tensor, out: Tensor) -> None:
        """Write into `out` `(2 * action_size, back_rows)` what a loss with these gradients sends back to the head.

        `action_gradient` `(action_size, back_rows)`; `log_prob_gradient` is one number for all rows.
        With u = mean + std * noise and a = tanh(u): da/du = 1 - a^2, d log_prob/du = 2a, d log_prob/d log_std = -1
        besides; a clipped log_std has no gradient.
        """
        actions, raw_log_std, std, noise = self._back
        at_u = torch.addcmul(action_gradient, actions.square(), action_gradient, value=-1.0)
        at_u.addcmul_(actions, log_prob_gradient, value=2.0)
        at_log_std = (at_u * std).mul_(noise).sub_(log_prob_gradient)
        at_log_std = torch.ops.aten.hardtanh_backward(at_log_std, raw_log_std, LOG_STD_MIN, LOG_STD_MAX)
        torch.cat([at_u, at_log_std], out=out)


def squashed_log_prob(noise: Tensor, log_std: Tensor, before_tanh: Tensor) -> Tensor:
    """Log density `(rows,)` of tanh(u), u = mean + std * noise, noise, log_std and u `(action_size, rows)`.

    That of the normal, -noise^2 / 2 - log std - log(2 pi) / 2, less that of the slope, log(1 - tanh(u)^2), written
    2 (log 2 - u - softplus(-2u)): exact where tanh saturates.
    """
    minus_normal = torch.addcmul(log_std, noise, noise, value=0.5)
    # torch's softplus(u, beta=-2) is -softplus(-2u) / 2
    half_slope = torch.sub(before_tanh, functional.softplus(before_tanh, beta=-2.0, threshold=50.0), alpha=2.0)
    minus_log_prob = torch.sub(minus_normal, half_slope, alpha=2.0).sum(0)
    return minus_log_prob.add_(len(noise) * _CONSTANT).neg_()
