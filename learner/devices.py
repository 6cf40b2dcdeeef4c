"""Where tensors live, and how many threads a product takes. Knows no network."""

import os

import torch

WIDE = 128  # units from which a second thread makes updates faster: docs/performance.md has the measurement


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


def thread_count(configured: int | None, hidden_units: int) -> int:
    """The threads of one matrix product: as configured, else two for wide networks where there are two cores."""
    if configured is not None:
        return configured
    return min(2, available_cores()) if hidden_units >= WIDE else 1


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
