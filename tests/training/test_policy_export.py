"""The exported policy does on raw features what the policy does in the environment."""

import json

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from market.datasets import DataConfig, load_dataset
from market.features import FEATURES, first_row, raw_features
from training.config import RunConfig
from training.events import TrainingEvent
from training.loop import TrainingLoop, make_loop
from training.policy_export import onnx_policy

CONFIG = RunConfig.from_flat({"hidden_units": 16, "batch_size": 16, "no_trading_warmup_steps": 50})
DATA = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=500)).train


def trained_loop(steps: int) -> TrainingLoop:
    def ignore(event: TrainingEvent) -> None:
        """Nobody watches."""

    loop = make_loop(CONFIG, DATA, ignore)
    loop.run(lambda: loop.step == steps)
    return loop


def test_the_file_acts_as_the_policy_does_in_the_environment() -> None:
    loop = trained_loop(120)
    run = ReferenceEvaluator(onnx.load_from_string(onnx_policy(loop.state(), {}))).run
    policy, env = loop.agent.policy(), loop.env
    observation, info = env.reset(seed=3)
    features = raw_features(DATA)[first_row(DATA) :]
    peak, compared, positions = info["equity"], [], []

    for row in range(100):
        account = np.array([[info["position"], info["equity"] / peak - 1.0]], np.float32)
        (action,) = run(None, {"features": features[row : row + 1], "account": account})
        compared.append((action, policy(observation[None])))
        observation, *_, info = env.step(policy(observation[None])[0])
        peak = max(peak, info["equity"])
        positions.append(info["position"])

    exported, own = map(np.concatenate, zip(*compared, strict=True))
    np.testing.assert_allclose(exported, own, rtol=0, atol=2e-6)
    assert np.ptp(own) > 1e-3  # it did not always do the same
    assert np.ptp(positions) > 1e-3


def test_the_file_says_what_it_needs() -> None:
    loop = trained_loop(10)
    model = onnx.load_from_string(onnx_policy(loop.state(), {"step": 10}))
    said = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert said == {"features": list(FEATURES.names()), "account": ["position", "drawdown"], "step": 10}
