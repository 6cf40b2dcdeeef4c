"""The arithmetic of an update as loops over arrays that exist already, compiled for the processor at first use.

Each function is an equation, a way through a network, or what one thread does of an update in one stretch, without the
interpreter's lock. `sac_update` and `learner.networks` say the same in PyTorch, and the tests compare.

Layers are those of `learner.networks`: a hidden layer is a matrix `(fan_in + 1, fan_out)`, its last row the bias; the
output layer, `head`, is `(outputs, fan_in + 1)`. Every block of values is `(rows, columns)`: actions, noise and slopes,
the derivatives of a critic by the actions, are `(rows, action_size)`; rewards, discounts, targets and log densities
`(rows,)`.

numba reads a function back from disk for as long as size and time of the function's own file are the same. So all
that is compiled is in this one, and constants from elsewhere come as arguments.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from learner.ways import Array, Drawn, Moved, Pace, Way, WayBack

_Function = TypeVar("_Function", bound=Callable[..., Any])

_LOG_2, _HALF_LOG_2_PI = math.log(2.0), 0.5 * math.log(2.0 * math.pi)


def compiled(function: _Function) -> _Function:
    """Sums may be reordered; what is not a number stays so."""
    compiler = partial(njit, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
    try:
        return cast(_Function, compiler(cache=True)(function))
    except RuntimeError:  # no folder to keep it in: compiled anew in each process
        return cast(_Function, compiler()(function))


@compiled
def forward(way: Way) -> None:
    """Fill the hidden values, with ReLU, and the outputs."""
    inputs, matrices, head, hidden, outputs = way
    zero = inputs.dtype.type(0)
    read = inputs
    for layer in range(len(matrices)):
        bias, values = matrices[layer][-1], hidden[layer]
        np.dot(read, matrices[layer][:-1], values)
        for row in range(len(values)):
            for unit in range(len(bias)):
                value = values[row, unit] + bias[unit]
                values[row, unit] = zero if value < zero else value
        read = values
    for row in range(len(read)):
        for output in range(len(head)):
            total = head[output, -1]
            for unit in range(read.shape[1]):
                total += read[row, unit] * head[output, unit]
            outputs[row, output] = total


@compiled
def backward(way: Way, back: WayBack) -> None:
    """Turn the gradients of the outputs into those of all parameters."""
    inputs, matrices, head, hidden, _ = way
    output_gradients, gradients, matrix_gradients, head_gradient = back
    top = hidden[-1]
    head_gradient[:] = 0
    for row in range(len(top)):
        for output in range(len(head)):
            weight = output_gradients[row, output]
            for unit in range(top.shape[1]):
                head_gradient[output, unit] += weight * top[row, unit]
            head_gradient[output, -1] += weight
    _send_to_top(head, top, output_gradients, gradients[-1])
    for layer in range(len(matrices) - 1, -1, -1):
        read = hidden[layer - 1] if layer else inputs
        np.dot(read.T, gradients[layer], matrix_gradients[layer][:-1])
        bias_gradient = matrix_gradients[layer][-1]
        bias_gradient[:] = 0
        for row in range(len(read)):
            for unit in range(len(bias_gradient)):
                bias_gradient[unit] += gradients[layer][row, unit]
        if layer:
            _send_down(matrices[layer], hidden[layer - 1], gradients[layer], gradients[layer - 1])


@compiled
def backward_to_inputs(way: Way, back: WayBack, input_gradients: Array) -> None:
    """Turn the gradients of the outputs into those of the first columns of the inputs, and no other."""
    _, matrices, head, hidden, _ = way
    output_gradients, gradients, _, _ = back
    _send_to_top(head, hidden[-1], output_gradients, gradients[-1])
    for layer in range(len(matrices) - 1, 0, -1):
        _send_down(matrices[layer], hidden[layer - 1], gradients[layer], gradients[layer - 1])
    lowest, matrix = gradients[0], matrices[0]
    for row in range(len(lowest)):
        for column in range(input_gradients.shape[1]):
            total = lowest.dtype.type(0)
            for unit in range(lowest.shape[1]):
                total += lowest[row, unit] * matrix[column, unit]
            input_gradients[row, column] = total


@compiled
def _send_to_top(head: Array, top: Array, output_gradients: Array, gradients: Array) -> None:
    gradients[:] = 0
    for row in range(len(top)):
        for output in range(len(head)):
            weight = output_gradients[row, output]
            for unit in range(top.shape[1]):
                gradients[row, unit] += weight * head[output, unit]
    _close_where_relu_was(top, gradients)


@compiled
def _send_down(matrix: Array, below: Array, gradients: Array, gradients_below: Array) -> None:
    np.dot(gradients, matrix[:-1].T, gradients_below)
    _close_where_relu_was(below, gradients_below)


@compiled
def _close_where_relu_was(values: Array, gradients: Array) -> None:
    zero = values.dtype.type(0)
    for row in range(len(values)):
        for unit in range(values.shape[1]):
            gradients[row, unit] = gradients[row, unit] if values[row, unit] > zero else zero


@compiled
def adam(moved: Moved, pace: Pace) -> None:
    """One step of Adam."""
    parameters, gradients, means, mean_squares = moved
    steps, learning_rate, beta1, beta2, epsilon = pace
    number = parameters.dtype.type
    kept, kept_square, floor = number(beta1), number(beta2), number(epsilon)
    new, new_square = number(1.0 - beta1), number(1.0 - beta2)
    rate = number(learning_rate / (1.0 - beta1**steps))
    scale = number(1.0 / math.sqrt(1.0 - beta2**steps))
    # a loop for each array that changes: only then does the compiler see that they lie apart
    for i in range(len(parameters)):
        means[i] = kept * means[i] + new * gradients[i]
    for i in range(len(parameters)):
        mean_squares[i] = kept_square * mean_squares[i] + new_square * gradients[i] * gradients[i]
    for i in range(len(parameters)):
        parameters[i] -= rate * means[i] / (np.sqrt(mean_squares[i]) * scale + floor)


@compiled
def follow(targets: Array, parameters: Array, share: float) -> None:
    """Move the targets by this share of the way to the parameters."""
    step = parameters.dtype.type(share)
    for i in range(len(parameters)):
        targets[i] += step * (parameters[i] - targets[i])


@compiled
def draw(head: Array, drawn: Drawn) -> None:
    """Fill the actions and the log densities of the squashed Gaussian: see `SquashedGaussian.draw`."""
    noise, (lowest, highest), actions, log_prob = drawn
    size = actions.shape[1]
    for row in range(len(actions)):
        total = 0.0
        for action in range(size):
            log_std = min(max(head[row, size + action], lowest), highest)
            before_tanh = head[row, action] + math.exp(log_std) * noise[row, action]
            softplus = math.log1p(math.exp(-abs(2.0 * before_tanh))) + max(-2.0 * before_tanh, 0.0)
            log_slope = 2.0 * (_LOG_2 - before_tanh - softplus)
            total -= 0.5 * noise[row, action] ** 2 + log_std + _HALF_LOG_2_PI + log_slope
            actions[row, action] = math.tanh(before_tanh)
        log_prob[row] = total


@compiled
def head_gradient(head: Array, drawn: Drawn, action_gradient: Array, log_prob_gradient: float, out: Array) -> None:
    """Fill `out` with what a loss with these gradients sends back: see `SquashedGaussian.head_gradient`."""
    noise, (lowest, highest), actions, _ = drawn
    size = actions.shape[1]
    for row in range(len(actions)):
        for action in range(size):
            raw_log_std, taken = head[row, size + action], actions[row, action]
            at_u = action_gradient[row, action] * (1.0 - taken * taken) + 2.0 * taken * log_prob_gradient
            at_log_std = at_u * math.exp(raw_log_std) * noise[row, action] - log_prob_gradient
            is_clipped = raw_log_std <= lowest or raw_log_std >= highest
            out[row, action] = at_u
            out[row, size + action] = 0.0 if is_clipped else at_log_std


@compiled
def bellman_target(
    rewards: Array, discounts: Array, first: Array, second: Array, log_prob: Array, alpha: float, target: Array
) -> None:
    """Eq. 6 with the smaller target critic: r + discount * (min Q' - alpha log pi'), r alone at a terminal row."""
    for row in range(len(rewards)):
        target[row] = rewards[row]
        if discounts[row] != 0.0:
            smaller = np.minimum(first[row, 0], second[row, 0])  # not a number where either is none
            target[row] += discounts[row] * (smaller - alpha * log_prob[row])


@compiled
def squared_error(values: Array, target: Array, gradients: Array) -> float:
    """Eq. 5: fill the gradients of the mean squared error; returns the sum of squared errors."""
    total = 0.0
    for row in range(len(target)):
        error = values[row, 0] - target[row]
        gradients[row, 0] = 2.0 * error / len(target)
        total += error * error
    return total


@compiled
def smaller_slope(first: Array, second: Array, first_slopes: Array, second_slopes: Array, gradients: Array) -> float:
    """Of eq. 9: fill the gradients of -mean(min Q) from each critic's slopes; returns the sum of min Q."""
    total = 0.0
    for row in range(len(first)):
        is_first = first[row, 0] <= second[row, 0]
        total += np.minimum(first[row, 0], second[row, 0])
        for action in range(gradients.shape[1]):
            slope = first_slopes[row, action] if is_first else second_slopes[row, action]
            gradients[row, action] = -slope / len(first)
    return total


# What one thread does at once: the longer a call, the less often the threads meet at the interpreter's lock.


@compiled
def act(observations: Array, way: Way, drawn: Drawn) -> None:
    """What the policy does at the observations."""
    inputs, outputs = way[0], way[-1]
    inputs[:] = observations
    forward(way)
    draw(outputs, drawn)


@compiled
def estimate(batch_inputs: Array, way: Way, next_actions: Array, next_observations: Array, target_way: Way) -> None:
    """The values of the batch's actions, and what the target critic says of the policy's next ones."""
    inputs, next_inputs, size = way[0], target_way[0], next_actions.shape[1]
    inputs[:] = batch_inputs
    forward(way)
    next_inputs[:, :size] = next_actions
    next_inputs[:, size:] = next_observations
    forward(target_way)


@compiled
def learn(
    target: Array,
    actions: Array,
    way: Way,
    back: WayBack,
    moved: Moved,
    pace: Pace,
    following: Array,
    smoothing: float,
    slopes: Array,
) -> tuple[float, float]:
    """Eq. 5: one step towards the Bellman target; the target critic follows. Then Q of `actions` and its slopes.

    Returns the sums of squared errors and of the values before the step.
    """
    inputs, values, value_gradients, parameters = way[0], way[-1], back[0], moved[0]
    value_sum = float(values.sum())
    squared_errors = squared_error(values, target, value_gradients)
    backward(way, back)
    adam(moved, pace)
    follow(following, parameters, smoothing)

    inputs[:, : actions.shape[1]] = actions
    forward(way)
    value_gradients[:] = 1
    backward_to_inputs(way, back, slopes)
    return squared_errors, value_sum


@compiled
def send_back(way: Way, back: WayBack, drawn: Drawn, action_gradient: Array, log_prob_gradient: float) -> None:
    """Turn the gradients of actions and log densities into those of the actor."""
    head_gradient(way[-1], drawn, action_gradient, log_prob_gradient, back[0])
    backward(way, back)
