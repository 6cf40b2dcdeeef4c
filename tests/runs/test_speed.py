"""Active time, speed in it, and the time left, on a clock turned by hand."""

import math
from typing import Any

import pytest

from runs.speed import Speedometer
from tests.runs.helpers import progress, run_progress
from warmup_gate import Phase


class HandClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def observe(speed: Speedometer, clock: HandClock, steps: range, seconds_per_step: float, phase: Phase) -> None:
    for step in steps:
        speed.observe(progress(step, phase))
        clock.now += seconds_per_step


def test_constant_speed_is_measured_exactly() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)

    observe(speed, clock, range(1, 101), 0.125, Phase.LEARNING)

    assert speed.steps_per_s == pytest.approx(8.0)


def test_nothing_is_claimed_before_the_first_sample() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)

    observe(speed, clock, range(1, 3), 0.1, Phase.LEARNING)

    assert speed.steps_per_s is None


def test_old_speed_fades_with_a_time_constant_of_five_seconds() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)
    observe(speed, clock, range(1, 11), 0.5, Phase.LEARNING)  # 2 steps/s; the next sample still spans 0.5 s

    observe(speed, clock, range(11, 22), 0.25, Phase.LEARNING)  # then 10 samples of 0.25 s at 4 steps/s

    assert speed.steps_per_s == pytest.approx(4 - 2 * math.exp(-2.5 / 5))


def test_learning_speed_is_not_mixed_with_warmup_speed() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)
    observe(speed, clock, range(1, 10_001), 0.0001, Phase.WARMUP)

    observe(speed, clock, range(10_001, 10_011), 0.5, Phase.LEARNING)

    assert speed.steps_per_s == pytest.approx(2.0)


def test_a_pause_counts_for_nothing() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)
    observe(speed, clock, range(1, 11), 0.5, Phase.LEARNING)
    clock.now += 3_600
    speed.skip_pause()

    observe(speed, clock, range(11, 21), 0.5, Phase.LEARNING)

    assert speed.steps_per_s == pytest.approx(2.0)


def test_active_time_is_that_of_the_steps_in_any_phase() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)

    observe(speed, clock, range(1, 12), 0.5, Phase.WARMUP)
    observe(speed, clock, range(12, 13), 2.0, Phase.LEARNING)  # the step that ends here began 0.5 s ago
    observe(speed, clock, range(13, 14), 0.0, Phase.LEARNING)

    assert speed.active_s == 11 * 0.5 + 2.0


def test_a_pause_is_no_active_time() -> None:
    clock = HandClock()
    speed = Speedometer(clock=clock)
    speed.observe(progress(1))
    clock.now = 3_600.0
    speed.skip_pause()

    clock.now += 0.5
    speed.observe(progress(2))

    assert speed.active_s == 0.5


def test_active_time_goes_on_from_what_the_steps_before_took() -> None:
    clock = HandClock()
    continued, unknown = Speedometer(40.0, clock), Speedometer(None, clock)

    for speed in (continued, unknown):
        observe(speed, clock, range(8, 10), 0.25, Phase.LEARNING)

    assert continued.active_s == 40.25
    assert unknown.active_s is None


def test_time_left_is_steps_over_speed() -> None:
    assert run_progress(40, steps_per_s=10.0, total_steps=90).eta_s == 5.0


def test_time_left_is_unknown_while_the_learning_speed_is() -> None:
    gated: dict[str, Any] = {"phase": Phase.WARMUP, "steps_until_open": 10}

    assert run_progress(40, total_steps=90, **gated).eta_s is None
    assert run_progress(85, total_steps=90, **gated).eta_s == 0.5  # a run of warm-up only
    assert run_progress(40, steps_per_s=None).eta_s is None
