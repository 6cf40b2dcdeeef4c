"""The arithmetic of an update as loops over arrays that exist already, compiled for the processor at first use.

One call does one equation or one way through a network, without the interpreter's lock, so that two threads can work at
once. `sac_update` and `learner.networks` say the same in PyTorch, and the tests compare. Knows no order of things.

Layers are those of `learner.networks`: a hidden layer is a matrix `(fan_in + 1, fan_out)`, its last row the bias; the
output layer, `head`, is `(outputs, fan_in + 1)`. Every block of values is `(rows, columns)`; all memory is contiguous.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from learner.adam import Adam
from learner.squashed_gaussian import LOG_STD_MAX, LOG_STD_MIN

Array = NDArray[Any]
Arrays = tuple[Array, ...]
_Function = TypeVar("_Function", bound=Callable[..., Any])

_BETA1, _BETA2, _EPSILON = Adam.BETA1, Adam.BETA2, Adam.EPSILON
_LOG_2, _HALF_LOG_2_PI = math.log(2.0), 0.5 * math.log(2.0 * math.pi)


def _compiled(function: _Function) -> _Function:
    """Sums may be reordered; what is not a number stays so."""
    fast = {"reassoc", "contract", "nsz"}
    return cast(_Function, njit(nogil=True, cache=True, error_model="numpy", fastmath=fast)(function))


@_compiled
def forward(inputs: Array, matrices: Arrays, head: Array, hidden: Arrays, outputs: Array) -> None:
    """Fill `hidden`, with ReLU, and `outputs`."""
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


@_compiled
def backward(
    inputs: Array,
    matrices: Arrays,
    head: Array,
    hidden: Arrays,
    output_gradients: Array,
    gradients: Arrays,
    matrix_gradients: Arrays,
    head_gradient: Array,
) -> None:
    """Turn `output_gradients` into those of all parameters, by way of `gradients`, those of `hidden`."""
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


@_compiled
def backward_to_inputs(
    matrices: Arrays, head: Array, hidden: Arrays, output_gradients: Array, gradients: Arrays, input_gradients: Array
) -> None:
    """Turn `output_gradients` into those of the first columns of the inputs, and no other."""
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


@_compiled
def _send_to_top(head: Array, top: Array, output_gradients: Array, gradients: Array) -> None:
    gradients[:] = 0
    for row in range(len(top)):
        for output in range(len(head)):
            weight = output_gradients[row, output]
            for unit in range(top.shape[1]):
                gradients[row, unit] += weight * head[output, unit]
    _close_where_relu_was(top, gradients)


@_compiled
def _send_down(matrix: Array, below: Array, gradients: Array, gradients_below: Array) -> None:
    np.dot(gradients, matrix[:-1].T, gradients_below)
    _close_where_relu_was(below, gradients_below)


@_compiled
def _close_where_relu_was(values: Array, gradients: Array) -> None:
    zero = values.dtype.type(0)
    for row in range(len(values)):
        for unit in range(values.shape[1]):
            gradients[row, unit] = gradients[row, unit] if values[row, unit] > zero else zero


@_compiled
def adam(
    parameters: Array, gradients: Array, means: Array, mean_squares: Array, steps: float, learning_rate: float
) -> None:
    """The step of Adam that brings the count of them to `steps`."""
    number = parameters.dtype.type
    kept, kept_square = number(_BETA1), number(_BETA2)
    new, new_square, epsilon = number(1.0 - _BETA1), number(1.0 - _BETA2), number(_EPSILON)
    rate = number(learning_rate / (1.0 - _BETA1**steps))
    scale = number(1.0 / math.sqrt(1.0 - _BETA2**steps))
    # a loop for each array that changes: only then does the compiler see that they lie apart
    for i in range(len(parameters)):
        means[i] = kept * means[i] + new * gradients[i]
    for i in range(len(parameters)):
        mean_squares[i] = kept_square * mean_squares[i] + new_square * gradients[i] * gradients[i]
    for i in range(len(parameters)):
        parameters[i] -= rate * means[i] / (np.sqrt(mean_squares[i]) * scale + epsilon)


@_compiled
def follow(targets: Array, parameters: Array, share: float) -> None:
    """Move the targets by this share of the way to the parameters."""
    step = parameters.dtype.type(share)
    for i in range(len(parameters)):
        targets[i] += step * (parameters[i] - targets[i])


@_compiled
def draw(head: Array, noise: Array, actions: Array, log_prob: Array) -> None:
    """Fill the actions and the log densities of the squashed Gaussian: see `SquashedGaussian.draw`."""
    size = actions.shape[1]
    for row in range(len(actions)):
        total = 0.0
        for action in range(size):
            log_std = min(max(head[row, size + action], LOG_STD_MIN), LOG_STD_MAX)
            before_tanh = head[row, action] + math.exp(log_std) * noise[row, action]
            softplus = math.log1p(math.exp(-abs(2.0 * before_tanh))) + max(-2.0 * before_tanh, 0.0)
            log_slope = 2.0 * (_LOG_2 - before_tanh - softplus)
            total -= 0.5 * noise[row, action] ** 2 + log_std + _HALF_LOG_2_PI + log_slope
            actions[row, action] = math.tanh(before_tanh)
        log_prob[row] = total


@_compiled
def head_gradient(
    head: Array, noise: Array, actions: Array, action_gradient: Array, log_prob_gradient: float, out: Array
) -> None:
    """Fill `out` with what a loss with these gradients sends back: see `SquashedGaussian.head_gradient`."""
    size = actions.shape[1]
    for row in range(len(actions)):
        for action in range(size):
            raw_log_std, taken = head[row, size + action], actions[row, action]
            at_u = action_gradient[row, action] * (1.0 - taken * taken) + 2.0 * taken * log_prob_gradient
            at_log_std = at_u * math.exp(raw_log_std) * noise[row, action] - log_prob_gradient
            is_clipped = raw_log_std <= LOG_STD_MIN or raw_log_std >= LOG_STD_MAX
            out[row, action] = at_u
            out[row, size + action] = 0.0 if is_clipped else at_log_std


@_compiled
def bellman_target(
    rewards: Array, discounts: Array, first: Array, second: Array, log_prob: Array, alpha: float, target: Array
) -> None:
    """Eq. 6 with the smaller target critic: r + discount * (min Q' - alpha log pi'), r alone at a terminal row."""
    for row in range(len(rewards)):
        target[row] = rewards[row]
        if discounts[row] != 0.0:
            target[row] += discounts[row] * (min(first[row, 0], second[row, 0]) - alpha * log_prob[row])


@_compiled
def squared_error(values: Array, target: Array, gradients: Array) -> float:
    """Eq. 5: fill the gradients of the mean squared error; returns the sum of squared errors."""
    total = 0.0
    for row in range(len(target)):
        error = values[row, 0] - target[row]
        gradients[row, 0] = 2.0 * error / len(target)
        total += error * error
    return total


@_compiled
def smaller_slope(first: Array, second: Array, first_slopes: Array, second_slopes: Array, gradients: Array) -> float:
    """Of eq. 9: fill the gradients of -mean(min Q) from each critic's slopes; returns the sum of min Q."""
    total = 0.0
    for row in range(len(first)):
        is_first = first[row, 0] <= second[row, 0]
        total += first[row, 0] if is_first else second[row, 0]
        for action in range(gradients.shape[1]):
            slope = first_slopes[row, action] if is_first else second_slopes[row, action]
            gradients[row, action] = -slope / len(first)
    return total
