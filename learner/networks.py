"""Multilayer perceptrons with written-out gradients. Knows no algorithm and no optimizer.

Autograd spends as much time on bookkeeping as on products at the sizes of this field. So memory is laid out once:
the parameters of all networks in one flat vector, their gradients in another, activations in reused blocks. A step
forward or back is then a fixed list of products into memory that exists already, which a CUDA graph can replay.
tests/autograd_sac.py says the same with autograd, and the tests compare.

A bias is the weight of an input that is always 1: every layer is one matrix `(fan_in + 1, fan_out)`, its last row the
bias, and every block of activations has a last column of ones. The output layer lies transposed, `(outputs,
fan_in + 1)`: products with one or two columns take several times as long as those with one or two rows.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

__all__ = ["Networks", "Pass", "Product", "Shape", "matrices_of"]

Product = tuple[Tensor, Tensor, Tensor]  # left, right, and where the result goes

_ALIGNMENT = 16  # numbers: rows of activations begin at cache lines
_NORM_EPSILON = 1e-5  # of layer normalisation, as in torch.nn.LayerNorm


@dataclass(frozen=True, slots=True)
class Shape:
    """`members` independent perceptrons of the same widths."""

    members: int
    inputs: int
    hidden_units: int
    hidden_layers: int
    outputs: int
    has_layer_norm: bool = False

    def layers(self) -> Iterator[tuple[int, int]]:
        """`(fan_in, fan_out)` from the input to the output."""
        return itertools.pairwise([self.inputs, *[self.hidden_units] * self.hidden_layers, self.outputs])


class Networks:
    """The parameters and gradients of all members, each in one flat vector.

    `product_dtype` is that of the matrix products. Where it is coarser than `dtype`, the products read a rounded copy
    of the parameters, which `refresh` renews.
    """

    def __init__(self, shape: Shape, dtype: torch.dtype, product_dtype: torch.dtype, device: torch.device) -> None:
        self.shape = shape
        size = sum(shape.members * (fan_in + 1) * fan_out for fan_in, fan_out in shape.layers())
        self.parameters = torch.zeros(size, dtype=dtype, device=device)
        self.gradients = torch.zeros(size, dtype=dtype, device=device)
        is_rounded = product_dtype is not dtype
        self._rounded = self.parameters.to(product_dtype) if is_rounded else self.parameters
        self._rounded_gradients = self.gradients.to(product_dtype) if is_rounded else self.gradients
        self.matrices = _members(self._rounded, shape)  # of each member, by layer
        self.gradient_matrices = _members(self._rounded_gradients, shape)

    def initialise(self, rng: np.random.Generator) -> None:
        """Draw weights and biases uniformly within 1/sqrt(fan_in), as torch.nn.Linear does."""
        by_layer = zip(*_members(self.parameters, self.shape), strict=True)
        for (fan_in, _), members in zip(self.shape.layers(), by_layer, strict=True):
            bound = 1.0 / math.sqrt(fan_in)
            for matrix in members:
                matrix.copy_(torch.from_numpy(rng.uniform(-bound, bound, tuple(matrix.shape))))
        self.refresh()

    def vectors(self) -> list[tuple[Tensor, Tensor]]:
        """The parameters and gradients of each member, views."""
        halves = (vector.view(self.shape.members, -1) for vector in (self.parameters, self.gradients))
        return list(zip(*halves, strict=True))

    def refresh(self) -> None:
        """Let the products see the parameters as they are; without rounding they do anyway."""
        if self._rounded is not self.parameters:
            self._rounded.copy_(self.parameters)

    def collect_gradients(self) -> None:
        """Let the optimizer see the gradients as they are; without rounding it does anyway."""
        if self._rounded_gradients is not self.gradients:
            self.gradients.copy_(self._rounded_gradients)

    def named(self) -> dict[str, Tensor]:
        """Weights `(fan_in, fan_out)` and biases, views by `<member>.<layer>.weight` and `.bias`."""
        return _named(_members(self.parameters, self.shape))

    def named_gradients(self) -> dict[str, Tensor]:
        """Those of the last `backward`, by the names of `named`."""
        return _named(_members(self.gradients, self.shape))


class Pass:
    """One way through the networks and back for a fixed number of rows, bound to its memory.

    `inputs` are blocks `(rows, shape.inputs + 1)` with a last column of ones, read anew at each `forward`; their rows
    follow each other in the outputs. The way back is for the first `back_rows` rows alone, and reaches the first
    `input_columns` columns of the inputs.
    """

    def __init__(
        self, networks: Networks, inputs: Sequence[Tensor], back_rows: int = 0, input_columns: int = 0
    ) -> None:
        shape = networks.shape
        like = networks.matrices[0][0]
        rows = sum(len(block) for block in inputs)
        self._networks = networks
        self._hidden = [_Hidden(shape, rows, back_rows, like) for _ in range(shape.hidden_layers)]
        self._results = like.new_zeros(shape.members, shape.outputs, rows)
        self._result_gradients = like.new_zeros(shape.members, shape.outputs, back_rows)
        # the same tensors unless products are rounded
        self.outputs = self._results.to(networks.parameters.dtype)
        self.output_gradients = self._result_gradients.to(networks.parameters.dtype)

        self._input_gradients = like.new_zeros(shape.members, back_rows, input_columns)

        layers = len(self._hidden) + 1
        self._forward_products: list[list[Product]] = [[] for _ in range(layers)]
        self._weight_products: list[list[Product]] = [[] for _ in range(layers)]
        self._back_products: list[list[Product]] = [[] for _ in self._hidden]
        self._input_products: list[Product] = []
        for member in range(shape.members):
            self._bind(member, inputs)

    def forward(self) -> Tensor:
        """The outputs `(members, outputs, rows)` for what the inputs hold; the same memory every time."""
        *below, last = self._forward_products
        for products, hidden in zip(below, self._hidden, strict=True):
            _multiply(products)
            hidden.activate()
        _multiply(last)
        if self.outputs is not self._results:
            self.outputs.copy_(self._results)
        return self.outputs

    def backward(self) -> None:
        """Turn `output_gradients` into the gradients of all parameters."""
        self._send_back()
        for products in self._weight_products:
            _multiply(products)
        self._networks.collect_gradients()

    def backward_to_inputs(self) -> Tensor:
        """Turn `output_gradients` into the gradient `(back_rows, input_columns)` of the inputs, and no other."""
        self._send_back()
        _multiply(self._input_products)
        return self._input_gradients.sum(0, dtype=self.outputs.dtype)

    def products(self) -> dict[str, list[Product]]:
        """What each way through consists of: `forward`, `backward` and `backward_to_inputs`."""
        forward, weights, back = (
            [product for layer in layers for product in layer]
            for layers in (self._forward_products, self._weight_products, self._back_products)
        )
        return {"forward": forward, "backward": back + weights, "backward_to_inputs": back + self._input_products}

    def _bind(self, member: int, inputs: Sequence[Tensor]) -> None:
        """Append one member's products to those of every layer."""
        *matrices, last = self._networks.matrices[member]
        *weight_gradients, last_gradient = self._networks.gradient_matrices[member]
        results = [hidden.results[member] for hidden in self._hidden]
        gradients = [hidden.gradients[member] for hidden in self._hidden]
        values = [hidden.values[member] for hidden in self._hidden]
        output_gradients = self._result_gradients[member]
        back_rows = output_gradients.shape[1]

        blocks = torch.split(results[0], [len(block) for block in inputs])
        self._forward_products[0] += [
            (block, matrices[0], result) for block, result in zip(inputs, blocks, strict=True)
        ]
        for layer in range(1, len(matrices)):
            self._forward_products[layer].append((values[layer - 1], matrices[layer], results[layer]))
            self._back_products[layer - 1].append((gradients[layer], matrices[layer][:-1].t(), gradients[layer - 1]))
        self._forward_products[-1].append((last, values[-1].t(), self._results[member]))
        self._back_products[-1].append((output_gradients.t(), last[:, :-1], gradients[-1]))

        for layer, read in enumerate([inputs[0], *values[:-1]]):
            self._weight_products[layer].append((read[:back_rows].t(), gradients[layer], weight_gradients[layer]))
        self._weight_products[-1].append((output_gradients, values[-1][:back_rows], last_gradient))
        columns = self._input_gradients.shape[-1]
        self._input_products.append((gradients[0], matrices[0][:columns].t(), self._input_gradients[member]))

    def _send_back(self) -> None:
        if self.output_gradients is not self._result_gradients:
            self._result_gradients.copy_(self.output_gradients)
        for products, hidden in zip(reversed(self._back_products), reversed(self._hidden), strict=True):
            _multiply(products)
            hidden.deactivate()


class _Hidden:
    """One hidden layer of all members: products in, activations out, and the gradient on its way back."""

    def __init__(self, shape: Shape, rows: int, back_rows: int, like: Tensor) -> None:
        width = shape.hidden_units + 1
        self._memory = like.new_ones(shape.members, rows, -(-width // _ALIGNMENT) * _ALIGNMENT)
        self.values = self._memory[:, :, :width]
        self._activations = self.values[:, :, :-1]
        self._back_activations = self._activations[:, :back_rows]
        self.gradients = like.new_zeros(shape.members, back_rows, shape.hidden_units)
        self.results = self._activations
        self._norm = None
        if shape.has_layer_norm:
            self.results = like.new_zeros(shape.members, rows, shape.hidden_units)
            self._norm = _LayerNorm(self.results, back_rows)

    def activate(self) -> None:
        if self._norm is not None:
            self._activations.copy_(self._norm.forward())
        self._memory.relu_()  # in one stretch; the ones stay ones

    def deactivate(self) -> None:
        torch.ops.aten.threshold_backward.grad_input(
            self.gradients, self._back_activations, 0, grad_input=self.gradients
        )
        if self._norm is not None:
            self.gradients.copy_(self._norm.backward(self.gradients))


class _LayerNorm:
    """Layer normalisation (Ba et al. 2016) without gain and shift, which the next layer can supply."""

    def __init__(self, inputs: Tensor, back_rows: int) -> None:
        self._inputs = inputs
        self._back_inputs = inputs[:, :back_rows]
        self._back_rows = back_rows
        self._width = [inputs.shape[-1]]

    def forward(self) -> Tensor:
        normalised, self._mean, self._inverse_std = torch.native_layer_norm(
            self._inputs, self._width, None, None, _NORM_EPSILON
        )
        return normalised

    def backward(self, gradients: Tensor) -> Tensor:
        back = slice(self._back_rows)
        back_gradients: Tensor = torch.ops.aten.native_layer_norm_backward(
            gradients,
            self._back_inputs,
            self._width,
            self._mean[:, back],
            self._inverse_std[:, back],
            None,
            None,
            [True, False, False],
        )[0]
        return back_gradients


def _multiply(products: list[Product]) -> None:
    for left, right, result in products:
        torch.mm(left, right, out=result)


def matrices_of(member: Tensor, shape: Shape) -> list[Tensor]:
    """The layers in the flat vector of one member, as views; only the last one lies transposed."""
    sizes = [(fan_in + 1, fan_out) for fan_in, fan_out in shape.layers()]
    sizes[-1] = sizes[-1][::-1]
    parts = torch.split(member, [math.prod(size) for size in sizes])
    return [part.view(size) for part, size in zip(parts, sizes, strict=True)]


def _members(vector: Tensor, shape: Shape) -> list[list[Tensor]]:
    return [matrices_of(member, shape) for member in vector.view(shape.members, -1)]


def _named(members: list[list[Tensor]]) -> dict[str, Tensor]:
    named = {}
    for member, (*matrices, last) in enumerate(members):
        for layer, matrix in enumerate([*matrices, last.t()]):
            named[f"{member}.{layer}.weight"], named[f"{member}.{layer}.bias"] = matrix[:-1], matrix[-1]
    return named
