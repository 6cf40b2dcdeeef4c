"""A run's policy to take away. Knows no folder and no web."""

import importlib

from runs.run import Run
from training.state import TrainingState


def exported_policy(run: Run, state: TrainingState) -> bytes:
    """The deterministic policy as ONNX; `training.policy_export` says what goes in and out. Imports torch and onnx.

    The file also says which run it is of, and that run's configuration.
    """
    about = {"run_id": run.run_id, "step": state.step, "episodes": state.episodes, "config": dict(run.config)}
    content: bytes = importlib.import_module("training.policy_export").onnx_policy(state, about)
    return content
