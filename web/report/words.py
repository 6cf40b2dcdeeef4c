"""Figures as a reader wants them: few digits, a real minus sign, a dash for what is undefined. Knows no run."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from training.wording import MINUS

NOTHING = "–"  # noqa: RUF001  # the dash that the page shows for undefined figures


def number(value: Any, digits: int = 3) -> str:
    """A whole number whole, another one with so many significant digits."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, int):
        return f"{value:,}".replace("-", MINUS)
    size = abs(value)
    if size != 0 and (size < 1e-3 or size >= 1e9):
        return f"{value:.{digits - 1}e}".replace("-", MINUS)
    places = max(0, digits - 1 - (math.floor(math.log10(size)) if size else 0))
    text = f"{value:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)


def signed(value: float) -> str:
    return number(value) if value < 0 else f"+{number(value)}"


def counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def p_value(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def moment(time: datetime | None) -> str:
    return NOTHING if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"


def duration(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    parts = ((seconds // 3_600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def bar_time(time_ms: int) -> str:
    """The day, and the minute where there is one."""
    time = datetime.fromtimestamp(time_ms / 1_000, UTC)
    return f"{time:%Y-%m-%d}" if time.hour == time.minute == 0 else f"{time:%Y-%m-%d %H:%M}"
