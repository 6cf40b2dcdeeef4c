"""Numbers that stop being finite stop the training: going on would only spread them."""

import math
from collections.abc import Mapping


class NonFiniteError(ArithmeticError):
    """A reward, loss or episode figure became NaN or infinite; everything published before it stands."""


def require_finite(step: int, figures: Mapping[str, float | None]) -> None:
    """None counts as finite: it says that a figure is undefined, which is known and harmless.

    Raises:
        NonFiniteError: naming the figure, its value and the step.
    """
    for name, value in figures.items():
        if value is not None and not math.isfinite(value):
            raise NonFiniteError(f"{name} became {value} at step {step}: training stopped")
