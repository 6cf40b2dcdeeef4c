"""How each metric reads in a report: one precision for each, the page's own (`static/js/metrics.js`). Knows no run."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from web.report.words import number, signed

Reading = Callable[[Any], str]

_DIGITS = 4  # significant ones of a column's largest value
_MOST_DECIMALS = 8


def metric_text(name: str, unit: str, value: float | None) -> str:
    """The figure without its unit; a percentage shows its sign."""
    return (_READINGS.get(name) or (signed if unit == "%" else partial(number, decimals=3)))(value)


def decimals_for(values: Sequence[float], least: int = 0) -> int:
    """Decimals that show four digits of the largest value: one precision for all of a column."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    wanted = _DIGITS - 1 - math.floor(math.log10(largest)) if largest > 0.0 else 0
    return min(max(wanted, least), _MOST_DECIMALS)


def _probability(value: float | None) -> str:
    """Nothing is certain: never 0.00 or 1.00."""
    if value is not None and value > 0.99:
        return "> 0.99"
    return "< 0.01" if value is not None and value < 0.01 else number(value, 2)


_READINGS: dict[str, Reading] = {
    "reward": signed,
    "sharpe": signed,
    "trades": number,
    "action_std": partial(number, decimals=3),
    "final_equity": number,
    "costs": number,
    "sharpe_standard_error": partial(number, decimals=2),
    "sortino": signed,
    "calmar": signed,
    "turnover": partial(number, decimals=1),
    "exposure": partial(number, decimals=2),
    "probabilistic_sharpe": _probability,
    "deflated_sharpe": _probability,
}
