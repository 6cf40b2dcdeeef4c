"""The update of `sac_update` on the processor: the same equations in compiled loops, on two threads.

What is independent is done at once: actions at the observations and at the next ones, the first critic and the second,
the actor's gradients of either half of the batch. Each is one call, so that the threads seldom meet at the
interpreter's lock.
"""

import math
from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from learner import kernels
from learner.adam import Adam
from learner.crew import Crew
from learner.squashed_gaussian import LOG_STD_MAX, LOG_STD_MIN
from learner.ways import Array, Moved, rows_of, way_back, way_through
from sac_config import SACConfig
from sac_learned import Learned


class CompiledUpdate:
    """Takes steps with `learned`, which must lie on the processor, unrounded and without layer norm."""

    def __init__(self, learned: Learned, crew: Crew) -> None:
        self.learned = learned
        self._crew = crew
        batch, size = learned.batch, learned.config.batch_size
        noise, next_noise = learned.noise.numpy().T[:size], learned.noise.numpy().T[size:]
        self._own = _Policy(learned, batch.observations.numpy(), noise)
        self._following = _Policy(learned, batch.next_observations.numpy(), next_noise)
        self._acting = _Policy(learned, np.zeros_like(self._own.observations[:1]), np.zeros_like(noise[:1]))
        self._critics = [_Critic(learned, member) for member in range(2)]
        self._rewards, self._discounts = batch.rewards.numpy(), batch.discounts.numpy()
        self._target = np.zeros_like(self._rewards)
        self._action_gradient = np.zeros_like(self._own.actions)
        self._log_alpha, self._log_alpha_gradient = learned.log_alpha.numpy(), learned.log_alpha_gradient.numpy()
        self._moved = [_moved(learned.actor_optimizer, number) for number in range(2)]  # actor and log alpha

        self._other_gradients = torch.zeros_like(learned.actor.gradients)
        self._halves = [
            self._half(slice(None, size // 2), learned.actor.gradients),
            self._half(slice(size // 2, None), self._other_gradients),
        ]

    def _half(self, rows: slice, into: torch.Tensor) -> Callable[[float], None]:
        """What sends back the gradients of these rows, into a vector like the actor's parameters."""
        way = rows_of(self._own.way, rows)
        noise, bounds, actions, log_prob = self._own.drawn
        drawn = noise[rows], bounds, actions[rows], log_prob[rows]
        back = way_back(self.learned.actor, way, into)
        return partial(kernels.send_back, way, back, drawn, self._action_gradient[rows])

    def act(self, observation: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.float32]:
        """The action `(action_size,)` at one observation; without noise the policy's tanh(mean)."""
        acting = self._acting
        acting.observations[0], acting.noise[0] = observation, noise
        acting.act()
        action: NDArray[np.float32] = acting.actions[0].astype(np.float32)
        return action

    @np.errstate(over="ignore")  # what grows too large becomes infinite, and shows in the sums
    def step(self) -> None:
        """One gradient step on critics, actor and alpha; then the target critics follow."""
        own, following, (first, second) = self._own, self._following, self._critics
        alpha = math.exp(self._log_alpha)
        self._crew.run(own.act, following.act)
        self._crew.run(partial(first.estimate, following.actions), partial(second.estimate, following.actions))
        estimates = first.next_values, second.next_values, following.log_prob
        kernels.bellman_target(self._rewards, self._discounts, *estimates, alpha, self._target)
        self.learned.critic_optimizer.steps += 1
        lesson = self._target, own.actions
        self._crew.run(partial(first.learn, *lesson), partial(second.learn, *lesson))
        self._update_actor_and_alpha(alpha)

    def _update_actor_and_alpha(self, alpha: float) -> None:
        """Eq. 9, mean(alpha log pi - min Q), for the actor; eq. 18 with log alpha in place of alpha for alpha."""
        learned, (first, second), rows = self.learned, self._critics, len(self._target)
        smaller_sum = kernels.smaller_slope(
            first.values, second.values, first.slopes, second.slopes, self._action_gradient
        )
        self._crew.run(*(partial(half, alpha / rows) for half in self._halves))
        learned.actor.gradients += self._other_gradients
        log_prob_sum = float(self._own.log_prob.sum(dtype=np.float64))
        self._log_alpha_gradient[...] = -log_prob_sum / rows - learned.target_entropy
        squared_errors = first.squared_errors + second.squared_errors
        learned.sums.numpy()[:] = self._log_alpha, squared_errors, first.value_sum, log_prob_sum, smaller_sum
        learned.actor_optimizer.steps += 1
        for moved in self._moved:
            kernels.adam(moved, learned.actor_optimizer.pace())
        if learned.config.min_alpha is not None:
            np.maximum(self._log_alpha, math.log(learned.config.min_alpha), out=self._log_alpha)


def prepare(action_size: int, hidden_layers: int, dtype: torch.dtype) -> None:
    """Have the loops compiled in this thread: some ten seconds the first time on a machine, later read from disk.

    From then on a matrix product of NumPy or SciPy stays in the thread that asks for it, anywhere in the process.
    """
    _rehearse(action_size, hidden_layers, dtype)
    threadpool_limits(1, user_api="blas")


@cache
def _rehearse(action_size: int, hidden_layers: int, dtype: torch.dtype) -> None:
    smallest = SACConfig(batch_size=2, hidden_units=2, hidden_layers=hidden_layers)
    rehearsed = CompiledUpdate(Learned(1, action_size, smallest, dtype), Crew(1))
    rehearsed.act(np.zeros(1, np.float32), np.zeros(action_size, np.float32))
    rehearsed.step()


class _Policy:
    """The actor at the observations of the batch, at the next ones, or at the one it acts upon."""

    def __init__(self, learned: Learned, observations: Array, noise: Array) -> None:
        self.observations, self.noise = observations, noise
        self.way = way_through(learned.actor, 0, len(noise))
        self.actions, self.log_prob = np.zeros(noise.shape, noise.dtype), np.zeros(len(noise), noise.dtype)
        self.drawn = noise, (LOG_STD_MIN, LOG_STD_MAX), self.actions, self.log_prob

    def act(self) -> None:
        kernels.act(self.observations, self.way, self.drawn)


class _Critic:
    """One of the two critics and its target. Touches nothing that the other one writes."""

    def __init__(self, learned: Learned, member: int) -> None:
        batch, (size, action_size) = learned.batch, learned.batch.actions.shape
        self._batch_inputs = batch.critic_inputs.numpy()[:, :-1]
        self._next_observations = batch.next_observations.numpy()
        self._way = way_through(learned.critic, member, size)
        self._target_way = way_through(learned.target_critic, member, size)
        self._back = way_back(learned.critic, self._way, into=learned.critic.vectors()[member][1])
        self._optimizer, self._moved = learned.critic_optimizer, _moved(learned.critic_optimizer, member)
        self._following = learned.target_critic.vectors()[member][0].numpy(), learned.config.target_smoothing
        self.values, self.next_values = self._way[-1], self._target_way[-1]
        self.slopes = np.zeros((size, action_size), self.values.dtype)
        self.squared_errors = self.value_sum = 0.0

    def estimate(self, next_actions: Array) -> None:
        kernels.estimate(self._batch_inputs, self._way, next_actions, self._next_observations, self._target_way)

    def learn(self, target: Array, actions: Array) -> None:
        how = self._moved, self._optimizer.pace(), *self._following, self.slopes
        self.squared_errors, self.value_sum = kernels.learn(target, actions, self._way, self._back, *how)


def _moved(optimizer: Adam, number: int) -> Moved:
    vectors = (optimizer.parameters, optimizer.gradients, optimizer.means, optimizer.mean_squares)
    parameters, gradients, means, mean_squares = (vector[number].numpy().reshape(-1) for vector in vectors)
    return parameters, gradients, means, mean_squares
