"""How long something rests after it has worked beside training. Knows no work."""

import time
from collections.abc import Callable

REST = 9.0  # times as long as the work took: that is a tenth of the time at most, however short episodes are


class Rest:
    """Belongs to the thread that works: it says `begin`, and `end` where the work was done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._until = clock()

    @property
    def left_s(self) -> float:
        """How long it lasts yet; 0 when it is over. May be read at any time."""
        return max(0.0, self._until - self._clock())

    def begin(self) -> None:
        self._began = self._clock()

    def end(self) -> None:
        now = self._clock()
        self._until = now + REST * (now - self._began)
