"""The noise of exploration: its size, its memory, and that it goes on where it was."""

import json

import numpy as np
import pytest

from learner.exploration import EXPLORATIONS, pink_noise


@pytest.mark.parametrize("name", EXPLORATIONS.names())
def test_noise_has_variance_one(name: str) -> None:
    noise = EXPLORATIONS[name](2, np.random.default_rng(0))
    drawn = np.array([noise.draw() for _ in range(40_960)])
    assert drawn.dtype == np.float32
    assert drawn.std(axis=0) == pytest.approx([1.0, 1.0], abs=0.1)


def test_power_of_pink_noise_falls_with_frequency() -> None:
    noise = pink_noise(1_024, 400, np.random.default_rng(0))
    power = np.square(np.abs(np.fft.rfft(noise, axis=0))).mean(axis=1)
    frequencies = np.fft.rfftfreq(1_024)
    slope = np.polyfit(np.log(frequencies[1:-1]), np.log(power[1:-1]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.05)


def test_pink_noise_keeps_its_direction_longer() -> None:
    sign_changes = {}
    for name in EXPLORATIONS.names():
        noise = EXPLORATIONS[name](1, np.random.default_rng(1))
        drawn = np.array([noise.draw()[0] for _ in range(10_000)])
        sign_changes[name] = np.count_nonzero(np.diff(np.sign(drawn)))
    assert sign_changes["pink"] < 0.75 * sign_changes["independent"]


@pytest.mark.parametrize("name", EXPLORATIONS.names())
def test_restored_noise_goes_on_to_the_bit(name: str) -> None:
    noise = EXPLORATIONS[name](1, np.random.default_rng(0))
    for _ in range(1_500):  # into the second block of pink noise
        noise.draw()
    state = json.loads(json.dumps(noise.state()))
    restored = EXPLORATIONS[name](1, np.random.default_rng(99))
    restored.restore(state)
    assert [restored.draw()[0] for _ in range(1_500)] == [noise.draw()[0] for _ in range(1_500)]
