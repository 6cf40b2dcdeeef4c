"""Times several things in turn, round after round, so that a machine's mood meets all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Work = Callable[[], int]  # does a fixed amount of work and returns how many units it did


@dataclass(frozen=True, slots=True)
class Rates:
    """Units a second of every contestant, round by round: the same index is the same round."""

    by_name: dict[str, list[float]]

    def median(self, name: str) -> float:
        return statistics.median(self.by_name[name])

    def best(self, name: str) -> float:
        return max(self.by_name[name])

    def ratio(self, name: str, base: str) -> float:
        """Median of the ratios within each round."""
        pairs = zip(self.by_name[name], self.by_name[base], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def alternate(contestants: Mapping[str, Work], rounds: int) -> Rates:
    """Run every contestant once to warm up, then `rounds` times in turn."""
    for work in contestants.values():
        work()
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            started = time.perf_counter()
            units = work()
            rates[name].append(units / (time.perf_counter() - started))
    return Rates(rates)
