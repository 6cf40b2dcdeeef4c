"""A trained actor, frozen: what evaluation asks and what is exported. Knows no training."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

_ACTOR = "actor."  # before an actor's names among an agent's weights


@dataclass(frozen=True, slots=True)
class Policy:
    """The deterministic policy tanh(mean), which any thread may ask. Layers are weight `(fan_in, fan_out)` and bias."""

    layers: tuple[tuple[Tensor, Tensor], ...]

    @classmethod
    def of_weights(cls, weights: Mapping[str, NDArray[np.float32]]) -> "Policy":
        """That of an agent with these weights, by the names of `SACAgent.state`."""
        names = [name for name in weights if name.startswith(_ACTOR)]
        return cls.of({name.removeprefix(_ACTOR): torch.from_numpy(np.array(weights[name])) for name in names})

    @classmethod
    def of(cls, actor: Mapping[str, Tensor]) -> "Policy":
        """A copy of the actor with these parameters, by the names of `Networks.named`, as it is at this moment."""
        named = {name: tensor.float().cpu().clone() for name, tensor in actor.items()}
        layers = [(named[f"0.{layer}.weight"], named[f"0.{layer}.bias"]) for layer in range(len(named) // 2)]
        weight, bias = layers[-1]
        action_size = len(bias) // 2
        return cls((*layers[:-1], (weight[:, :action_size], bias[:action_size])))

    @torch.no_grad()
    def __call__(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Actions `(batch, action_size)` in [-1, 1] for observations `(batch, observation_size)`."""
        values = torch.from_numpy(observations)
        for weight, bias in self.layers[:-1]:
            values = torch.addmm(bias, values, weight).relu_()
        weight, bias = self.layers[-1]
        actions: NDArray[np.float32] = torch.addmm(bias, values, weight).tanh_().numpy()
        return actions

    def module(self) -> nn.Sequential:
        """The same as a PyTorch module, for export."""
        modules: list[nn.Module] = []
        for weight, bias in self.layers:
            linear = nn.Linear(*weight.shape)
            linear.weight, linear.bias = nn.Parameter(weight.t().contiguous()), nn.Parameter(bias.clone())
            modules += [linear, nn.ReLU()]
        return nn.Sequential(*itertools.islice(modules, len(modules) - 1), nn.Tanh()).requires_grad_(False)
