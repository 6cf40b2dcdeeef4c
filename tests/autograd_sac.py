"""One SAC update as the paper has it, with torch.nn and autograd: the oracle of the written-out gradients.

Shares no code with the learner but the names of its tensors. The noise of the actions is given, so that both draw the
same ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from sac_config import SACConfig


@dataclass(frozen=True)
class Transitions:
    observations: Tensor
    actions: Tensor
    rewards: Tensor
    next_observations: Tensor
    discounts: Tensor
    terminated: Tensor


class AutogradSAC:
    """Built from a learner's tensors by name; `update` then takes the step that the learner should take."""

    def __init__(self, learned: Mapping[str, Tensor], config: SACConfig, target_entropy: float) -> None:
        self.config = config
        self.target_entropy = target_entropy
        self.actor = _network(learned, "actor.0", has_layer_norm=False)
        self.critics = [_network(learned, f"critic.{i}", config.layer_norm_critics) for i in range(2)]
        self.targets = [_network(learned, f"target_critic.{i}", config.layer_norm_critics) for i in range(2)]
        self.log_alpha = nn.Parameter(learned["log_alpha"].clone())
        self.losses: dict[str, float] = {}
        rate = config.learning_rate
        self.optimizers = {
            "actor": torch.optim.Adam(self.actor.parameters(), rate),
            "critic": torch.optim.Adam([p for critic in self.critics for p in critic.parameters()], rate),
            "alpha": torch.optim.Adam([self.log_alpha], rate),
        }

    def update(self, batch: Transitions, noise: Tensor, next_noise: Tensor) -> None:
        alpha = self.log_alpha.detach().exp()
        with torch.no_grad():
            next_actions, next_log_prob = self.sample(batch.next_observations, next_noise)
            inputs = torch.cat([next_actions, batch.next_observations], 1)
            next_value = torch.min(*[target(inputs)[:, 0] for target in self.targets]) - alpha * next_log_prob
            target = torch.where(batch.terminated, batch.rewards, batch.rewards + batch.discounts * next_value)
        inputs = torch.cat([batch.actions, batch.observations], 1)
        values = [critic(inputs)[:, 0] for critic in self.critics]
        self.q_mean = values[0].mean().item()
        self._descend("critic", sum(nn.functional.mse_loss(value, target) for value in values))

        actions, log_prob = self.sample(batch.observations, noise)
        inputs = torch.cat([actions, batch.observations], 1)
        value = torch.min(*[critic(inputs)[:, 0] for critic in self.critics])
        self.entropy = -log_prob.mean().item()
        self._descend("actor", (alpha * log_prob - value).mean())
        self._descend("alpha", -(self.log_alpha * (log_prob.detach() + self.target_entropy)).mean())
        if self.config.min_alpha is not None:
            self.log_alpha.data.clamp_(min=math.log(self.config.min_alpha))
        for target_network, critic in zip(self.targets, self.critics, strict=True):
            for mine, theirs in zip(target_network.parameters(), critic.parameters(), strict=True):
                mine.data += self.config.target_smoothing * (theirs.data - mine.data)

    def sample(self, observations: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_std = self.actor(observations).chunk(2, 1)
        std = log_std.clamp(-5.0, 2.0).exp()
        before_tanh = mean + std * noise
        # log(1 - tanh(u)^2) = log 4 - 2 log(e^u + e^-u)
        log_slope = math.log(4.0) - 2.0 * torch.logaddexp(before_tanh, -before_tanh)
        gaussian: Tensor = Normal(mean, std, validate_args=False).log_prob(before_tanh)  # type: ignore[no-untyped-call]  # torch's own
        return before_tanh.tanh(), (gaussian - log_slope).sum(1)

    def gradients(self) -> dict[str, Tensor]:
        """Of the last update, by the learner's names."""
        found = {"log_alpha": self.log_alpha.grad}
        networks = {"actor.0": self.actor} | {f"critic.{i}": critic for i, critic in enumerate(self.critics)}
        for name, network in networks.items():
            for layer, linear in enumerate(m for m in network if isinstance(m, nn.Linear)):
                assert linear.weight.grad is not None
                found |= {f"{name}.{layer}.weight": linear.weight.grad.t(), f"{name}.{layer}.bias": linear.bias.grad}
        return {name: gradient for name, gradient in found.items() if gradient is not None}

    def learned(self) -> dict[str, Tensor]:
        """Parameters by the learner's names."""
        found = {"log_alpha": self.log_alpha.detach()}
        networks = {"actor.0": self.actor}
        for i in range(2):
            networks |= {f"critic.{i}": self.critics[i], f"target_critic.{i}": self.targets[i]}
        for name, network in networks.items():
            for layer, linear in enumerate(m for m in network if isinstance(m, nn.Linear)):
                found |= {f"{name}.{layer}.weight": linear.weight.detach().t()}
                found |= {f"{name}.{layer}.bias": linear.bias.detach()}
        return found

    def _descend(self, name: str, loss: Tensor | int) -> None:
        assert isinstance(loss, Tensor)
        self.losses[name] = loss.item()
        self.optimizers[name].zero_grad()
        parameters = [p for group in self.optimizers[name].param_groups for p in group["params"]]
        torch.autograd.backward(loss, inputs=parameters)
        self.optimizers[name].step()


def _network(learned: Mapping[str, Tensor], prefix: str, has_layer_norm: bool) -> nn.Sequential:
    modules: list[nn.Module] = []
    layer = 0
    while f"{prefix}.{layer}.weight" in learned:
        weight, bias = learned[f"{prefix}.{layer}.weight"], learned[f"{prefix}.{layer}.bias"]
        linear = nn.Linear(weight.shape[0], weight.shape[1], dtype=weight.dtype)
        linear.weight.data, linear.bias.data = weight.t().contiguous().clone(), bias.clone()
        norm = [nn.LayerNorm(weight.shape[1], elementwise_affine=False)] if has_layer_norm else []
        modules += [linear, *norm, nn.ReLU()]
        layer += 1
    return nn.Sequential(*modules[: -2 if has_layer_norm else -1])
