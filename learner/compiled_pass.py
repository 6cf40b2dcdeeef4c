"""A way through one perceptron and back in compiled loops: what `learner.networks.Pass` is in PyTorch."""

from collections.abc import Callable
from functools import partial

import numpy as np
from torch import Tensor

from learner import kernels
from learner.networks import Networks, matrices_of


class CompiledPass:
    """For one member and a fixed number of rows, bound to its memory. Several ways may be gone at the same time.

    The caller fills `inputs` `(rows, shape.inputs)`; `outputs` and, for the way back, `output_gradients` are
    `(rows, shape.outputs)`, `input_gradients` `(rows, input_columns)`.
    """

    def __init__(
        self, networks: Networks, member: int, rows: int, has_way_back: bool = False, input_columns: int = 0
    ) -> None:
        self._shape = shape = networks.shape
        *matrices, self._head = [matrix.numpy() for matrix in networks.matrices[member]]
        self._matrices = tuple(matrices)
        zeros = partial(np.zeros, dtype=self._head.dtype)
        back_rows = rows if has_way_back else 0
        self.inputs, self.outputs = zeros((rows, shape.inputs)), zeros((rows, shape.outputs))
        self.output_gradients, self.input_gradients = (
            zeros((back_rows, shape.outputs)),
            zeros((back_rows, input_columns)),
        )
        self._hidden, self._gradients = (
            tuple(zeros((count, shape.hidden_units)) for _ in matrices) for count in (rows, back_rows)
        )

    def forward(self) -> None:
        kernels.forward(self.inputs, self._matrices, self._head, self._hidden, self.outputs)

    def way_back(self, into: Tensor, rows: slice = slice(None)) -> Callable[[], None]:
        """What turns the `output_gradients` of these rows into the gradients of all parameters, in a flat vector."""
        *matrix_gradients, head_gradient = [matrix.numpy() for matrix in matrices_of(into, self._shape)]
        return partial(
            kernels.backward,
            self.inputs[rows],
            self._matrices,
            self._head,
            tuple(block[rows] for block in self._hidden),
            self.output_gradients[rows],
            tuple(block[rows] for block in self._gradients),
            tuple(matrix_gradients),
            head_gradient,
        )

    def backward_to_inputs(self) -> None:
        kernels.backward_to_inputs(
            self._matrices, self._head, self._hidden, self.output_gradients, self._gradients, self.input_gradients
        )
