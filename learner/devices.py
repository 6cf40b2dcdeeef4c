"""Where tensors live, and how many threads an update takes. Knows no network."""

import os

import torch


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


def thread_count(configured: int | None) -> int:
    """The threads of an update: as configured, else two where there are two cores."""
    return min(2, available_cores()) if configured is None else configured


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
