"""Runs cut at a step and continued elsewhere, told by everything they leave. Also a program: `python -m …continued`."""

import hashlib
import itertools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from market.datasets import load_dataset
from market.episode import trades_of
from runs.checkpoints.format import SavedRun, read_checkpoint, write_checkpoint
from tests.runs.helpers import RUN_ID, SMALL
from training.config import RunConfig
from training.events import EpisodeFinished, GateOpened, TrainingEvent
from training.loop import TrainingLoop, make_loop
from training.state import TrainingState

ROOT = Path(__file__).parents[3]
WHOLE: dict[str, Any] = SMALL | {"total_steps": 130, "batch_size": 16}  # episodes of 20 steps, the gate opens at 50


@dataclass
class Trained:
    """One stretch of a run: its loop, a hash of each episode it published, and how the gate opened."""

    loop: TrainingLoop
    episodes: dict[int, str]
    openings: list[GateOpened]

    def told(self) -> dict[str, Any]:
        return {"fingerprint": self.loop.agent.fingerprint(), "episodes": self.episodes}


def train_until(
    stop_at: int | None, state: TrainingState | None = None, watch: bool = False, **changes: Any
) -> Trained:
    """From the start or from `state`, until `stop_at` steps lie behind the run, or to its end.

    `watch` takes the state between any two steps, and lets it go.
    """
    config = RunConfig.from_flat(WHOLE | changes)
    events: list[TrainingEvent] = []
    loop = make_loop(config, load_dataset(config.data).train, events.append, state)
    steps = itertools.count(0 if state is None else state.step)

    def should_stop() -> bool:
        step = next(steps)
        if watch and step > 0:
            loop.state()
        return step == stop_at

    loop.run(should_stop)
    episodes = {event.episode: digest_of(event) for event in events if isinstance(event, EpisodeFinished)}
    return Trained(loop, episodes, [event for event in events if isinstance(event, GateOpened)])


def digest_of(event: EpisodeFinished) -> str:
    """A hash of the episode's figures, of every number of its series, and of its trades."""
    digest = hashlib.sha256(json.dumps(event.summary()).encode())
    for column in event.series.columns().values():
        digest.update(str(column.dtype).encode() + column.tobytes())
    digest.update(repr(trades_of(event.series)).encode())
    return digest.hexdigest()


def main(places: list[str]) -> None:
    """Continue each checkpoint `FOLDER=SHA256` to the end of its run; prints what each has told as JSON."""
    told = []
    for place, sha256 in (argument.split("=") for argument in places):
        saved = read_checkpoint(Path(place), RUN_ID, sha256)
        told.append(train_until(None, saved.state, **saved.config).told())
    print(json.dumps(told))


def keep(place: Path, trained: Trained) -> str:
    """Save the run where it stands; returns the argument for `main`."""
    saved = SavedRun(RUN_ID, trained.loop.config.flat(), trained.loop.state())
    return f"{place}={write_checkpoint(place, saved).sha256}"


if __name__ == "__main__":
    main(sys.argv[1:])
