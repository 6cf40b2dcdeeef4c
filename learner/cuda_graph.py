"""A fixed list of tensor operations, recorded once on CUDA and replayed as one launch. Knows no algorithm."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Step = Callable[[], None]

WARM_UPS = 3  # calls before recording, as PyTorch asks: libraries reserve their workspaces in them


def recorded(step: Step, state: Callable[[], Mapping[str, Tensor]], device: torch.device) -> Step:
    """`step` itself on a processor; on CUDA, something that records it at the first call and replays it ever after.

    `step` must read and write the same memory every time. `state` names all tensors that it changes and that matter:
    they are put back after the calls that warm up, so that the first call counts once like every other.
    """
    return _Recorded(step, state) if device.type == "cuda" else step


class _Recorded:
    def __init__(self, step: Step, state: Callable[[], Mapping[str, Tensor]]) -> None:
        self._step = step
        self._state = state
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        if self._graph is None:
            self._graph = self._record()
        self._graph.replay()

    def _record(self) -> torch.cuda.CUDAGraph:
        tensors = list(self._state().values())
        saved = [tensor.clone() for tensor in tensors]
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch's own
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                self._step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):  # records, runs nothing
            self._step()
        for tensor, before in zip(tensors, saved, strict=True):
            tensor.copy_(before)
        return graph
