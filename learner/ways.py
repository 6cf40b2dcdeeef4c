"""What `learner.kernels` works on, in the form that they take: memory of ways through a perceptron and back."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from learner.networks import Networks, matrices_of

Array = NDArray[Any]
Arrays = tuple[Array, ...]

Way = tuple[Array, Arrays, Array, Arrays, Array]  # inputs, matrices, head, hidden values, outputs
# gradients of outputs and of hidden values; where those of matrices and head go
WayBack = tuple[Array, Arrays, Arrays, Array]

Drawn = tuple[Array, tuple[float, float], Array, Array]  # noise, bounds of log std, actions, log densities
Moved = tuple[Array, Array, Array, Array]  # parameters, gradients, Adam's means of them and of their squares
Pace = tuple[float, float, float, float, float]  # steps of Adam, this one included, learning rate, its three constants


def way_through(networks: Networks, member: int, rows: int) -> Way:
    """One for `kernels.forward`: inputs `(rows, shape.inputs)` to fill, outputs `(rows, shape.outputs)` to read."""
    shape = networks.shape
    *matrices, head = [matrix.numpy() for matrix in networks.matrices[member]]
    zeros = partial(np.zeros, dtype=head.dtype)
    hidden = tuple(zeros((rows, shape.hidden_units)) for _ in matrices)
    return zeros((rows, shape.inputs)), tuple(matrices), head, hidden, zeros((rows, shape.outputs))


def way_back(networks: Networks, way: Way, into: Tensor) -> WayBack:
    """One for `kernels.backward` after `way`, into a flat vector like the parameters of one member."""
    *matrix_gradients, head_gradient = [matrix.numpy() for matrix in matrices_of(into, networks.shape)]
    _, _, _, hidden, outputs = way
    gradients = tuple(np.zeros_like(values) for values in hidden)
    return np.zeros_like(outputs), gradients, tuple(matrix_gradients), head_gradient


def rows_of(way: Way, rows: slice) -> Way:
    """The same way for some of its rows: views."""
    inputs, matrices, head, hidden, outputs = way
    return inputs[rows], matrices, head, tuple(values[rows] for values in hidden), outputs[rows]
