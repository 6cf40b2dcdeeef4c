"""Parameters that change between two episodes of a run that goes on."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from market.datasets import load_dataset
from training.changes import LIVE, changed_live
from training.config import ConfigError, RunConfig
from training.events import ConfigChanged, EpisodeFinished, TrainingEvent
from training.loop import TrainingLoop, make_loop
from training.state import TrainingState

SMALL: dict[str, Any] = {
    "dataset": "synthetic",
    "synthetic_bars": 500,
    "episode_bars": 20,
    "no_trading_warmup_steps": 30,
    "total_steps": 100,
    "hidden_units": 4,
    "hidden_layers": 1,
    "batch_size": 4,
}
OTHER: dict[str, Any] = {  # than the default, for each of them
    "learning_rate": 0.01,
    "target_entropy": -3.0,
    "updates_per_step": 1,
    "fee_bps": 50.0,
    "half_spread_bps": 20.0,
    "slippage_bps": 20.0,
    "financing_rate_pct": 40.0,
    "borrow_rate_pct": 40.0,
}
LEVERAGE: dict[str, Any] = {"max_long": 2.0, "max_short": 2.0}  # or no interest is ever paid


class Planned:
    """The `NextChange` of (step, values) pairs: each is taken before the first episode that begins at or after it."""

    def __init__(self, *changes: tuple[int, dict[str, Any]]) -> None:
        self.left = list(changes)

    def __call__(self, step: int) -> Mapping[str, Any] | None:
        return self.left.pop(0)[1] if self.left and self.left[0][0] <= step else None


def trained(
    planned: Planned, state: TrainingState | None = None, stop_at: int | None = None, **changes: Any
) -> tuple[TrainingLoop, list[TrainingEvent]]:
    config = RunConfig.from_flat(SMALL | changes)
    events: list[TrainingEvent] = []
    loop = make_loop(config, load_dataset(config.data).train, events.append, state, planned)
    loop.run(lambda: loop.step == stop_at)
    return loop, events


def metrics(events: Iterable[TrainingEvent]) -> dict[int, dict[str, float | None]]:
    return {event.episode: event.metrics for event in events if isinstance(event, EpisodeFinished)}


def test_every_parameter_that_may_change_is_tried_here() -> None:
    assert set(OTHER) == set(LIVE)


@pytest.mark.parametrize("name", LIVE)
def test_a_change_before_the_first_episode_is_a_start_with_that_value(name: str) -> None:
    changed, events = trained(Planned((0, {name: OTHER[name]})), **LEVERAGE)
    begun, expected = trained(Planned(), **LEVERAGE | {name: OTHER[name]})
    untouched, others = trained(Planned(), **LEVERAGE)

    assert changed.agent.fingerprint() == begun.agent.fingerprint() != untouched.agent.fingerprint()
    assert metrics(events) == metrics(expected) != metrics(others)
    assert changed.config == begun.config


def test_a_change_waits_for_the_next_episode() -> None:
    _, events = trained(Planned((41, {"fee_bps": 50.0}), (42, {"learning_rate": 0.01, "fee_bps": 7.0})))
    _, others = trained(Planned())

    found = [event for event in events if isinstance(event, ConfigChanged)]
    assert found == [
        ConfigChanged(60, 4, {"fee_bps": 2.0}, {"fee_bps": 50.0}),
        ConfigChanged(60, 4, {"learning_rate": 3e-4, "fee_bps": 50.0}, {"learning_rate": 0.01, "fee_bps": 7.0}),
    ]
    same = [number for number, figures in metrics(others).items() if metrics(events)[number] == figures]
    assert same == [1, 2, 3]


@pytest.mark.parametrize("cut", [39, 40, 41, 60, 77, 80])
def test_a_changed_run_goes_on_to_the_bit_wherever_it_was_cut(cut: int) -> None:
    plan = [(40, {"learning_rate": 0.01, "target_entropy": -3.0}), (60, {"fee_bps": 50.0, "learning_rate": 1e-3})]
    whole, events = trained(Planned(*plan))
    first, _ = trained(Planned(*plan), stop_at=cut)
    state = first.state()
    again = plan[len(state.changes) :]  # what was not part of it yet, or was asked for later

    second, later = trained(Planned(*again), state)

    assert second.agent.fingerprint() == whole.agent.fingerprint()
    assert second.state().values == whole.state().values
    assert {number: metrics(events)[number] for number in metrics(later)} == metrics(later)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hidden_units": 8}, "hidden_units: cannot change while a run goes on; what can: updates_per_step, fee_bps"),
        ({"learning_rate": 0.0}, "learning_rate: must be a number above 0 and at most 0.1, found 0.0"),
        ({"fee_bbs": 3.0}, "fee_bbs: unknown parameter. Did you mean 'fee_bps'?"),
    ],
)
def test_what_cannot_change_is_named_with_what_can(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("?", r"\?").replace(".", r"\.")):
        changed_live(RunConfig(), values)
