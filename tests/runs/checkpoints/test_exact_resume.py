"""N steps, save, a new process, M steps: to the bit the same as N + M steps, wherever the cut is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from market.rewards import REWARDS
from runs.checkpoints.format import SavedRun, read_checkpoint, write_checkpoint
from tests.runs.checkpoints.continued import ROOT, Trained, keep, train_until
from tests.runs.helpers import RUN_ID
from training.state import TrainingState
from warmup_gate import WARMUP_STRATEGIES

CUTS = {
    1: "after the first step",
    30: "in warm-up",
    40: "in warm-up, between episodes",
    50: "before the step that opens the gate",
    51: "after the step that opened the gate",
    77: "while learning",
    80: "while learning, between episodes",
    129: "before the last step",
}


def through_disk(place: Path, trained: Trained) -> TrainingState:
    saved = SavedRun(RUN_ID, trained.loop.config.flat(), trained.loop.state())
    return read_checkpoint(place, RUN_ID, write_checkpoint(place, saved).sha256).state


def test_a_new_process_goes_on_to_the_bit_from_every_kind_of_cut(tmp_path: Path) -> None:
    whole = train_until(None)
    places = [keep(tmp_path / str(cut), train_until(cut)) for cut in CUTS]

    command = [sys.executable, "-m", "tests.runs.checkpoints.continued", *places]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)

    for (cut, kind), told in zip(CUTS.items(), json.loads(finished.stdout), strict=True):
        assert told["fingerprint"] == whole.loop.agent.fingerprint(), kind
        later = {str(number): digest for number, digest in whole.episodes.items() if number > cut // 20}
        assert told["episodes"] == later, kind
    assert whole.loop.agent.update_count == 2 * 80


@pytest.mark.parametrize(
    "changes",
    [
        *({"warmup_strategy": name} for name in WARMUP_STRATEGIES.names()),
        *({"reward": name} for name in REWARDS.names()),
        {"rebalances_drift": False},
        {"buffer_capacity": 64},  # the ring has gone round when it is cut
        {"update_during_warmup": True},
        {"n_step": 3},
        {"n_step": 3, "buffer_capacity": 64},
        {"exploration": "pink"},
        {"precision": "bfloat16", "layer_norm_critics": True, "min_alpha": 0.01},
    ],
    ids=str,
)
def test_every_part_of_a_run_goes_on_to_the_bit(tmp_path: Path, changes: dict[str, Any]) -> None:
    whole = train_until(None, **changes)
    for cut in (45, 50, 90):
        first = train_until(cut, **changes)
        second = train_until(None, through_disk(tmp_path / str(cut), first), **changes)

        assert second.told()["fingerprint"] == whole.told()["fingerprint"]
        assert first.episodes | second.episodes == whole.episodes  # the cut-short episode is replaced by the whole one
        assert first.openings + second.openings == whole.openings


def test_a_run_may_be_cut_again_and_again(tmp_path: Path) -> None:
    whole = train_until(None)
    part = train_until(1)
    episodes: dict[int, str] = {}
    for cut in (2, 19, 20, 21, 49, 50, 51, 60, 93, None):
        part = train_until(cut, through_disk(tmp_path / str(cut), part))
        episodes |= part.episodes

    assert part.told()["fingerprint"] == whole.told()["fingerprint"]
    assert episodes == whole.episodes


def test_a_finished_run_goes_on_when_it_is_given_more_steps(tmp_path: Path) -> None:
    whole = train_until(None)
    short = train_until(None, total_steps=95)
    longer = train_until(None, through_disk(tmp_path / "state", short))

    assert longer.told()["fingerprint"] == whole.told()["fingerprint"]
    assert short.episodes | longer.episodes == whole.episodes


def test_taking_the_state_changes_nothing() -> None:
    whole, watched = train_until(None), train_until(None, watch=True)

    assert watched.told() == whole.told()


def test_a_state_of_other_bars_or_networks_is_refused(tmp_path: Path) -> None:
    state = train_until(77).loop.state()

    with pytest.raises(ValueError, match="these are not the bars that it was trained on"):
        train_until(None, state, synthetic_bars=501)
    with pytest.raises(ValueError, match="actor"):
        train_until(None, state, hidden_units=5)


def test_there_is_no_state_before_the_first_step() -> None:
    with pytest.raises(RuntimeError, match="reset"):
        train_until(0).loop.state()
