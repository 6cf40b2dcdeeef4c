"""Soft Actor-Critic: actor, twin critics, automatic entropy weight, replay buffer.

Haarnoja et al. 2018b (arXiv:1812.05905), after the original 2018a (arXiv:1801.01290). Knows tensors, no market
and no warm-up: whether an update may happen is the caller's decision.

Departures from the paper: log alpha, not alpha, multiplies the entropy error (steadier, and alpha stays positive);
a terminal row's next value is cut out, not multiplied by zero, so that a NaN there cannot leak.
"""

import copy
import hashlib
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from sac_config import SACConfig

__all__ = ["AgentState", "Policy", "ReplayBuffer", "SACAgent", "SACConfig"]

LOG_STD_MIN, LOG_STD_MAX = -5.0, 2.0

_REPLAY_ARRAYS = ("_observations", "_actions", "_rewards", "_next_observations", "_terminated")


@dataclass(frozen=True, slots=True)
class AgentState:
    """Everything that changes while an agent learns. Arrays may be views: write them before it learns on."""

    values: dict[str, Any]  # JSON-ready: counters and the states of random generators
    weights: dict[str, NDArray[Any]]  # networks, log alpha, optimizer moments
    replay: dict[str, NDArray[Any]]  # the filled part of the replay buffer


@dataclass(frozen=True, slots=True)
class Batch:
    """Transitions sampled for one update, all float32 but `terminated` (bool); one row each."""

    observations: Tensor  # (batch, observation_size)
    actions: Tensor  # (batch, action_size), as executed
    rewards: Tensor  # (batch,)
    next_observations: Tensor  # (batch, observation_size)
    terminated: Tensor  # (batch,): True cuts the bootstrap; a truncated episode is False and keeps it


class ReplayBuffer:
    """A ring of the newest `capacity` transitions.

    The arrays are reserved, not touched: the operating system hands out their pages as they fill.
    """

    def __init__(self, capacity: int, observation_size: int, action_size: int) -> None:
        self.capacity = capacity
        self._observations = np.empty((capacity, observation_size), np.float32)
        self._actions = np.empty((capacity, action_size), np.float32)
        self._rewards = np.empty(capacity, np.float32)
        self._next_observations = np.empty((capacity, observation_size), np.float32)
        self._terminated = np.empty(capacity, np.bool_)
        self.clear()

    def __len__(self) -> int:
        return self._size

    def clear(self) -> None:
        self._size = 0
        self._position = 0

    def add(self, obs: ArrayLike, action: ArrayLike, reward: float, next_obs: ArrayLike, terminated: bool) -> None:
        """Store one transition; a full buffer drops its oldest."""
        row = self._position
        self._observations[row] = obs
        self._actions[row] = action
        self._rewards[row] = reward
        self._next_observations[row] = next_obs
        self._terminated[row] = terminated
        self._position = (row + 1) % self.capacity
        self._size = min(self._size + 1, self.capacity)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The filled rows, in the order of the ring."""
        return {name.lstrip("_"): getattr(self, name)[: self._size] for name in _REPLAY_ARRAYS}

    def restore(self, arrays: dict[str, NDArray[Any]], position: int) -> None:
        """Raises ValueError when the rows do not fit."""
        self._size, self._position = len(arrays["rewards"]), position
        for name in _REPLAY_ARRAYS:
            _copy_into(getattr(self, name)[: self._size], arrays, name.lstrip("_"))

    def sample(self, batch_size: int, rng: np.random.Generator) -> Batch:
        """Draw uniformly, with replacement.

        Raises:
            ValueError: the buffer is empty.
        """
        if self._size == 0:
            raise ValueError("cannot sample from an empty replay buffer")
        rows = rng.integers(self._size, size=batch_size)
        return Batch(
            observations=torch.from_numpy(self._observations[rows]),
            actions=torch.from_numpy(self._actions[rows]),
            rewards=torch.from_numpy(self._rewards[rows]),
            next_observations=torch.from_numpy(self._next_observations[rows]),
            terminated=torch.from_numpy(self._terminated[rows]),
        )


class Actor(nn.Module):
    """A squashed Gaussian policy: tanh of a normal with state-dependent mean and standard deviation."""

    def __init__(self, observation_size: int, action_size: int, config: SACConfig, rng: torch.Generator) -> None:
        super().__init__()
        self.network = _mlp(observation_size, 2 * action_size, config, rng)

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log standard deviation before the tanh: `(batch, action_size)` each."""
        mean, log_std = self.network(observations).chunk(2, dim=-1)
        return mean, log_std.clamp(LOG_STD_MIN, LOG_STD_MAX)

    def sample(self, observations: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Reparametrised actions `(batch, action_size)` in [-1, 1] and their log densities `(batch,)`."""
        mean, log_std = self(observations)
        noise = torch.randn(mean.shape, generator=rng)
        before_tanh = mean + log_std.exp() * noise
        return before_tanh.tanh(), squashed_log_prob(noise, log_std, before_tanh)


def squashed_log_prob(noise: Tensor, log_std: Tensor, before_tanh: Tensor) -> Tensor:
    """Log density `(batch,)` of tanh(u), u = mean + std * noise (2018a, appendix C).

    log(1 - tanh(u)^2) is written 2 (log 2 - u - softplus(-2u)): exact where tanh saturates.
    """
    gaussian = -0.5 * noise.square() - log_std - 0.5 * math.log(2.0 * math.pi)
    log_slope = 2.0 * (math.log(2.0) - before_tanh - functional.softplus(-2.0 * before_tanh))
    return (gaussian - log_slope).sum(dim=-1)


@dataclass(frozen=True, slots=True)
class Policy:
    """A frozen actor that any thread may ask."""

    actor: Actor

    @torch.no_grad()
    def __call__(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Deterministic actions `(batch, action_size)` in [-1, 1] for observations `(batch, observation_size)`."""
        actions: NDArray[np.float32] = self.actor(torch.from_numpy(observations))[0].tanh().numpy()
        return actions


class TwinCritic(nn.Module):
    """Two independent action values; training takes the smaller one against overestimation."""

    def __init__(self, observation_size: int, action_size: int, config: SACConfig, rng: torch.Generator) -> None:
        super().__init__()
        self.first = _mlp(observation_size + action_size, 1, config, rng)
        self.second = _mlp(observation_size + action_size, 1, config, rng)

    def forward(self, observations: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Both values, `(batch,)` each."""
        inputs = torch.cat([observations, actions], dim=-1)
        return self.first(inputs).squeeze(-1), self.second(inputs).squeeze(-1)


class SACAgent:
    """The learner. One thread at a time; every random number comes from generators seeded by `seed`."""

    def __init__(self, observation_size: int, action_size: int, config: SACConfig | None = None, seed: int = 0) -> None:
        self.config = config or SACConfig()
        self._noise = torch.Generator().manual_seed(seed)
        self._replay_rng = np.random.default_rng(seed)
        sizes = (observation_size, action_size, self.config, self._noise)
        self.actor = Actor(*sizes)
        self.critic = TwinCritic(*sizes)
        self.target_critic = TwinCritic(*sizes).requires_grad_(False)
        self.target_critic.load_state_dict(self.critic.state_dict())
        self.log_alpha = torch.tensor(math.log(self.config.initial_alpha), requires_grad=True)
        target_entropy = self.config.target_entropy
        self.target_entropy = -float(action_size) if target_entropy is None else target_entropy
        self.replay_buffer = ReplayBuffer(self.config.buffer_capacity, observation_size, action_size)
        self.update_count = 0

        learning_rate = self.config.learning_rate
        self._actor_optimizer = torch.optim.Adam(self.actor.parameters(), learning_rate, fused=True)
        self._critic_optimizer = torch.optim.Adam(self.critic.parameters(), learning_rate, fused=True)
        self._alpha_optimizer = torch.optim.Adam([self.log_alpha], learning_rate, fused=True)

    @property
    def alpha(self) -> float:
        """Weight of the entropy bonus."""
        return math.exp(self.log_alpha.item())

    @property
    def missing_transitions(self) -> int:
        """How many more the replay buffer needs before the first update."""
        return max(0, self.config.batch_size - len(self.replay_buffer))

    @torch.no_grad()
    def select_action(self, state: ArrayLike, deterministic: bool = False) -> NDArray[np.float32]:
        """One action `(action_size,)` float32 in [-1, 1]: sampled, or the policy's tanh(mean)."""
        observation = torch.as_tensor(np.asarray(state, np.float32)).unsqueeze(0)
        if deterministic:
            action = self.actor(observation)[0].tanh()
        else:
            action, _ = self.actor.sample(observation, self._noise)
        chosen: NDArray[np.float32] = action.squeeze(0).numpy()
        return chosen

    def policy(self) -> "Policy":
        """The deterministic policy as it is at this moment; later updates do not change it."""
        return Policy(copy.deepcopy(self.actor).requires_grad_(False))

    def update(self) -> dict[str, float]:
        """Take one gradient step on critics, actor and alpha, then move the target critics.

        Raises:
            ValueError: the replay buffer is empty.
        """
        batch = self.replay_buffer.sample(self.config.batch_size, self._replay_rng)
        critic_loss, q_mean = self._update_critic(batch)
        actor_loss, log_prob = self._update_actor(batch)
        self._update_alpha(log_prob)
        self._update_targets()
        self.update_count += 1
        return {
            "critic_loss": critic_loss.item(),
            "actor_loss": actor_loss.item(),
            "alpha": self.alpha,
            "entropy": -log_prob.mean().item(),
            "q_mean": q_mean.item(),
        }

    def fingerprint(self) -> str:
        """SHA-256 over every network parameter, log alpha and optimizer state: equal if and only if no bit moved."""
        digest = hashlib.sha256()
        for network in (self.actor, self.critic, self.target_critic):
            for tensor in network.state_dict().values():
                digest.update(tensor.numpy().tobytes())
        digest.update(self.log_alpha.detach().numpy().tobytes())
        for optimizer in (self._actor_optimizer, self._critic_optimizer, self._alpha_optimizer):
            for state in optimizer.state.values():
                for name in sorted(state):
                    digest.update(name.encode() + state[name].numpy().tobytes())
        return digest.hexdigest()

    def state(self) -> AgentState:
        values = {
            "update_count": self.update_count,
            "replay_position": self.replay_buffer._position,
            "replay_random": self._replay_rng.bit_generator.state,
            "noise_random": self._noise.get_state().numpy().tobytes().hex(),
        }
        return AgentState(values, self._weights(), self.replay_buffer.arrays())

    def restore(self, state: AgentState) -> None:
        """Continue exactly where `state` was taken, with the same configuration.

        Raises:
            ValueError: an array is missing or has another shape.
        """
        for optimizer in (self._actor_optimizer, self._critic_optimizer, self._alpha_optimizer):
            for parameter in optimizer.param_groups[0]["params"]:
                zeros = {name: torch.zeros_like(parameter) for name in ("exp_avg", "exp_avg_sq")}
                optimizer.state[parameter] = {"step": torch.zeros(()), **zeros}
        for name, array in self._weights().items():
            _copy_into(array, state.weights, name)
        self.replay_buffer.restore(state.replay, state.values["replay_position"])
        self.update_count = state.values["update_count"]
        self._replay_rng.bit_generator.state = state.values["replay_random"]
        noise = np.frombuffer(bytes.fromhex(state.values["noise_random"]), np.uint8)
        self._noise.set_state(torch.from_numpy(noise.copy()))

    def _weights(self) -> dict[str, NDArray[Any]]:
        """Views of every tensor that learning moves."""
        weights: dict[str, NDArray[Any]] = {"log_alpha": self.log_alpha.detach().numpy()}
        for network in ("actor", "critic", "target_critic"):
            for name, tensor in getattr(self, network).state_dict().items():
                weights[f"{network}.{name}"] = tensor.numpy()
        for optimizer in ("actor", "critic", "alpha"):
            state = getattr(self, f"_{optimizer}_optimizer").state
            for number, moments in enumerate(state.values()):
                for name, tensor in moments.items():
                    weights[f"{optimizer}_optimizer.{number}.{name}"] = tensor.numpy()
        return weights

    def _update_critic(self, batch: Batch) -> tuple[Tensor, Tensor]:
        target = self._bellman_target(batch)
        first, second = self.critic(batch.observations, batch.actions)
        loss = functional.mse_loss(first, target) + functional.mse_loss(second, target)  # eq. 5, for both critics
        self._critic_optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._critic_optimizer.step()
        return loss.detach(), first.detach().mean()

    @torch.no_grad()
    def _bellman_target(self, batch: Batch) -> Tensor:
        """Eq. 6 with the smaller target critic: r + discount * (min Q' - alpha log pi'), r alone at a terminal row."""
        next_actions, next_log_prob = self.actor.sample(batch.next_observations, self._noise)
        first, second = self.target_critic(batch.next_observations, next_actions)
        next_value = torch.minimum(first, second) - self.log_alpha.exp() * next_log_prob
        # where, not a product: NaN * 0 is NaN
        return batch.rewards + torch.where(batch.terminated, 0.0, self.config.discount * next_value)

    def _update_actor(self, batch: Batch) -> tuple[Tensor, Tensor]:
        actions, log_prob = self.actor.sample(batch.observations, self._noise)
        self.critic.requires_grad_(False)  # the actor's gradient passes through the critics but must not reach them
        first, second = self.critic(batch.observations, actions)
        self.critic.requires_grad_(True)
        loss = (self.log_alpha.detach().exp() * log_prob - torch.minimum(first, second)).mean()  # eq. 9
        self._actor_optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._actor_optimizer.step()
        return loss.detach(), log_prob.detach()

    def _update_alpha(self, log_prob: Tensor) -> None:
        loss = -(self.log_alpha * (log_prob + self.target_entropy)).mean()  # eq. 18 with log alpha in place of alpha
        self._alpha_optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._alpha_optimizer.step()

    @torch.no_grad()
    def _update_targets(self) -> None:
        targets: list[Tensor] = list(self.target_critic.parameters())
        critics: list[Tensor] = list(self.critic.parameters())
        torch._foreach_lerp_(targets, critics, self.config.target_smoothing)


def _copy_into(target: NDArray[Any], arrays: dict[str, NDArray[Any]], name: str) -> None:
    if name not in arrays or arrays[name].shape != target.shape:
        found = f"shape {arrays[name].shape}" if name in arrays else "nothing"
        raise ValueError(f"{name} needs shape {target.shape}, found {found}")
    target[...] = arrays[name]


def _mlp(inputs: int, outputs: int, config: SACConfig, rng: torch.Generator) -> nn.Sequential:
    """Linear and ReLU layers, initialised as PyTorch does but from `rng`, so global random state stays untouched."""
    widths = [inputs, *[config.hidden_units] * config.hidden_layers, outputs]
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(widths):
        linear = nn.utils.skip_init(nn.Linear, fan_in, fan_out)  # type: ignore[no-untyped-call]  # torch's own
        bound = 1.0 / math.sqrt(fan_in)
        nn.init.uniform_(linear.weight, -bound, bound, generator=rng)
        nn.init.uniform_(linear.bias, -bound, bound, generator=rng)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])
