"""One update of Soft Actor-Critic, from a batch and the noise of the policy's actions. It reads as the algorithm.

Haarnoja et al. 2018b (arXiv:1812.05905), whose equations the comments number. Gradients are written out
(`learner.networks`, docs/learner.md) and every tensor stays where it is, so that CUDA can replay a step. Knows no
replay buffer and no random generator.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learner.networks import Pass, Product
from learner.replay_buffer import Batch
from learner.squashed_gaussian import LOG_STD_MAX, LOG_STD_MIN, SquashedGaussian
from sac_learned import Learned


class SACUpdate:
    """Takes steps in PyTorch, on any device and in any precision."""

    def __init__(self, learned: Learned) -> None:
        self.learned = learned
        self.config = config = learned.config
        batch_size, action_size, rows = config.batch_size, learned.action_size, learned.batch.rows
        constants = torch.tensor([0.0, 1.0 / batch_size, 2.0 / batch_size], dtype=learned.dtype)
        # as tensors: a Python number would be cast at every use
        self._zero, self._one_over_batch, self._two_over_batch = constants.to(rows)

        self._is_rounded = learned.product_dtype is not learned.dtype
        # `batch` itself unless rounded
        self._inputs = inputs = Batch(rows.to(learned.product_dtype), learned.observation_size, action_size)
        self._actor_pass = Pass(learned.actor, [inputs.actor_inputs, inputs.next_actor_inputs], batch_size)
        self._critic_pass = Pass(learned.critic, [inputs.critic_inputs], batch_size, input_columns=action_size)
        self._target_pass = Pass(learned.target_critic, [inputs.next_critic_inputs])
        self._sampled = SquashedGaussian(self._actor_pass.outputs[0], learned.noise, batch_size)
        # the views that a step reads, bound once like everything else
        self._own, self._following = (
            self._sampled.sample(slice(start, start + batch_size)) for start in (0, batch_size)
        )
        self._values, self._next_values = self._critic_pass.outputs[:, 0], self._target_pass.outputs[:, 0]
        self._head_gradients = self._actor_pass.output_gradients[0]
        self._value_gradients = self._critic_pass.output_gradients[:, 0]

        self._observed = torch.ones(1, learned.observation_size + 1).to(rows.device, learned.product_dtype)
        self._acting_pass = Pass(learned.actor, [self._observed])

    def act(self, observation: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.float32]:
        """The action `(action_size,)` at one observation; without noise the policy's tanh(mean)."""
        self._observed[0, :-1] = torch.from_numpy(observation)
        mean, log_std = np.split(self._acting_pass.forward()[0, :, 0].float().cpu().numpy(), 2)
        action: NDArray[np.float32] = np.tanh(mean + np.exp(log_std.clip(LOG_STD_MIN, LOG_STD_MAX)) * noise)
        return action

    def products(self) -> list[Product]:
        """Every matrix product of one step: the least that an update costs."""
        actor, critic, target = (each.products() for each in (self._actor_pass, self._critic_pass, self._target_pass))
        return [
            *(actor["forward"] + target["forward"] + critic["forward"] + critic["backward"]),
            *(critic["forward"] + critic["backward_to_inputs"] + actor["backward"]),
        ]

    def step(self) -> None:
        """One gradient step on critics, actor and alpha; then the target critics follow."""
        if self._is_rounded:
            self._inputs.rows.copy_(self.learned.batch.rows)
        self._actor_pass.forward()  # once, for both losses: the actor moves last
        self._sampled.draw()
        self._update_critics()
        self._update_actor_and_alpha()
        self._update_targets()

    def _update_critics(self) -> None:
        """Eq. 5 for both critics: the mean squared distance to the Bellman target."""
        target = self._bellman_target()
        self._critic_pass.forward()
        error = self._values - target
        torch.mul(error, self._two_over_batch, out=self._value_gradients)
        self._critic_pass.backward()
        self.learned.critic_optimizer.step()
        self.learned.critic.refresh()
        self._squared_error, self._value_sum = error.square().sum(), self._values[0].sum()

    def _bellman_target(self) -> Tensor:
        """Eq. 6 with the smaller target critic: r + discount * (min Q' - alpha log pi'), r alone at a terminal row."""
        batch, alpha = self.learned.batch, self.learned.log_alpha.exp()
        self._inputs.next_actions.copy_(self._following.actions.t())
        self._target_pass.forward()
        next_value = torch.addcmul(self._next_values.amin(0), alpha, self._following.log_prob, value=-1.0)
        target = torch.addcmul(batch.rewards, batch.discounts, next_value)
        return torch.where(batch.terminated, batch.rewards, target)  # not a product: NaN * 0 is NaN

    def _update_actor_and_alpha(self) -> None:
        """Eq. 9, mean(alpha log pi - min Q), for the actor; eq. 18 with log alpha in place of alpha for alpha."""
        learned = self.learned
        self._inputs.actions.copy_(self._own.actions.t())
        self._critic_pass.forward()
        smaller = self._values.amin(0)
        torch.where(self._values == smaller, -self._one_over_batch, self._zero, out=self._value_gradients)
        action_gradient = self._critic_pass.backward_to_inputs()
        log_prob_gradient = learned.log_alpha.exp() * self._one_over_batch
        self._sampled.head_gradient(action_gradient.t(), log_prob_gradient, out=self._head_gradients)
        self._actor_pass.backward()
        log_prob_sum = self._own.log_prob.sum()
        torch.addcmul(
            learned.minus_target_entropy, log_prob_sum, self._one_over_batch, value=-1.0, out=learned.log_alpha_gradient
        )
        sums = [learned.log_alpha, self._squared_error, self._value_sum, log_prob_sum, smaller.sum()]
        torch.stack(sums, out=learned.sums)
        learned.actor_optimizer.step()
        learned.actor.refresh()
        if self.config.min_alpha is not None:
            learned.log_alpha.clamp_(min=math.log(self.config.min_alpha))

    def _update_targets(self) -> None:
        learned = self.learned
        learned.target_critic.parameters.lerp_(learned.critic.parameters, self.config.target_smoothing)
        learned.target_critic.refresh()
