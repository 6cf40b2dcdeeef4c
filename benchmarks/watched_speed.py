"""What many open dashboards cost training, and how soon they hear of it: the first two parts of dashboard_load."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.crowd import Attendance, crowd_at
from benchmarks.report import verdict
from benchmarks.server import NEVER_ENDING, Server, serving

CLIENTS = 50
SHORT_EPISODE = {256: 15, 64: 100}  # steps by hidden units; about five episodes a second
WARMUP_STEPS = 300
LEARNING_STEPS = 100  # before the first measurement
WINDOW_S = 4.0  # of one measurement of speed
CALM_S = 1.5  # after clients came or went, and longer than progress takes to be told again
SLOWED_GOAL_PCT, DELAY_GOAL_MS = 3.0, 100.0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of training."""

    steps_per_s: float  # of the run's own clock
    cpu_ms_per_step: float  # of the server's whole process, serving included


@dataclass(frozen=True, slots=True)
class Change:
    """By how many percent the rounds differ: their median, and its 95 % bootstrap interval."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:+.1f} % ({self.low:+.1f} to {self.high:+.1f})"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Window by window, without and with the clients, the same index being the same round; and what those saw."""

    alone: list[Window]
    watched: list[Window]
    attendances: list[Attendance]

    @property
    def slowed(self) -> Change:
        return self._change(lambda alone, watched: 1.0 - watched.steps_per_s / alone.steps_per_s)

    @property
    def more_cpu(self) -> Change:
        """Of the server, a step."""
        return self._change(lambda alone, watched: watched.cpu_ms_per_step / alone.cpu_ms_per_step - 1.0)

    def _change(self, share: Callable[[Window, Window], float]) -> Change:
        percents = np.array([100.0 * share(*pair) for pair in zip(self.alone, self.watched, strict=True)])
        interval = stats.bootstrap((percents,), np.median, method="percentile", rng=0).confidence_interval
        return Change(float(np.median(percents)), float(interval.low), float(interval.high))

    @property
    def delays_ms(self) -> list[float]:
        return sorted(delay for one in self.attendances for delay in one.delays_ms)

    @property
    def load(self) -> float:
        return statistics.median(one.load for one in self.attendances)


def speed_table(rounds: int) -> list[str]:
    """Measures both networks with both kinds of episodes."""
    cases = [(hidden, steps) for hidden, short in SHORT_EPISODE.items() for steps in (None, short)]
    return _table({case: _measure(*case, rounds) for case in cases})


def _measure(hidden: int, episode_steps: int | None, rounds: int) -> Speeds:
    config = {"hidden_units": hidden, "no_trading_warmup_steps": WARMUP_STEPS, "episode_bars": episode_steps}
    speeds = Speeds([], [], [])
    with serving() as server, crowd_at(server.url) as crowd:
        run_id = server.start_run(NEVER_ENDING | config, WARMUP_STEPS + LEARNING_STEPS)
        for first in range(0, rounds, 2):
            speeds.alone.append(_window(server, run_id))
            crowd.connect(CLIENTS)
            speeds.watched.extend(_window(server, run_id) for _ in range(first, min(first + 2, rounds)))
            speeds.attendances.append(crowd.disconnect())
            if len(speeds.alone) < len(speeds.watched):
                speeds.alone.append(_window(server, run_id))
    return speeds


def _window(server: Server, run_id: str) -> Window:
    """Nobody asks the server for anything within it."""
    time.sleep(CALM_S)
    before, cpu_before, started = server.progress_of(run_id), server.cpu_seconds(), time.perf_counter()
    time.sleep(WINDOW_S)
    cpu_share = (server.cpu_seconds() - cpu_before) / (time.perf_counter() - started)
    after = server.progress_of(run_id)
    steps_per_s = (after["step"] - before["step"]) / (after["active_s"] - before["active_s"])
    return Window(steps_per_s, 1_000.0 * cpu_share / steps_per_s)


def _table(speeds: dict[tuple[int, int | None], Speeds]) -> list[str]:
    lines = [
        f"**Speed, and time from an episode's end to its event, with {CLIENTS} clients** on the server's machine",
        "",
        "| network | episode | alone, steps/s | watched | slowed by | CPU a step | clients' CPU | p50 | p99 | n |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_row(hidden, episode_steps, own) for (hidden, episode_steps), own in speeds.items()]
    usual, short = (
        max(own.slowed.median for (_, episode_steps), own in speeds.items() if (episode_steps is None) is is_usual)
        for is_usual in (True, False)
    )
    slowest = max(_quantile(own.delays_ms, 0.99) for own in speeds.values() if own.delays_ms)
    summary = (
        f"Goal: training slowed by at most {SLOWED_GOAL_PCT:g} %; measured: a median of {usual:.1f} % at most with the "
        f"usual episodes, {verdict(usual <= SLOWED_GOAL_PCT)}, {short:.1f} % with short ones, "
        f"{verdict(short <= SLOWED_GOAL_PCT)}. "
        f"Goal: 99 of 100 events within {DELAY_GOAL_MS:g} ms of the episode's end; measured: {slowest:.0f} ms at most, "
        f"{verdict(slowest <= DELAY_GOAL_MS)}."
    )
    explained = (
        "Slowed by: the median over the rounds and its 95 % interval. CPU a step: the same for the server's processor "
        "time a step, serving included."
    )
    return [*lines, "", f"{explained} {summary}"]


def _row(hidden: int, episode_steps: int | None, own: Speeds) -> str:
    alone, watched = (statistics.median(one.steps_per_s for one in windows) for windows in (own.alone, own.watched))
    cells = [
        f"{hidden} x {hidden}",
        "all bars" if episode_steps is None else f"{episode_steps} steps",
        f"{alone:,.1f}",
        f"{watched:,.1f}",
        str(own.slowed),
        str(own.more_cpu),
        f"{100.0 * own.load:.1f} %",
        *(f"{_quantile(own.delays_ms, share):.0f} ms" if own.delays_ms else "" for share in (0.5, 0.99)),
        f"{len(own.delays_ms):,}",
    ]
    return f"| {' | '.join(cells)} |"


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]
