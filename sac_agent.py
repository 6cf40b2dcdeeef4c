"""Soft Actor-Critic: the agent that acts, remembers and learns. Knows tensors, no market and no warm-up: whether an
update may happen is the caller's decision.

Haarnoja et al. 2018b (arXiv:1812.05905), after the original 2018a (arXiv:1801.01290). The update itself is
`sac_update`, which reads as the algorithm; docs/learner.md lists every departure from the paper.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from learner.crew import Crew
from learner.cuda_graph import Step, recorded
from learner.devices import device_of, thread_count
from learner.exploration import EXPLORATIONS
from learner.policy import Policy
from learner.replay_buffer import ReplayBuffer
from sac_compiled import CompiledUpdate, prepare
from sac_config import SACConfig
from sac_learned import Learned
from sac_update import SACUpdate

__all__ = ["AgentState", "Policy", "ReplayBuffer", "SACAgent", "SACConfig"]

_GENERATORS = ("networks", "replay", "noise", "exploration")  # one stream of random numbers for each use


@dataclass(frozen=True, slots=True)
class AgentState:
    """Everything that changes while an agent learns. Arrays may be views: write them before it learns on."""

    values: dict[str, Any]  # JSON-ready: counters and the states of random generators
    weights: dict[str, NDArray[Any]]  # networks, log alpha, optimizer moments
    replay: dict[str, NDArray[Any]]  # the filled part of the replay buffer


class SACAgent:
    """The learner. Used by the thread that makes it; every random number comes from generators seeded by `seed`."""

    def __init__(
        self,
        observation_size: int,
        action_size: int,
        config: SACConfig | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        """`threads` are those of an update, the calling one included; None chooses: see `thread_count`. Matrix products
        of the process's other threads take one each: see `sac_compiled.prepare`.

        Raises:
            ValueError: the configured device does not exist.
        """
        self.config = config = config or SACConfig()
        self._learned = learned = Learned(observation_size, action_size, config, device=device_of(config.device))
        self._generators = {
            name: np.random.default_rng(stream)
            for name, stream in zip(_GENERATORS, np.random.SeedSequence(seed).spawn(len(_GENERATORS)), strict=True)
        }
        self.exploration = EXPLORATIONS[config.exploration](action_size, self._generators["exploration"])
        self.replay_buffer = ReplayBuffer(
            config.buffer_capacity, observation_size, action_size, config.discount, config.n_step
        )
        self.update_count = 0
        self._form = _fastest_form(learned, thread_count(threads, config.batch_size * config.hidden_units))
        self._take_step = self._recorded_step()
        self._drawn = _on_host(learned.batch.rows), _on_host(learned.noise)
        self._no_noise = np.zeros(action_size, np.float32)
        self.reset_networks()

    @property
    def alpha(self) -> float:
        """Weight of the entropy bonus."""
        return math.exp(self._learned.log_alpha.item())

    @property
    def target_entropy(self) -> float:
        """What alpha is tuned towards, in nats."""
        return self._learned.target_entropy

    @property
    def missing_transitions(self) -> int:
        """How many more the replay buffer needs before the first update."""
        return max(0, self.config.batch_size - len(self.replay_buffer))

    def select_action(self, state: ArrayLike, deterministic: bool = False) -> NDArray[np.float32]:
        """One action `(action_size,)` float32 in [-1, 1] at a `state` `(observation_size,)`: sampled, or tanh(mean)."""
        noise = self._no_noise if deterministic else self.exploration.draw()
        return self._form.act(np.asarray(state, np.float32), noise)

    def update(self) -> dict[str, float]:
        """Take one gradient step on critics, actor and alpha, then move the target critics.

        Returns `critic_loss` (of both), `actor_loss`, `alpha` as it was before, `entropy` in nats, and `q_mean`, the
        first critic's mean value of the batch's actions.

        Raises:
            ValueError: the replay buffer is empty.
        """
        learned, (rows, noise) = self._learned, self._drawn
        self.replay_buffer.sample_into(rows, self._generators["replay"])
        self._generators["noise"].standard_normal(dtype=np.float32, out=noise.numpy())
        if rows is not learned.batch.rows:
            learned.batch.rows.copy_(rows, non_blocking=True)
            learned.noise.copy_(noise, non_blocking=True)
        self._take_step()
        self.update_count += 1
        return learned.figures()

    def policy(self) -> Policy:
        """The deterministic policy as it is at this moment; later updates do not change it."""
        return Policy.of(self._learned.actor.named())

    def reset_networks(self) -> None:
        """Draw new networks and forget every update: optimizers, alpha and targets begin again; the data stay."""
        learned = self._learned
        for networks in (learned.actor, learned.critic):
            networks.initialise(self._generators["networks"])
        learned.target_critic.parameters.copy_(learned.critic.parameters)
        learned.refresh()
        learned.log_alpha.fill_(math.log(self.config.initial_alpha))
        for optimizer in (learned.actor_optimizer, learned.critic_optimizer):
            for tensor in optimizer.tensors().values():
                tensor.zero_()

    def set_learning_rate(self, learning_rate: float) -> None:
        """From the next update on."""
        self._learned.set_learning_rate(learning_rate)
        self._take_step = self._recorded_step()

    def set_target_entropy(self, target_entropy: float | None) -> None:
        """From the next update on; None is the one that the paper gives."""
        self._learned.set_target_entropy(target_entropy)

    def fingerprint(self) -> str:
        """SHA-256 over every network parameter, log alpha and optimizer state: equal if and only if no bit moved."""
        digest = hashlib.sha256()
        for name, tensor in self._learned.tensors().items():
            digest.update(name.encode() + tensor.cpu().numpy().tobytes())
        return digest.hexdigest()

    def state(self) -> AgentState:
        """Everything that `restore` needs to continue exactly."""
        values = {
            "update_count": self.update_count,
            "exploration": self.exploration.state(),
            "generators": {name: rng.bit_generator.state for name, rng in self._generators.items()},
        }
        weights = {name: tensor.cpu().numpy() for name, tensor in self._learned.tensors().items()}
        return AgentState(values, weights, self.replay_buffer.state())

    def restore(self, state: AgentState) -> None:
        """Continue exactly where `state` was taken, with the same configuration.

        Raises:
            ValueError: an array is missing or has another shape.
        """
        _copy_all(self._learned.tensors(), state.weights)
        self._learned.refresh()
        self.replay_buffer.restore(state.replay)
        self.update_count = state.values["update_count"]
        for name, rng in self._generators.items():
            rng.bit_generator.state = state.values["generators"][name]
        self.exploration.restore(state.values["exploration"])

    def _recorded_step(self) -> Step:
        learned = self._learned
        return recorded(self._form.step, learned.overwritten, learned.refresh, learned.device)


def _fastest_form(learned: Learned, threads: int) -> SACUpdate | CompiledUpdate:
    """Of those that can do it. More than two threads are for networks so wide that one product feeds them all."""
    is_compiled = learned.device.type == "cpu" and learned.product_dtype is learned.dtype and threads <= 2
    if is_compiled and not learned.config.layer_norm_critics:
        torch.set_num_threads(1)  # of this thread, and of those that begin later
        prepare(learned.action_size, learned.config.hidden_layers, learned.dtype)
        return CompiledUpdate(learned, Crew(threads))
    torch.set_num_threads(threads)
    return SACUpdate(learned)


def _on_host(tensor: Tensor) -> Tensor:
    """The tensor itself, or memory of its shape that the processor can fill and CUDA can fetch from."""
    return tensor if tensor.device.type == "cpu" else torch.zeros_like(tensor, device="cpu").pin_memory()


def _copy_all(targets: Mapping[str, Tensor], sources: Mapping[str, NDArray[Any]]) -> None:
    """Raises ValueError, before anything is copied, when an array is missing or has another shape."""
    for name, target in targets.items():
        found = f"shape {sources[name].shape}" if name in sources else "nothing"
        if found != f"shape {tuple(target.shape)}":
            raise ValueError(f"{name} needs shape {tuple(target.shape)}, found {found}")
    for name, target in targets.items():
        target.copy_(torch.from_numpy(np.array(sources[name])))
