"""Lines, ranges and marks as geometry for inline SVG: numbers in, paths and tick texts out. Knows no run and no markup.

Inline SVG instead of Plotly: a report of some hundred kilobytes instead of 5 MB, and no script in it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from market.decimation import rows_to_draw
from market.episode import Column
from training.wording import MINUS

MAX_POINTS = 800  # more than a line can show in any size
MAX_MARKS = 2_000
RING = 3  # radius of a point that has no neighbour
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Size:
    """Pixels of a drawing as it is meant to be seen: made smaller, its texts could not be read."""

    name: str
    width: float
    height: float
    x_ticks: int
    y_ticks: int = 5
    left: float = 64.0
    right: float = 12.0
    top: float = 16.0  # room for what a moment is called, which no curve may cross
    bottom: float = 32.0

    @property
    def x_end(self) -> float:
        return self.width - self.right

    @property
    def y_end(self) -> float:
        return self.height - self.bottom


WIDE = Size("wide", 760.0, 260.0, x_ticks=7)
NARROW = Size("narrow", 360.0, 200.0, x_ticks=4)


@dataclass(frozen=True)
class Line:
    """`kind` names its look: "own", "forced", "held", "reference" or "price"."""

    label: str
    kind: str
    x: Column
    y: Column  # NaN where it has a gap


@dataclass(frozen=True)
class Marks:
    """Points with a shape: "buy" points up, "sell" points down."""

    label: str
    kind: str
    x: Column
    y: Column


@dataclass(frozen=True)
class Figure:
    """What is to be drawn; `spread` are half-widths around the first line, `moments` upright lines with a text."""

    title: str
    unit: str
    x_title: str
    lines: Sequence[Line]
    marks: Sequence[Marks] = ()
    spread: Column | None = None
    moments: Sequence[tuple[float, str]] = ()
    x_is_time: bool = False  # milliseconds since 1970 UTC
    y_counts: bool = False  # whole numbers only
    y_is_log: bool = False  # no value at or below 0
    note: str = ""


@dataclass(frozen=True)
class Path:
    label: str
    kind: str
    d: str


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """A figure in coordinates of its size."""

    size: Size
    paths: list[Path] = field(default_factory=list)
    x_ticks: list[Tick] = field(default_factory=list)
    y_ticks: list[Tick] = field(default_factory=list)
    moments: list[Tick] = field(default_factory=list)


@dataclass(frozen=True)
class Chart:
    """A figure and its drawings, one for each size in which it is shown."""

    figure: Figure
    drawings: list[Drawing]

    @property
    def is_empty(self) -> bool:
        return not any(drawing.paths for drawing in self.drawings)


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: Column) -> Column:
        scaled: Column = self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)
        return scaled

    def at(self, value: float) -> float:
        return round(float(self(np.array(value))), 1)


def draw(figure: Figure, *sizes: Size) -> Chart:
    return Chart(figure, [drawn(figure, size) for size in sizes])


def drawn(figure: Figure, size: Size) -> Drawing:
    """Raises nothing: a figure without a single point is empty."""
    if figure.y_is_log:
        figure = replace(figure, lines=[replace(line, y=np.log10(line.y)) for line in figure.lines])
    everything: list[Line | Marks] = [*figure.lines, *figure.marks]
    x_range = _range(part.x for part in everything)
    y_range = _range([*(part.y for part in everything), *_spread_edges(figure)])
    if x_range is None or y_range is None:
        return Drawing(size)
    x = _Scale(*x_range, size.left, size.x_end)
    y = _Scale(*_padded(*y_range), size.y_end, size.top)
    spread = [] if figure.spread is None else [_spread_path(figure.lines[0], figure.spread, x, y)]
    lines = [Path(line.label, line.kind, _line_path(line, x, y)) for line in figure.lines]
    marks = [Path(mark.label, mark.kind, _mark_path(mark, x, y)) for mark in figure.marks]
    x_texts = _time_ticks(x, size.x_ticks) if figure.x_is_time else _number_ticks(x, size.x_ticks, is_whole=True)
    moments = [Tick(x.at(place), text) for place, text in figure.moments if x.low <= place <= x.high]
    paths = [path for path in (*spread, *lines, *marks) if path.d]
    y_texts = (
        _power_ticks(y, size.y_ticks) if figure.y_is_log else _number_ticks(y, size.y_ticks, is_whole=figure.y_counts)
    )
    return Drawing(size, paths, x_texts, y_texts, moments)


def _range(columns: Iterable[Column]) -> tuple[float, float] | None:
    finite = [column[np.isfinite(column)] for column in columns]
    known = np.concatenate(finite) if finite else np.array([])
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())
    return (low, high) if low < high else (low - 1.0, high + 1.0)


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = 0.05 * (high - low)
    return low - margin, high + margin


def _spread_edges(figure: Figure) -> list[Column]:
    return [] if figure.spread is None else [figure.lines[0].y - figure.spread, figure.lines[0].y + figure.spread]


def _line_path(line: Line, x: _Scale, y: _Scale) -> str:
    """A gap ends a stroke; a point alone between two gaps becomes a small ring."""
    rows = rows_to_draw(line.y, MAX_POINTS)
    strokes: list[list[str]] = [[]]
    for place, value in zip(x(line.x[rows]), y(line.y[rows]), strict=True):
        if math.isfinite(value):
            strokes[-1].append(f"{place:.1f} {value:.1f}")
        elif strokes[-1]:
            strokes.append([])
    return "".join(f"M{'L'.join(stroke)}" if len(stroke) > 1 else _ring(*stroke) for stroke in strokes if stroke)


def _ring(place: str) -> str:
    return f"M{place}m-{RING} 0a{RING} {RING} 0 1 0 {2 * RING} 0a{RING} {RING} 0 1 0 -{2 * RING} 0"


def _spread_path(line: Line, spread: Column, x: _Scale, y: _Scale) -> Path:
    rows = rows_to_draw(line.y, MAX_POINTS)
    bars = zip(x(line.x[rows]), y(line.y[rows] - spread[rows]), y(line.y[rows] + spread[rows]), strict=True)
    known = [(place, low, high) for place, low, high in bars if math.isfinite(low)]
    return Path("± standard error", "spread", "".join(f"M{at:.1f} {low:.1f}V{high:.1f}" for at, low, high in known))


def _mark_path(marks: Marks, x: _Scale, y: _Scale) -> str:
    """Triangles, the tip at the point."""
    leg = {"buy": "l-4 8h8z", "sell": "l-4-8h8z"}[marks.kind]
    places = zip(x(marks.x[-MAX_MARKS:]), y(marks.y[-MAX_MARKS:]), strict=True)
    return "".join(f"M{place:.1f} {value:.1f}{leg}" for place, value in places)


def _number_ticks(scale: _Scale, count: int, *, is_whole: bool = False) -> list[Tick]:
    """At round numbers: 1, 2, 2.5 or 5 times a power of ten apart."""
    rough = (scale.high - scale.low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in _STEPS if power * factor >= rough * 0.999)
    step = max(1.0, math.ceil(step)) if is_whole else step
    first = math.ceil(scale.low / step - 1e-9)
    numbers = [index * step for index in range(first, math.floor(scale.high / step + 1e-9) + 1)]
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if step / power == 2.5 and step < 10 else 0)
    texts = [f"{number + 0.0:,.{min(digits, 8)}f}".replace("-", MINUS) for number in numbers]
    return [Tick(scale.at(number), text) for number, text in zip(numbers, texts, strict=True)]


def _power_ticks(scale: _Scale, count: int) -> list[Tick]:
    """Of a logarithmic scale: at powers of ten, and at 2 and 5 or at 3 times these where there is room."""
    step = max(1, math.ceil((scale.high - scale.low) / count))
    powers = range(math.floor(scale.low / step) * step, math.ceil(scale.high) + 1, step)
    choices = (
        [
            place
            for power in powers
            for digit in digits
            if scale.low <= (place := power + math.log10(digit)) <= scale.high
        ]
        for digits in ((1, 2, 5), (1, 3), (1,))
    )
    places = next((choice for choice in choices if len(choice) <= count), [])
    return [Tick(scale.at(place), f"{10.0**place:,.{max(0, -math.floor(place))}f}") for place in places]


def _time_ticks(scale: _Scale, count: int) -> list[Tick]:
    has_hours = scale.high - scale.low < 4 * 86_400_000
    places = np.linspace(scale.low, scale.high, count - 1 - has_hours)  # longer than numbers
    texts = np.datetime_as_string(places.astype("datetime64[ms]"), unit="m" if has_hours else "D")
    return [Tick(scale.at(place), str(text).replace("T", " ")) for place, text in zip(places, texts, strict=True)]
