"""The noise that a policy explores with, from a registry. Knows no policy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from knobs import Registry

Noise = NDArray[np.float32]


class IndependentNoise:
    """Standard normal, drawn anew at every step: the paper's."""

    def __init__(self, action_size: int, rng: np.random.Generator) -> None:
        self._action_size = action_size
        self._rng = rng

    def draw(self) -> Noise:
        """`(action_size,)`, of variance 1."""
        return self._rng.standard_normal(self._action_size, np.float32)

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"random": self._rng.bit_generator.state}

    def restore(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state["random"]


class PinkNoise(IndependentNoise):
    """Normal noise whose power falls with frequency: an action keeps its direction for a while.

    A departure from the paper (Eberhard et al. 2023, "Pink noise is all you need"). Drawn in blocks of 1,024 steps
    whose spectrum is shaped as in Timmer & König 1995.
    """

    BLOCK = 1_024

    def __init__(self, action_size: int, rng: np.random.Generator) -> None:
        super().__init__(action_size, rng)
        self._begin_block(0)

    def draw(self) -> Noise:
        if self._position == self.BLOCK:
            self._begin_block(0)
        noise: Noise = self._block[self._position]
        self._position += 1
        return noise

    def state(self) -> dict[str, Any]:
        return {"random": self._block_seed, "position": self._position}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._begin_block(state["position"])

    def _begin_block(self, position: int) -> None:
        self._block_seed = self._rng.bit_generator.state  # a block is drawn from it, so it need not be saved itself
        self._block = pink_noise(self.BLOCK, self._action_size, self._rng)
        self._position = position


def pink_noise(steps: int, action_size: int, rng: np.random.Generator) -> Noise:
    """`(steps, action_size)` of variance 1 on average, with power proportional to 1/frequency."""
    frequencies = np.fft.rfftfreq(steps)
    frequencies[0] = frequencies[1]
    amplitudes = frequencies**-0.5
    spectrum = amplitudes[:, None] * rng.standard_normal((len(amplitudes), action_size, 2)).view(np.complex128)[..., 0]
    spectrum[[0, -1]] = spectrum[[0, -1]].real * np.sqrt(2.0)  # a real signal has real ends of the spectrum
    variance = (2.0 * np.square(amplitudes[1:-1]).sum() + np.square(amplitudes[[0, -1]]).sum()) * 2.0 / steps**2
    noise: Noise = (np.fft.irfft(spectrum, steps, axis=0) / np.sqrt(variance)).astype(np.float32)
    return noise


EXPLORATIONS: Registry[type[IndependentNoise]] = Registry("exploration")
EXPLORATIONS.add("independent", IndependentNoise, help="New noise at every step, as in the paper.")
EXPLORATIONS.add("pink", PinkNoise, help="Noise that keeps its direction for a while: fewer trades while exploring.")
