"""Figures as a reader wants them: fixed decimals, a real minus sign, a dash for what is undefined. Knows no run."""

import math
from datetime import UTC, datetime

from training.wording import MINUS

NOTHING = "–"  # noqa: RUF001  # the dash that the page shows for undefined figures


def number(value: float | None, decimals: int = 0) -> str:
    """With a fixed number of decimals and grouped thousands; what rounds to 0 has no sign."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "" if not text.strip("-0.,") else MINUS)


def signed(value: float | None, decimals: int = 2) -> str:
    text = number(value, decimals)
    return f"+{text}" if value is not None and value > 0.0 and text.strip("0.,") else text


def counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def p_value(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def moment(time: datetime | None) -> str:
    return NOTHING if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"


def duration(span_s: float) -> str:
    """As the page writes it."""
    seconds = max(0, math.floor(span_s + 0.5))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} min {seconds % 60:02} s"
    minutes = (seconds + 30) // 60
    if minutes < 1_440:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes // 1_440} d {minutes % 1_440 // 60} h"


def bar_time(time_ms: int) -> str:
    """The day, and the minute where there is one."""
    time = datetime.fromtimestamp(time_ms / 1_000, UTC)
    return f"{time:%Y-%m-%d}" if time.hour == time.minute == 0 else f"{time:%Y-%m-%d %H:%M}"
