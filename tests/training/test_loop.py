"""The loop as its callers see it: events, stopping, determinism, and refusing to go on with broken numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from market.data import DataError, MarketData
from market.datasets import load_dataset, synthetic_bars
from training.config import RunConfig
from training.events import EpisodeFinished, Progress, TrainingEvent, TrainingFinished, TrainingStarted
from training.finite import NonFiniteError
from training.loop import make_loop, train

SMALL: dict[str, Any] = {
    "dataset": "synthetic",
    "synthetic_bars": 500,
    "no_trading_warmup_steps": 250,
    "batch_size": 16,
    "hidden_units": 8,
    "total_steps": 500,
}


def trained(**changes: Any) -> list[TrainingEvent]:
    config = RunConfig.from_flat(SMALL | changes)
    events: list[TrainingEvent] = []
    train(config, load_dataset(config.data).train, events.append)
    return events


def test_same_seed_gives_equal_events_twice() -> None:
    first, second = trained(seed=7), trained(seed=7)
    assert [type(event) for event in first] == [type(event) for event in second]
    for one, other in zip(first, second, strict=True):
        if isinstance(one, EpisodeFinished) and isinstance(other, EpisodeFinished):
            assert one.summary() == other.summary()
            assert all(
                np.array_equal(column, other.series.columns()[name]) for name, column in one.series.columns().items()
            )
        else:
            assert one == other
    assert trained(seed=8)[0] != first[0]


def test_a_policy_between_two_steps_is_named_after_the_last_episode_that_ended() -> None:
    config = RunConfig.from_flat(SMALL | {"no_trading_warmup_steps": 20, "episode_bars": 50, "total_steps": 170})
    loop = make_loop(config, load_dataset(config.data).train, lambda event: None)
    named: dict[int, int] = {}

    def look() -> bool:
        ready = loop.policy()
        if ready is not None:
            named[ready.step] = ready.episode
        return False

    loop.run(look)

    assert named == {step: step // 50 for step in range(21, 170)}


def test_returns_over_several_steps_end_with_their_episode() -> None:
    config = RunConfig.from_flat(SMALL | {"n_step": 3, "episode_bars": 50, "total_steps": 300})
    loop = make_loop(config, load_dataset(config.data).train, lambda event: None)
    loop.run(lambda: False)
    replay = loop.agent.replay_buffer.state()
    assert len(replay["rows"]) == 300  # every step is stored once
    assert len(replay["open_rows"]) == 0
    shorter = np.flatnonzero(replay["rows"][:, -1] > 0.99**3 + 1e-6)
    assert shorter.tolist() == [row for end in range(50, 301, 50) for row in (end - 2, end - 1)]


def test_events_tell_one_run_from_start_to_finish() -> None:
    events = trained()
    assert isinstance(events[0], TrainingStarted)
    assert events[-1] == TrainingFinished(step=500, episodes=3, was_stopped=False)
    assert [event.step for event in events if isinstance(event, Progress)] == list(range(1, 501))
    episodes = [event for event in events if isinstance(event, EpisodeFinished)]
    assert [episode.episode for episode in episodes] == [1, 2, 3]
    assert sum(episode.steps for episode in episodes) == 500
    assert [episode.first_step for episode in episodes] == [0, 236, 472]
    assert all(len(episode.series) == episode.steps + 1 for episode in episodes)


def test_run_that_ends_with_an_episode_publishes_no_empty_one() -> None:
    episodes = [event for event in trained(total_steps=472) if isinstance(event, EpisodeFinished)]
    assert [episode.steps for episode in episodes] == [236, 236]


def test_an_episode_cut_short_by_the_end_of_the_run_is_neither_terminated_nor_truncated() -> None:
    episodes = [event for event in trained() if isinstance(event, EpisodeFinished)]
    assert [(one.terminated, one.truncated, one.is_whole) for one in episodes] == [
        (False, True, True),
        (False, True, True),
        (False, False, False),  # 28 of 236 steps
    ]


@pytest.mark.parametrize("stop_at", [0, 1, 100, 236])
def test_stopping_keeps_the_steps_taken(stop_at: int) -> None:
    config = RunConfig.from_flat(SMALL)
    events: list[TrainingEvent] = []
    steps = iter(range(1000))
    finished = train(config, load_dataset(config.data).train, events.append, lambda: next(steps) >= stop_at)
    assert finished == TrainingFinished(step=stop_at, episodes=min(stop_at, 1), was_stopped=True)
    assert sum(event.steps for event in events if isinstance(event, EpisodeFinished)) == stop_at


def test_rewards_sum_to_the_log_growth_of_equity() -> None:
    episode = next(event for event in reversed(trained()) if isinstance(event, EpisodeFinished))
    equity = episode.series.equity
    assert episode.metrics["reward"] == pytest.approx(100.0 * np.log(equity[-1] / equity[0]), abs=1e-9)
    assert equity[0] == 100_000.0


def test_a_state_without_something_is_refused_by_its_name() -> None:
    config = RunConfig.from_flat(SMALL | {"total_steps": 10})
    data = load_dataset(config.data).train
    loop = make_loop(config, data, lambda event: None)
    loop.run(lambda: False)
    state = loop.state()
    assert state.missing == []
    assert replace(state, values={}).missing == [name for name in state.values if name != "changes"]

    for group, name in [("environment", "account"), ("agent", "generators"), ("episode", "phase")]:
        less = {key: value for key, value in state.values[group].items() if key != name}
        with pytest.raises(ValueError, match=f"the saved state has no '{name}'"):
            make_loop(config, data, lambda event: None, replace(state, values=state.values | {group: less}))


def test_price_explosion_fails_with_step_and_reason() -> None:
    bars = synthetic_bars(seed=0, bars=300)
    bars.iloc[100::2, :4] *= 1e300  # finite, positive bars whose account value is not
    data = MarketData.from_frame(bars)
    config = RunConfig.from_flat(SMALL | {"no_trading_warmup_steps": 0})
    with pytest.raises(NonFiniteError, match=r"\w+ became -?(inf|nan) at step \d+"):
        train(config, data, lambda event: None)


def test_too_few_bars_are_refused_before_the_first_event() -> None:
    data = MarketData.from_frame(synthetic_bars(seed=0, bars=50))
    events: list[TrainingEvent] = []
    with pytest.raises(DataError, match="needs 1 steps after 63 bars of feature history, found 50"):
        train(RunConfig(), data, events.append)
    assert events == []


def test_configuration_is_not_changed_by_training() -> None:
    config = RunConfig.from_flat(SMALL)
    before = config.flat()
    train(replace(config), load_dataset(config.data).train, lambda event: None)
    assert config.flat() == before
