"""The update of `sac_update` on the processor: the same equations in compiled loops, on two threads.

What is independent is done at once: actions at the observations and at the next ones, the first critic and the second,
the actor's gradients of either half of the batch.
"""

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from learner import kernels
from learner.adam import Adam
from learner.compiled_pass import CompiledPass
from learner.crew import Crew
from sac_config import SACConfig
from sac_learned import Learned

Array = NDArray[Any]


class CompiledUpdate:
    """Takes steps with `learned`, which must lie on the processor, unrounded and without layer norm."""

    def __init__(self, learned: Learned, crew: Crew) -> None:
        self.learned = learned
        self._crew = crew
        batch, size = learned.batch, learned.config.batch_size
        noise, next_noise = learned.noise.numpy().T[:size], learned.noise.numpy().T[size:]
        self._own = _Policy(learned, batch.observations.numpy(), noise, has_way_back=True)
        self._following = _Policy(learned, batch.next_observations.numpy(), next_noise)
        self._critics = [_Critic(learned, member) for member in range(2)]
        self._rewards, self._discounts = batch.rewards.numpy(), batch.discounts.numpy()
        self._target = np.zeros_like(self._rewards)
        self._action_gradient = np.zeros_like(self._own.actions)
        self._log_alpha, self._log_alpha_gradient = learned.log_alpha.numpy(), learned.log_alpha_gradient.numpy()

        self._moves = [_adam(learned.actor_optimizer, number) for number in range(2)]  # of actor and log alpha
        self._half_gradients = torch.zeros_like(learned.actor.gradients)
        self._ways_back = [
            self._own.way.way_back(learned.actor.gradients, slice(None, size // 2)),
            self._own.way.way_back(self._half_gradients, slice(size // 2, None)),
        ]

    @np.errstate(over="ignore")  # what grows too large becomes infinite, and shows in the sums
    def step(self) -> None:
        """One gradient step on critics, actor and alpha; then the target critics follow."""
        own, following, (first, second) = self._own, self._following, self._critics
        alpha = math.exp(self._log_alpha)
        self._crew.run(own.draw, following.draw)
        self._crew.run(partial(first.estimate, following.actions), partial(second.estimate, following.actions))
        estimates = first.next_values, second.next_values, following.log_prob
        kernels.bellman_target(self._rewards, self._discounts, *estimates, alpha, self._target)
        self.learned.critic_optimizer.steps += 1
        self._crew.run(
            partial(first.learn, self._target, own.actions), partial(second.learn, self._target, own.actions)
        )
        self._update_actor_and_alpha(alpha)

    def _update_actor_and_alpha(self, alpha: float) -> None:
        """Eq. 9, mean(alpha log pi - min Q), for the actor; eq. 18 with log alpha in place of alpha for alpha."""
        learned, own, (first, second) = self.learned, self._own, self._critics
        smaller_sum = kernels.smaller_slope(
            first.values, second.values, first.slopes, second.slopes, self._action_gradient
        )
        own.send_back(self._action_gradient, log_prob_gradient=alpha / len(self._target))
        self._crew.run(*self._ways_back)
        learned.actor.gradients += self._half_gradients
        log_prob_sum = float(own.log_prob.sum(dtype=np.float64))
        self._log_alpha_gradient[...] = -log_prob_sum / len(self._target) - learned.target_entropy
        squared_errors = first.squared_errors + second.squared_errors
        learned.sums.numpy()[:] = self._log_alpha, squared_errors, first.value_sum, log_prob_sum, smaller_sum
        learned.actor_optimizer.steps += 1
        for move in self._moves:
            move()
        if learned.config.min_alpha is not None:
            np.maximum(self._log_alpha, math.log(learned.config.min_alpha), out=self._log_alpha)


@cache
def prepare(action_size: int, hidden_layers: int, dtype: torch.dtype) -> None:
    """Have the loops compiled in this thread: some ten seconds the first time on a machine, later read from disk.

    In this process a matrix product of NumPy, too, takes one thread from now on.
    """
    smallest = SACConfig(batch_size=2, hidden_units=2, hidden_layers=hidden_layers)
    CompiledUpdate(Learned(1, action_size, smallest, dtype), Crew(1)).step()
    threadpool_limits(1, user_api="blas")  # products are loaded by now; each stays in the thread that asks for it


class _Policy:
    """The actor at the observations of the batch, or at the next ones."""

    def __init__(self, learned: Learned, observations: Array, noise: Array, has_way_back: bool = False) -> None:
        self.way = CompiledPass(learned.actor, 0, learned.config.batch_size, has_way_back)
        self._observations, self._noise = observations, noise
        self.actions, self.log_prob = np.zeros(noise.shape, noise.dtype), np.zeros(len(noise), noise.dtype)

    def draw(self) -> None:
        self.way.inputs[:] = self._observations
        self.way.forward()
        kernels.draw(self.way.outputs, self._noise, self.actions, self.log_prob)

    def send_back(self, action_gradient: Array, log_prob_gradient: float) -> None:
        drawn = self.way.outputs, self._noise, self.actions
        kernels.head_gradient(*drawn, action_gradient, log_prob_gradient, self.way.output_gradients)


class _Critic:
    """One of the two critics and its target. Touches nothing that the other one writes."""

    def __init__(self, learned: Learned, member: int) -> None:
        batch, (size, action_size) = learned.batch, learned.batch.actions.shape
        self._action_size = action_size
        self._move = _adam(learned.critic_optimizer, member)
        self._smoothing = learned.config.target_smoothing
        self._batch_inputs = batch.critic_inputs.numpy()[:, :-1]
        self._next_observations = batch.next_observations.numpy()
        self._way = CompiledPass(learned.critic, member, size, has_way_back=True, input_columns=action_size)
        self._target_way = CompiledPass(learned.target_critic, member, size)
        parameters, gradients = learned.critic.vectors()[member]
        self._parameters = parameters.numpy()
        self._target_parameters = learned.target_critic.vectors()[member][0].numpy()
        self._backward = self._way.way_back(gradients)
        self.values, self.next_values = self._way.outputs, self._target_way.outputs
        self.slopes = self._way.input_gradients
        self.squared_errors = self.value_sum = 0.0

    def estimate(self, next_actions: Array) -> None:
        """The values of the batch's actions, and what the target says of the policy's next ones."""
        target_inputs = self._target_way.inputs
        target_inputs[:, : self._action_size], target_inputs[:, self._action_size :] = (
            next_actions,
            self._next_observations,
        )
        self._target_way.forward()
        self._way.inputs[:] = self._batch_inputs
        self._way.forward()

    def learn(self, target: Array, actions: Array) -> None:
        """Eq. 5: one step towards the Bellman target; the target critic follows. Then Q of `actions` and its slopes."""
        self.value_sum = float(self.values.sum(dtype=np.float64))
        self.squared_errors = kernels.squared_error(self.values, target, self._way.output_gradients)
        self._backward()
        self._move()
        kernels.follow(self._target_parameters, self._parameters, self._smoothing)

        self._way.inputs[:, : self._action_size] = actions
        self._way.forward()
        self._way.output_gradients.fill(1.0)
        self._way.backward_to_inputs()


def _adam(optimizer: Adam, number: int) -> Callable[[], None]:
    """What moves one vector of the optimizer, once its steps are counted."""
    vectors = (optimizer.parameters, optimizer.gradients, optimizer.means, optimizer.mean_squares)
    parameters, gradients, means, mean_squares = (vector[number].numpy().reshape(-1) for vector in vectors)

    def move() -> None:
        kernels.adam(parameters, gradients, means, mean_squares, optimizer.steps.item(), optimizer.learning_rate)

    return move
