"""One update of Soft Actor-Critic, from a batch and the noise of the policy's actions. It reads as the algorithm.

Haarnoja et al. 2018b (arXiv:1812.05905), whose equations the comments number. Gradients are written out
(`learner.networks`, docs/learner.md) and every tensor stays where it is, so that CUDA can replay a step. Knows no
replay buffer, no random generator and no acting.
"""

import math
from functools import partial

import torch
from torch import Tensor

from learner.adam import Adam
from learner.networks import Networks, Pass, Product, Shape
from learner.replay_buffer import Batch
from learner.squashed_gaussian import SquashedGaussian
from sac_config import SACConfig


class SACUpdate:
    """Networks, log alpha, their optimizers, and `step`. The caller fills `batch` and `noise` before each step.

    `noise` `(action_size, 2 * batch_size)`, standard normal, serves the actions at the observations and then those at
    the next observations. A step overwrites the actions of `batch`.
    """

    def __init__(
        self,
        observation_size: int,
        action_size: int,
        config: SACConfig,
        dtype: torch.dtype = torch.float32,
        device: torch.device | None = None,
    ) -> None:
        self.config = config
        self._own_target_entropy = -float(action_size)
        self.target_entropy = self._own_target_entropy if config.target_entropy is None else config.target_entropy
        batch_size = config.batch_size
        self.product_dtype = product_dtype = torch.bfloat16 if config.precision == "bfloat16" else dtype

        make = partial(Networks, dtype=dtype, product_dtype=product_dtype, device=device or torch.device("cpu"))
        widths = (config.hidden_units, config.hidden_layers)
        critics = Shape(2, observation_size + action_size, *widths, outputs=1, has_layer_norm=config.layer_norm_critics)
        self.actor = make(Shape(1, observation_size, *widths, outputs=2 * action_size))
        self.critic = make(critics)
        self.target_critic = make(critics)
        self.log_alpha = torch.zeros((), dtype=dtype, device=device)
        self.log_alpha_gradient = torch.zeros_like(self.log_alpha)
        actor_and_alpha = [(self.actor.parameters, self.actor.gradients), (self.log_alpha, self.log_alpha_gradient)]
        self.actor_optimizer = Adam(actor_and_alpha, config.learning_rate)
        self.critic_optimizer = Adam([(self.critic.parameters, self.critic.gradients)], config.learning_rate)

        rows = torch.zeros(batch_size, Batch.width(observation_size, action_size), dtype=dtype, device=device)
        self.batch = Batch(rows, observation_size, action_size)
        self.noise = torch.zeros(action_size, 2 * batch_size, dtype=dtype, device=device)
        self._sums = torch.zeros(5, dtype=dtype, device=device)
        constants = torch.tensor([0.0, 1.0 / batch_size, 2.0 / batch_size, -self.target_entropy])
        # as tensors: a Python number would be cast at every use
        self._zero, self._one_over_batch, self._two_over_batch, self._minus_target_entropy = constants.to(self._sums)

        self._is_rounded = product_dtype is not dtype
        inputs = Batch(rows.to(product_dtype), observation_size, action_size)  # `batch` itself unless rounded
        self._inputs = inputs
        self._actor_pass = Pass(self.actor, [inputs.actor_inputs, inputs.next_actor_inputs], batch_size)
        self._critic_pass = Pass(self.critic, [inputs.critic_inputs], batch_size, input_columns=action_size)
        self._target_pass = Pass(self.target_critic, [inputs.next_critic_inputs])
        self._sampled = SquashedGaussian(self._actor_pass.outputs[0], self.noise, batch_size)
        # the views that a step reads, bound once like everything else
        self._own, self._following = (
            self._sampled.sample(slice(start, start + batch_size)) for start in (0, batch_size)
        )
        self._values, self._next_values = self._critic_pass.outputs[:, 0], self._target_pass.outputs[:, 0]
        self._head_gradients = self._actor_pass.output_gradients[0]
        self._value_gradients = self._critic_pass.output_gradients[:, 0]

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a step moves, by name."""
        tensors = {"log_alpha": self.log_alpha}
        networks = {"actor": self.actor, "critic": self.critic, "target_critic": self.target_critic}
        for name, network in networks.items():
            tensors |= {f"{name}.{part}": tensor for part, tensor in network.named().items()}
        for name, optimizer in (("actor", self.actor_optimizer), ("critic", self.critic_optimizer)):
            tensors |= {f"{name}_optimizer.{part}": tensor for part, tensor in optimizer.tensors().items()}
        return tensors

    def overwritten(self) -> dict[str, Tensor]:
        """Everything that a step reads and then writes over: `tensors`, and the batch."""
        return self.tensors() | {"batch": self.batch.rows}

    def figures(self) -> dict[str, float]:
        """Of the last step, for alpha as it was before: losses, alpha, entropy, mean value of the batch's actions."""
        log_alpha, squared_error, value_sum, log_prob_sum, smaller_sum = self._sums.tolist()
        batch_size, alpha = self.config.batch_size, math.exp(log_alpha)
        return {
            "critic_loss": squared_error / batch_size,
            "actor_loss": (alpha * log_prob_sum - smaller_sum) / batch_size,
            "alpha": alpha,
            "entropy": -log_prob_sum / batch_size,
            "q_mean": value_sum / batch_size,
        }

    def set_target_entropy(self, target_entropy: float | None) -> None:
        """From the next step on; in place, so that a recorded step sees it."""
        self.target_entropy = self._own_target_entropy if target_entropy is None else target_entropy
        self._minus_target_entropy.fill_(-self.target_entropy)

    def gradients(self) -> dict[str, Tensor]:
        """Those of the last step, by the names of `tensors`."""
        gradients = {"log_alpha": self.log_alpha_gradient}
        for name, network in (("actor", self.actor), ("critic", self.critic)):
            gradients |= {f"{name}.{part}": tensor for part, tensor in network.named_gradients().items()}
        return gradients

    def products(self) -> list[Product]:
        """Every matrix product of one step: the least that an update costs."""
        actor, critic, target = (each.products() for each in (self._actor_pass, self._critic_pass, self._target_pass))
        return [
            *(actor["forward"] + target["forward"] + critic["forward"] + critic["backward"]),
            *(critic["forward"] + critic["backward_to_inputs"] + actor["backward"]),
        ]

    def refresh(self) -> None:
        """Let the products see tensors that were written from outside."""
        for networks in (self.actor, self.critic, self.target_critic):
            networks.refresh()

    def step(self) -> None:
        """One gradient step on critics, actor and alpha; then the target critics follow."""
        if self._is_rounded:
            self._inputs.rows.copy_(self.batch.rows)
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
        self.critic_optimizer.step()
        self.critic.refresh()
        self._squared_error, self._value_sum = error.square().sum(), self._values[0].sum()

    def _bellman_target(self) -> Tensor:
        """Eq. 6 with the smaller target critic: r + discount * (min Q' - alpha log pi'), r alone at a terminal row."""
        self._inputs.next_actions.copy_(self._following.actions.t())
        self._target_pass.forward()
        next_value = torch.addcmul(
            self._next_values.amin(0), self.log_alpha.exp(), self._following.log_prob, value=-1.0
        )
        target = torch.addcmul(self.batch.rewards, self.batch.discounts, next_value)
        return torch.where(self.batch.terminated, self.batch.rewards, target)  # not a product: NaN * 0 is NaN

    def _update_actor_and_alpha(self) -> None:
        """Eq. 9, mean(alpha log pi - min Q), for the actor; eq. 18 with log alpha in place of alpha for alpha."""
        self._inputs.actions.copy_(self._own.actions.t())
        self._critic_pass.forward()
        smaller = self._values.amin(0)
        torch.where(self._values == smaller, -self._one_over_batch, self._zero, out=self._value_gradients)
        action_gradient = self._critic_pass.backward_to_inputs()
        log_prob_gradient = self.log_alpha.exp() * self._one_over_batch
        self._sampled.head_gradient(action_gradient.t(), log_prob_gradient, out=self._head_gradients)
        self._actor_pass.backward()
        log_prob_sum = self._own.log_prob.sum()
        torch.addcmul(
            self._minus_target_entropy, log_prob_sum, self._one_over_batch, value=-1.0, out=self.log_alpha_gradient
        )
        sums = [self.log_alpha, self._squared_error, self._value_sum, log_prob_sum, smaller.sum()]
        torch.stack(sums, out=self._sums)
        self.actor_optimizer.step()
        self.actor.refresh()
        if self.config.min_alpha is not None:
            self.log_alpha.clamp_(min=math.log(self.config.min_alpha))

    def _update_targets(self) -> None:
        self.target_critic.parameters.lerp_(self.critic.parameters, self.config.target_smoothing)
        self.target_critic.refresh()
