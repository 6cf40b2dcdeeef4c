"""Presets are usable as they are, and the one that reproduces the bug does."""

import math

import pytest

from market.datasets import load_dataset
from trading_env import episode_window
from training.__main__ import CHECKED, USAGE_ERROR, main
from training.config import RunConfig
from training.events import EpisodeFinished, GateOpened, TrainingEvent
from training.loop import make_loop
from training.presets import PRESETS
from warmup_gate import UPDATE_DURING_WARMUP_WARNING

BUG = PRESETS["reproduce_warmup_bug"]


@pytest.mark.parametrize("name", PRESETS.names())
def test_a_preset_can_be_trained_on_and_its_gate_opens(name: str) -> None:
    config = RunConfig.from_flat(PRESETS[name])
    episode_window(load_dataset(config.data).train, config.environment)

    assert config.warnings() == ([UPDATE_DURING_WARMUP_WARNING] if PRESETS[name] is BUG else [])


def test_the_command_line_takes_a_preset_and_what_differs_from_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--preset", "quick_look", "--steps", "250", "--json"]) == 0
    assert capsys.readouterr().out.count('"steps": 250') == 1  # the preset's episodes

    assert main(["--preset", "quick_loko", "--check"]) == USAGE_ERROR
    assert "Did you mean 'quick_look'?" in capsys.readouterr().err
    assert main(["--preset", "default", "--check"]) == CHECKED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("update_during_warmup", "low", "high"), [(True, 0.0, 0.02), (False, 1.0, 1.0)], ids=["bug", "gated"]
)
def test_the_bug_shrinks_alpha_fiftyfold_before_the_first_choice(
    update_during_warmup: bool, low: float, high: float
) -> None:
    config = RunConfig.from_flat({**BUG, "update_during_warmup": update_during_warmup})
    events: list[TrainingEvent] = []
    loop = make_loop(config, load_dataset(config.data).train, events.append)
    loop.run(lambda: loop.step == config.environment.no_trading_warmup_steps + 1)

    (opened,) = (event for event in events if isinstance(event, GateOpened))
    last_gated = [event for event in events if isinstance(event, EpisodeFinished)][39]
    assert low <= (last_gated.metrics["alpha"] or math.nan) <= high
    assert (opened.fingerprint_before == opened.fingerprint_after) is not update_during_warmup
    entropy = last_gated.metrics["entropy"]
    assert (entropy is not None and entropy < 0.0) is update_during_warmup  # a fresh policy has 0.68
