"""Where tensors live, and how many threads an update takes. Knows no network."""

import os

import torch

WORTH_SHARING = 8_192  # values of a hidden layer: below, two threads cost each other more than they save


def device_of(name: str) -> torch.device:
    """The device that a configuration means by `auto`, `cpu` or `cuda`.

    Raises:
        ValueError: there is no such device here.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device is cuda, but PyTorch finds no GPU here: choose auto or cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def thread_count(configured: int | None, hidden_values: int) -> int:
    """The threads of an update: as configured, else two where there are two cores and enough work for them.

    `hidden_values` are those of one hidden layer, for all rows of a batch.
    """
    if configured is not None:
        return configured
    return min(2, available_cores()) if hidden_values >= WORTH_SHARING else 1


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
