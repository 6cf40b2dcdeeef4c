"""Training, loaded late. Knows no run.

Importing torch takes seconds, and its first update imports seconds' worth more; the page needs neither. So nothing
here imports `training.loop` before it is wanted, and a rehearsal in the background makes the first start quick.
"""

import importlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from market.data import MarketData
from market.datasets import load_dataset
from training.config import RunConfig
from training.events import TrainingEvent, TrainingFinished

logger = logging.getLogger(__name__)

REHEARSAL = {  # one update, on the smallest networks there are
    "dataset": "synthetic",
    "synthetic_bars": 500,
    "total_steps": 2,
    "no_trading_warmup_steps": 0,
    "batch_size": 2,
    "hidden_units": 1,
    "hidden_layers": 1,
    "updates_per_step": 1,
}


class Train(Protocol):
    """`training.loop.train`."""

    def __call__(
        self,
        config: RunConfig,
        data: MarketData,
        publish: Callable[[TrainingEvent], None],
        should_stop: Callable[[], bool],
    ) -> TrainingFinished: ...


def load_train() -> Train:
    """The training loop; the first call imports it and takes seconds."""
    train: Train = importlib.import_module("training.loop").train
    return train


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
            load_train()(config, load_dataset(config.data).train, _ignore, self._is_stopped.is_set)
        except Exception:
            logger.exception("the rehearsal failed; the first run will tell more")


def _ignore(event: TrainingEvent) -> None:
    """Nobody watches a rehearsal."""
