"""Active time, and steps per second in it, smoothed. Knows steps and phases, no training."""

import math
import time
from collections.abc import Callable

from training.events import Progress
from warmup_gate import Phase

SAMPLE_S = 0.25
SMOOTHING_S = 5.0  # an old speed has lost 63 % of its weight after this


class Speedometer:
    """Fed with every step by the training thread alone.

    A new phase starts a new average: warm-up steps are many times faster than learning steps.
    """

    def __init__(self, active_s: float | None = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`active_s` is what the steps before took; where that is not known, nobody knows the whole."""
        self.active_s = active_s
        self._clock = clock
        self._last: float | None = None  # when the last step ended
        self._phase: Phase | None = None
        self._mark: tuple[int, float] | None = None  # step and time at which the current sample began
        self.steps_per_s: float | None = None

    def observe(self, progress: Progress) -> None:
        now = self._clock()
        if self.active_s is not None and self._last is not None:
            self.active_s += now - self._last
        self._last = now
        if progress.phase is not self._phase:
            self._phase, self._mark, self.steps_per_s = progress.phase, None, None
        if self._mark is None:
            self._mark = (progress.step, now)
        elif now - self._mark[1] >= SAMPLE_S:
            self._add_sample(progress.step - self._mark[0], now - self._mark[1])
            self._mark = (progress.step, now)

    def skip_pause(self) -> None:
        """The time since the last step was a pause: it counts for nothing."""
        self._mark = None
        self._last = self._clock()

    def _add_sample(self, steps: int, seconds: float) -> None:
        speed = steps / seconds
        weight = 1.0 if self.steps_per_s is None else 1.0 - math.exp(-seconds / SMOOTHING_S)
        self.steps_per_s = speed if self.steps_per_s is None else self.steps_per_s + weight * (speed - self.steps_per_s)
