"""What Soft Actor-Critic learns and what it learns from: networks, alpha, optimizers, one batch. Knows no update.

Every tensor stays where it is, so that whoever takes the steps may keep views of it.
"""

import math
from functools import partial

import torch
from torch import Tensor

from learner.adam import Adam
from learner.networks import Networks, Shape
from learner.replay_buffer import Batch
from sac_config import SACConfig


class Learned:
    """The memory of a learner. The caller fills `batch` and `noise`; a step moves `tensors` and fills `sums`.

    `noise` `(action_size, 2 * batch_size)`, standard normal, serves the actions at the observations and then those at
    the next observations. A step may overwrite the actions of `batch`.
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
        self.observation_size, self.action_size = observation_size, action_size
        self.dtype, self.device = dtype, device or torch.device("cpu")
        self.product_dtype = torch.bfloat16 if config.precision == "bfloat16" else dtype
        zeros = partial(torch.zeros, dtype=dtype, device=self.device)

        make = partial(Networks, dtype=dtype, product_dtype=self.product_dtype, device=self.device)
        widths = (config.hidden_units, config.hidden_layers)
        critics = Shape(2, observation_size + action_size, *widths, outputs=1, has_layer_norm=config.layer_norm_critics)
        self.actor = make(Shape(1, observation_size, *widths, outputs=2 * action_size))
        self.critic = make(critics)
        self.target_critic = make(critics)
        self.log_alpha, self.log_alpha_gradient = zeros(()), zeros(())
        actor_and_alpha = [*self.actor.vectors(), (self.log_alpha, self.log_alpha_gradient)]
        self.actor_optimizer = Adam(actor_and_alpha, config.learning_rate)
        self.critic_optimizer = Adam(self.critic.vectors(), config.learning_rate)

        rows = zeros(config.batch_size, Batch.width(observation_size, action_size))
        self.batch = Batch(rows, observation_size, action_size)
        self.noise = zeros(action_size, 2 * config.batch_size)
        # of the last step: log alpha before it, then over the batch squared errors of both critics, the first one's
        # values of the batch's actions, log densities, and smaller values of the policy's actions
        self.sums = zeros(5)
        self.minus_target_entropy = zeros(())
        self.set_target_entropy(config.target_entropy)

    def set_target_entropy(self, target_entropy: float | None) -> None:
        """From the next step on; in place, so that a recorded step sees it. None is the one that the paper gives."""
        self.target_entropy = -float(self.action_size) if target_entropy is None else target_entropy
        self.minus_target_entropy.fill_(-self.target_entropy)

    def set_learning_rate(self, learning_rate: float) -> None:
        """From the next step on; one that CUDA has recorded must be recorded anew."""
        self.actor_optimizer.learning_rate = self.critic_optimizer.learning_rate = learning_rate

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

    def gradients(self) -> dict[str, Tensor]:
        """Those of the last step, by the names of `tensors`."""
        gradients = {"log_alpha": self.log_alpha_gradient}
        for name, network in (("actor", self.actor), ("critic", self.critic)):
            gradients |= {f"{name}.{part}": tensor for part, tensor in network.named_gradients().items()}
        return gradients

    def figures(self) -> dict[str, float]:
        """Of the last step, for alpha as it was before: losses, alpha, entropy, mean value of the batch's actions."""
        log_alpha, squared_error, value_sum, log_prob_sum, smaller_sum = self.sums.tolist()
        batch_size, alpha = self.config.batch_size, math.exp(log_alpha)
        return {
            "critic_loss": squared_error / batch_size,
            "actor_loss": (alpha * log_prob_sum - smaller_sum) / batch_size,
            "alpha": alpha,
            "entropy": -log_prob_sum / batch_size,
            "q_mean": value_sum / batch_size,
        }

    def refresh(self) -> None:
        """Let the products see tensors that were written from outside."""
        for networks in (self.actor, self.critic, self.target_critic):
            networks.refresh()
