"""Training, loaded late. Knows no run.

Importing torch takes seconds, and so does the first update, whose loops are compiled, or read from disk; the page needs
neither. So nothing here imports `training.loop` before it is wanted, and a rehearsal in the background makes the first
start quick.
"""

import importlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from market.data import MarketData
from market.datasets import load_dataset
from training.changes import NextChange, no_change
from training.config import RunConfig
from training.events import PolicyReady, TrainingEvent, TrainingFinished
from training.rollout import Act
from training.state import TrainingState

logger = logging.getLogger(__name__)

REHEARSAL = {  # one update, on the smallest networks of the usual depth, for which loops are compiled
    "dataset": "synthetic",
    "synthetic_bars": 500,
    "total_steps": 2,
    "no_trading_warmup_steps": 0,
    "batch_size": 2,
    "hidden_units": 1,
    "updates_per_step": 1,
}


class Loop(Protocol):
    """What a run needs of `training.loop.TrainingLoop`."""

    @property
    def step(self) -> int: ...

    def run(self, should_stop: Callable[[], bool]) -> TrainingFinished: ...

    def state(self) -> TrainingState: ...

    def policy(self) -> PolicyReady | None: ...


class MakeLoop(Protocol):
    """`training.loop.make_loop`."""

    def __call__(
        self,
        config: RunConfig,
        data: MarketData,
        publish: Callable[[TrainingEvent], None],
        state: TrainingState | None = None,
        next_change: NextChange = no_change,
    ) -> Loop: ...


def load_training() -> MakeLoop:
    """What makes training loops; the first call imports it and takes seconds."""
    make_loop: MakeLoop = importlib.import_module("training.loop").make_loop
    return make_loop


def policy_of(state: TrainingState) -> Act:
    """The deterministic policy that a run had. Imports torch."""
    policy: Act = importlib.import_module("learner.policy").Policy.of_weights(state.weights)
    return policy


class Rehearsal:
    """A tiny training in the thread "rehearsal", for its imports alone. `stop` ends it."""

    def __init__(self) -> None:
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._rehearse, name="rehearsal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Returns False when the thread did not end in time: an import cannot be interrupted."""
        self._is_stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _rehearse(self) -> None:
        config = RunConfig.from_flat(REHEARSAL)
        try:
            load_training()(config, load_dataset(config.data).train, _ignore).run(self._is_stopped.is_set)
        except Exception:
            logger.exception("the rehearsal failed; the first run will tell more")


def _ignore(event: TrainingEvent) -> None:
    """Nobody watches a rehearsal."""
