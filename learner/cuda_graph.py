"""A fixed list of tensor operations, recorded once on CUDA and replayed as one launch. Knows no algorithm."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Step = Callable[[], None]
State = Callable[[], Mapping[str, Tensor]]

WARM_UPS = 3  # calls before recording, as PyTorch asks: libraries reserve their workspaces in them


def recorded(step: Step, state: State, refresh: Step, device: torch.device) -> Step:
    """`step` itself on a processor; on CUDA, something that records it at the first call and replays it ever after.

    `step` must read and write the same memory every time; `state` and `refresh` are those of `rehearse`.
    """
    return _Recorded(step, state, refresh) if device.type == "cuda" else step


def rehearse(step: Step, state: State, refresh: Step) -> None:
    """Call `step` some times as if it never happened, so that its first recorded call counts once like every other.

    `state` names all tensors that it reads and changes; `refresh` renews what is derived from them.
    """
    tensors = list(state().values())
    saved = [tensor.clone() for tensor in tensors]
    for _ in range(WARM_UPS):
        step()
    for tensor, before in zip(tensors, saved, strict=True):
        tensor.copy_(before)
    refresh()


class _Recorded:
    def __init__(self, step: Step, state: State, refresh: Step) -> None:
        self._step = step
        self._state = state
        self._refresh = refresh
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        if self._graph is None:
            self._graph = self._record()
        self._graph.replay()

    def _record(self) -> torch.cuda.CUDAGraph:
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch's own
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            rehearse(self._step, self._state, self._refresh)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):  # records, runs nothing
            self._step()
        return graph
