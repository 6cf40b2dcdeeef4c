"""Adam (Kingma & Ba 2015, arXiv:1412.6980) over flat vectors. Knows no network."""

from collections.abc import Sequence

import torch
from torch import Tensor


class Adam:
    """Moves all its vectors in one pass over memory.

    Calls the kernel that torch.optim.Adam(fused=True) calls, without its bookkeeping, which at these sizes takes as
    long as the arithmetic.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, vectors: Sequence[tuple[Tensor, Tensor]], learning_rate: float) -> None:
        """`vectors` are pairs of parameters and their gradients, of equal shape."""
        self.learning_rate = learning_rate
        self.parameters = [parameters for parameters, _ in vectors]
        self.gradients = [gradients for _, gradients in vectors]
        self.means = [torch.zeros_like(parameters) for parameters in self.parameters]
        self.mean_squares = [torch.zeros_like(parameters) for parameters in self.parameters]
        device = self.parameters[0].device
        self.steps = torch.zeros((), device=device)  # one counter serves all vectors
        self._steps = [self.steps] * len(vectors)

    def step(self) -> None:
        self.steps += 1
        torch._fused_adam_(
            self.parameters,
            self.gradients,
            self.means,
            self.mean_squares,
            [],
            self._steps,
            lr=self.learning_rate,
            beta1=self.BETA1,
            beta2=self.BETA2,
            weight_decay=0.0,
            eps=self.EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def pace(self) -> tuple[float, float, float, float, float]:
        """For whoever moves the vectors in other ways: the steps counted, and the constants."""
        return self.steps.item(), self.learning_rate, self.BETA1, self.BETA2, self.EPSILON

    def tensors(self) -> dict[str, Tensor]:
        """Everything that `step` changes besides the parameters."""
        moments = {
            f"{name}.{number}": tensor
            for name, tensors in (("mean", self.means), ("mean_square", self.mean_squares))
            for number, tensor in enumerate(tensors)
        }
        return {"steps": self.steps} | moments
