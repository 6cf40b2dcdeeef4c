"""A run's policy to take away. Knows no folder and no web."""

import importlib
from dataclasses import dataclass

from runs.run import Run
from training.state import TrainingState


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The deterministic policy after `step` steps, as ONNX; `training.policy_export` says what goes in and out."""

    step: int
    content: bytes


def exported_policy(run: Run, state: TrainingState) -> bytes:
    """The file also says which run it is of, and that run's configuration. Imports torch and onnx."""
    about = {"run_id": run.run_id, "step": state.step, "episodes": state.episodes, "config": dict(run.config)}
    content: bytes = importlib.import_module("training.policy_export").onnx_policy(state, about)
    return content
