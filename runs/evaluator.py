"""Evaluates a run's policies on unseen bars, in a thread of its own beside training. Knows no store and no browser."""

import importlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.data import MarketData
from market.datasets import DatasetSplits
from market.features import TrainStatistics
from runs.events import Notice, NoticeLevel, PolicyEvaluated
from training.config import RunConfig
from training.events import PolicyReady

logger = logging.getLogger(__name__)

VALIDATION, TEST = "validation", "test"

Report = Callable[[PolicyEvaluated | Notice], object]


class Evaluator:
    """Takes policies from the training thread and reports from the thread "evaluation-<run id>".

    While one evaluation runs, only the newest policy waits: training never does. The final policy is also the only
    one that ever sees the test bars, once, after its validation.
    """

    def __init__(
        self, run_id: str, config: RunConfig, splits: DatasetSplits, report: Report, count_trials: Callable[[], int]
    ) -> None:
        """`count_trials` says how many policies were evaluated before, in all runs."""
        self._config = config
        self._splits = splits
        self._report = report
        self._count_trials = count_trials
        self._changed = threading.Condition()  # guards the three below
        self._waiting: PolicyReady | None = None
        self._is_closed = False
        self._is_cancelled = False
        self._number = 0
        self._thread = threading.Thread(target=self._work, name=f"evaluation-{run_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def offer(self, ready: PolicyReady) -> None:
        """Evaluate this policy next; one that still waits is dropped for it."""
        with self._changed:
            self._waiting = ready
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for the policy that waits and the one in progress; then the thread ends."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def cancel(self) -> None:
        """Give up what waits and what is in progress, within a moment."""
        with self._changed:
            self._is_cancelled = self._is_closed = True
            self._waiting = None
            self._changed.notify_all()

    def _work(self) -> None:
        while (ready := self._next()) is not None:
            try:
                self._evaluate(ready, VALIDATION, self._splits.validation)
                if ready.is_final:
                    self._evaluate(ready, TEST, self._splits.test)
            except CancelledError:
                return
            except Exception as error:
                logger.exception("the policy of episode %d was not evaluated", ready.episode)
                text = f"The policy of episode {ready.episode} was not evaluated: {error}"
                self._report(Notice(NoticeLevel.WARNING, text))

    def _next(self) -> PolicyReady | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._is_closed)
            ready, self._waiting = self._waiting, None
            return ready

    def _evaluate(self, ready: PolicyReady, window: str, data: MarketData) -> None:
        # loaded late: it brings arch, and with it seconds that the page need not wait for
        evaluation = importlib.import_module("training.evaluation")

        def act(observations: NDArray[np.float32]) -> NDArray[np.float32]:
            if self._is_cancelled:
                raise CancelledError
            return ready.policy(observations)

        result = evaluation.evaluate(
            act,
            data,
            self._config.environment,
            TrainStatistics.fit(self._splits.train),
            window=window,
            trials=self._count_trials() + 1,
            seed=self._config.loop.seed,
        )
        self._number += 1
        figures: dict[str, Any] = evaluation.figures(result)
        self._report(PolicyEvaluated(self._number, ready.episode, ready.step, figures, result.policy.series))


class CancelledError(Exception):
    """The evaluation in progress is not wanted any more."""
