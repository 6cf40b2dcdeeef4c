"""Evaluates a run's policies on unseen bars, in a thread of its own beside training. Knows no store and no browser."""

import importlib
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.datasets import TEST, VALIDATION, DatasetSplits
from market.features import TrainStatistics
from runs.best_policy import JudgedPolicy
from runs.events import Notice, NoticeLevel, PolicyEvaluated
from runs.rest import Rest
from training.config import RunConfig
from training.events import PolicyReady

logger = logging.getLogger(__name__)

PASSED_OVER = (
    "{} of {} policies were not evaluated: evaluations take at most a tenth of the time, "
    "and the newest policy goes first."
)

Report = Callable[[PolicyEvaluated | Notice], object]


class Evaluator:
    """Takes policies from the training thread and reports from the thread "evaluation-<run id>".

    While it works or rests, only the newest policy waits: training never does, and a notice at the end counts the
    policies that were passed over. One that a person asked for comes next, without a rest. The test bars are seen
    once, after the final policy's validation, by the policy with the highest Sharpe ratio on the validation bars: the
    earliest of equals, the final one where none has a ratio.
    """

    def __init__(
        self,
        run_id: str,
        config: RunConfig,
        splits: DatasetSplits,
        report: Report,
        trials: int,
        evaluations: int = 0,
        looks: Mapping[str, int] | None = None,
        best: JudgedPolicy | None = None,
    ) -> None:
        """`trials` is how many policies were validated before, in all runs; `evaluations` has this run, and `best` is
        the best of them. `looks` says how often it judged a policy on each window.
        """
        self._config = config
        self._splits = splits
        self._report = report
        self._trials = trials  # counted here from now on: what was reported last may not be stored yet
        self._changed = threading.Condition()  # guards the nine below
        self._waiting: PolicyReady | None = None
        self._asked: deque[PolicyReady] = deque()
        self._last_step = -1  # of the policy that was judged last
        self._in_work: PolicyReady | None = None
        self._offered = self._passed_over = 0
        self._is_closed = False
        self._is_cancelled = False
        self._has_ended = False
        self._rest = Rest()
        self._number = evaluations
        self._looks = Counter(looks)
        self._best = best
        self._judges: dict[str, Any] = {}  # by window, and each knows what its baselines earn
        self._thread = threading.Thread(target=self._work, name=f"evaluation-{run_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def offer(self, ready: PolicyReady) -> None:
        """Evaluate this policy next; one that still waits is dropped for it."""
        with self._changed:
            self._offered += 1
            self._passed_over += self._waiting is not None
            self._waiting = ready
            self._changed.notify_all()

    def ask(self, ready: PolicyReady) -> None:
        """Evaluate this policy without a rest; not twice in a row, for each time counts as a trial.

        An older one that still waits is dropped for it: evaluations stay in the order of their steps.
        """
        with self._changed:
            if self._waiting is not None:
                is_same = self._waiting.step == ready.step
                ready = self._waiting if is_same else ready
                self._passed_over += not is_same
                self._waiting = None
            if ready.step != self._last_step and ready.step not in (other.step for other in self._unjudged()):
                self._asked.append(ready)
            self._changed.notify_all()

    def judged_steps(self) -> frozenset[int]:
        """The steps of the policies that are being evaluated, or wait for it. What is no longer here was reported."""
        with self._changed:
            return frozenset(ready.step for ready in self._unjudged())

    def finish(self) -> None:
        """Evaluate what waits, then end. Returns then, or as soon as it is cancelled."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_cancelled or self._has_ended)

    def cancel(self) -> None:
        """Nothing is reported any more; the thread ends after the piece it is in, tenths of a second on daily bars."""
        with self._changed:
            self._is_cancelled = self._is_closed = True
            self._waiting = None
            self._asked.clear()
            self._changed.notify_all()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the thread. Returns False when time ran out."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            self._evaluate_all()
        except CancelledError:
            pass
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _evaluate_all(self) -> None:
        statistics = TrainStatistics.fit(self._splits.train)
        while (ready := self._next()) is not None:
            try:
                self._evaluate(ready, statistics)
            except CancelledError:
                raise
            except Exception as error:
                logger.exception("the policy of episode %d was not evaluated", ready.episode)
                text = f"The policy of episode {ready.episode} was not evaluated: {error}"
                self._report(Notice(NoticeLevel.WARNING, text))
        self._check()
        if self._passed_over:
            self._report(Notice(NoticeLevel.INFO, PASSED_OVER.format(self._passed_over, self._offered)))

    def _next(self) -> PolicyReady | None:
        with self._changed:
            if self._in_work is not None:
                self._last_step = self._in_work.step
            self._in_work = None
            while not (self._is_closed or self._asked or self._is_turn()):
                self._changed.wait(None if self._waiting is None else self._rest.left_s)
            if self._asked:
                self._in_work = self._asked.popleft()
            else:
                self._in_work, self._waiting = self._waiting, None
            return self._in_work

    def _is_turn(self) -> bool:
        """The caller holds the lock."""
        return self._waiting is not None and self._rest.left_s == 0.0

    def _unjudged(self) -> Iterator[PolicyReady]:
        """Those that wait or are in work. The caller holds the lock."""
        yield from (ready for ready in (*self._asked, self._waiting, self._in_work) if ready is not None)

    def _evaluate(self, ready: PolicyReady, statistics: TrainStatistics) -> None:
        _evaluation()  # loading it is no part of the time that an evaluation takes
        self._rest.begin()
        sharpe = self._judge(ready, VALIDATION, statistics, self._trials + 1)
        self._trials += 1
        if sharpe is not None and (self._best is None or sharpe > self._best.sharpe):
            self._best = JudgedPolicy(ready, sharpe)
        if ready.is_final:
            self._judge(self._best.ready if self._best else ready, TEST, statistics, self._trials)
        self._rest.end()

    def _judge(self, ready: PolicyReady, window: str, statistics: TrainStatistics, trials: int) -> float | None:
        """Report how the policy does on one window; returns its Sharpe ratio there."""
        if window not in self._judges:
            data, seed = self._splits.windows[window], self._config.loop.seed
            judge = _evaluation().Judge(data, self._config.environment, statistics, window=window, seed=seed)
            self._judges[window] = judge

        def act(observations: NDArray[np.float32]) -> NDArray[np.float32]:
            self._check()
            return ready.policy(observations)

        result = self._judges[window].evaluate(act, trials=trials, check=self._check)
        self._check()
        self._number += 1
        self._looks[window] += 1
        figures = _evaluation().figures(result) | {"looks": self._looks[window]}
        self._report(PolicyEvaluated(self._number, ready.episode, ready.step, figures, result.policy.series))
        sharpe: float | None = result.policy.metrics["sharpe"]
        return sharpe

    def _check(self) -> None:
        if self._is_cancelled:
            raise CancelledError


def _evaluation() -> Any:
    """The module, loaded late: it brings torch and arch, and with them seconds that the page need not wait for."""
    importlib.import_module("torch").set_num_threads(1)  # parallel torch work belongs to the training thread
    return importlib.import_module("training.evaluation")


class CancelledError(Exception):
    """The evaluation in progress is not wanted any more."""
