"""What may change in a run that goes on from another's checkpoint, and what is refused, with the reason."""

from typing import Any

import pytest

from training.config import ConfigError, RunConfig, parameters
from training.forking import CHANGEABLE, forked_config

CONFIG = RunConfig().flat()


@pytest.mark.parametrize("name", CHANGEABLE)
def test_what_may_change_is_a_parameter(name: str) -> None:
    assert name in {parameter.name for parameter in parameters()}


def test_changes_are_taken_and_the_rest_stays() -> None:
    changes = {"learning_rate": 1e-3, "total_steps": 60_000, "target_entropy": -0.5}

    assert forked_config(CONFIG, changes, step=30_000).flat() == CONFIG | changes


def test_a_parameter_with_its_own_value_is_no_change() -> None:
    assert forked_config(CONFIG, CONFIG, step=100).flat() == CONFIG


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"hidden_units": 128}, "hidden_units", "cannot change in a run that goes on; what can: total_steps, "),
        ({"seed": 1}, "seed", "cannot change"),
        ({"discount": 0.9}, "discount", "cannot change"),  # rows of the replay buffer hold the old one
        ({"dataset": "nasdaq"}, "dataset", "cannot change"),
        ({"no_trading_warmup_steps": 0}, "no_trading_warmup_steps", "cannot change"),
        ({"total_steps": 100}, "total_steps", "must be more than the 100 steps that lie behind"),
        ({"learning_rate": -1}, "learning_rate", "must be a number above 0"),
        ({"learing_rate": 1e-3}, "learing_rate", "Did you mean 'learning_rate'?"),
    ],
)
def test_what_cannot_change_is_named(changes: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        forked_config(CONFIG, changes, step=100)

    [problem] = refusal.value.problems
    assert problem.field == field
    assert message in problem.message
