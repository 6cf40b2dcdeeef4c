"""The deterministic policy with its observation builder as one ONNX file. Knows no run and no folder."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper

from learner.policy import Policy
from market.features import CLIP
from training.state import TrainingState

OPSET, IR_VERSION = 18, 8  # old enough for runtimes of 2023
FEATURES, ACCOUNT, ACTION = "features", "account", "action"
ACCOUNT_SIZE = 2  # position and drawdown


def onnx_policy(state: TrainingState, about: Mapping[str, Any]) -> bytes:
    """The policy of a saved state: ONNX that needs nothing but itself.

    Inputs are `features (n, features)` float64 as `market.features.raw_features` gives them, not standardised, and
    `account (n, 2)` float32: position as a share of equity, and drawdown (equity over its peak, minus 1). The output
    `action (n, 1)` float32 in [-1, 1] is tanh(mean). The model's metadata name the features, and hold `about` as JSON.
    """
    names = state.values["observation_names"]
    model = helper.make_model(
        _graph(state, len(names) - ACCOUNT_SIZE),
        producer_name="warmgate",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    said = {FEATURES: names[:-ACCOUNT_SIZE], ACCOUNT: names[-ACCOUNT_SIZE:], **about}
    helper.set_model_props(model, {name: json.dumps(value) for name, value in said.items()})
    checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def _graph(state: TrainingState, features: int) -> Any:
    """What `scaled_features`, the environment's observation and `Policy` compute, in this order."""
    statistics, policy = state.values["statistics"], Policy.of_weights(state.weights)
    constants: dict[str, NDArray[Any]] = {
        "feature_mean": np.array(statistics["feature_mean"], np.float64),
        "feature_std": np.array(statistics["feature_std"], np.float64),
        "least": np.array(-CLIP, np.float64),
        "most": np.array(CLIP, np.float64),
        "least_32": np.array(-CLIP, np.float32),
        "most_32": np.array(CLIP, np.float32),
    }
    nodes = [
        helper.make_node("Sub", [FEATURES, "feature_mean"], ["centred"]),
        helper.make_node("Div", ["centred", "feature_std"], ["standardised"]),
        helper.make_node("Clip", ["standardised", "least", "most"], ["clipped"]),
        helper.make_node("Cast", ["clipped"], ["market"], to=TensorProto.FLOAT),
        helper.make_node("Clip", [ACCOUNT, "least_32", "most_32"], ["own"]),
        helper.make_node("Concat", ["market", "own"], ["hidden_0"], axis=1),
    ]
    last = len(policy.layers) - 1
    for layer, (weight, bias) in enumerate(policy.layers):
        constants |= {f"weight_{layer}": weight.numpy(), f"bias_{layer}": bias.numpy()}
        values = [f"hidden_{layer}", f"weight_{layer}", f"bias_{layer}"]
        nodes.append(helper.make_node("Gemm", values, [f"sum_{layer}"]))
        kind, result = ("Tanh", ACTION) if layer == last else ("Relu", f"hidden_{layer + 1}")
        nodes.append(helper.make_node(kind, [f"sum_{layer}"], [result]))
    return helper.make_graph(
        nodes,
        "policy",
        inputs=[
            helper.make_tensor_value_info(FEATURES, TensorProto.DOUBLE, ["n", features]),
            helper.make_tensor_value_info(ACCOUNT, TensorProto.FLOAT, ["n", ACCOUNT_SIZE]),
        ],
        outputs=[helper.make_tensor_value_info(ACTION, TensorProto.FLOAT, ["n", 1])],
        initializer=[numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
