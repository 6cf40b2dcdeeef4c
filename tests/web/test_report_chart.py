"""The report's curves as geometry: places worked out by hand."""

import re

import numpy as np
import pytest

from training.wording import MINUS
from web.report.chart import MAX_MARKS, MAX_POINTS, NARROW, WIDE, Drawing, Figure, Line, Marks, draw, drawn
from web.report.readings import decimals_for, metric_text
from web.report.words import bar_time, counted, number, p_value, signed

NAN = np.nan


def line(x: list[float], y: list[float]) -> Line:
    return Line("a", "own", np.array(x), np.array(y))


def figure(*lines: Line, **more: object) -> Figure:
    return Figure("title", "unit", "x", lines, **more)  # type: ignore[arg-type]  # each test gives what it needs


def wide(figure: Figure) -> Drawing:
    return drawn(figure, WIDE)


def said(text: str) -> str:
    """With a plain minus sign, which is easier to tell apart in a test."""
    assert not text.startswith("-")
    return text.replace(MINUS, "-")


def places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def test_a_line_goes_from_edge_to_edge_with_a_margin_above_and_below() -> None:
    [path] = wide(figure(line([0, 5, 10], [0, 10, 20]))).paths

    height = WIDE.y_end - WIDE.top
    low, high = WIDE.y_end - height / 22, WIDE.top + height / 22  # 5 % of 20 on either side of 20
    middle = (WIDE.left + WIDE.x_end) / 2, (low + high) / 2
    expected = [WIDE.left, low, *middle, WIDE.x_end, high]
    assert np.ravel(places(path.d)).tolist() == pytest.approx(expected, abs=0.06)


def test_a_gap_interrupts_the_line_and_a_lone_point_stays_visible() -> None:
    [path] = wide(figure(line([0, 1, 2, 3, 4, 5], [1, 2, NAN, 3, NAN, 4]))).paths

    strokes = path.d.split("M")[1:]
    assert [stroke.count("L") for stroke in strokes] == [1, 0, 0]
    assert [stroke.count("a") for stroke in strokes] == [0, 2, 2], "two half circles each"


def test_a_logarithmic_axis_gives_each_doubling_the_same_height() -> None:
    drawing = wide(figure(line([0, 1, 2, 3], [1e5, 2e5, 4e5, 1.6e6]), y_is_log=True))

    heights = [y for _, y in places(drawing.paths[0].d)]
    first, second, last = np.diff(heights)
    assert (first, last) == pytest.approx((second, 2 * second), abs=0.2)
    assert [tick.text for tick in drawing.y_ticks] == ["100,000", "200,000", "500,000", "1,000,000"]
    assert drawing.y_ticks[1].at == pytest.approx(heights[1], abs=0.1)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (1e5, 1.2e7, ["100,000", "300,000", "1,000,000", "3,000,000", "10,000,000"]),
        (1.0, 1e12, ["1", "1,000", "1,000,000", "1,000,000,000", "1,000,000,000,000"]),
        (0.01, 0.5, ["0.01", "0.03", "0.1", "0.3"]),
    ],
)
def test_a_logarithmic_axis_has_few_round_marks(low: float, high: float, texts: list[str]) -> None:
    drawing = wide(figure(line([0, 1], [low, high]), y_is_log=True))

    assert [tick.text for tick in drawing.y_ticks] == texts


def test_a_long_line_keeps_its_spike() -> None:
    values = np.zeros(50_000)
    values[31_234] = 1.0

    [path] = wide(figure(Line("a", "own", np.arange(50_000.0), values))).paths

    assert len(places(path.d)) <= MAX_POINTS
    assert min(y for _, y in places(path.d)) < WIDE.height / 4


@pytest.mark.parametrize("y", [[], [NAN, NAN]])
def test_nothing_known_is_an_empty_drawing(y: list[float]) -> None:
    assert draw(figure(line([float(i) for i in range(len(y))], y)), WIDE, NARROW).is_empty


def test_one_point_and_a_constant_have_a_range_too() -> None:
    for drawing in (wide(figure(line([3.0], [7.0]))), wide(figure(line([1, 2, 3], [5, 5, 5])))):
        assert all(0 <= x <= WIDE.width and 0 <= y <= WIDE.height for x, y in places(drawing.paths[0].d))


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 20, ["0", "5", "10", "15", "20"]),
        (-1, 1, ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
        (0, 1.01, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (100_000, 160_000, ["100,000", "120,000", "140,000", "160,000"]),
        (0.001, 0.003, ["0.0010", "0.0015", "0.0020", "0.0025", "0.0030"]),
    ],
)
def test_ticks_stand_at_round_numbers(low: float, high: float, texts: list[str]) -> None:
    assert [said(tick.text) for tick in wide(figure(line([0, 1], [low, high]))).y_ticks] == texts


def test_counts_have_whole_ticks() -> None:
    assert [tick.text for tick in wide(figure(line([0, 1], [0, 2]), y_counts=True)).y_ticks] == ["0", "1", "2"]


def test_times_are_told_in_days() -> None:
    day = 86_400_000.0
    ticks = drawn(figure(line([0, 30 * day], [1, 2]), x_is_time=True), NARROW).x_ticks

    assert [tick.text for tick in ticks] == ["1970-01-01", "1970-01-16", "1970-01-31"]


def test_trades_are_triangles_up_and_down_and_not_too_many() -> None:
    many = np.arange(MAX_MARKS + 10.0)
    marks = [Marks("Buy", "buy", many, many), Marks("Sell", "sell", np.array([1.0]), np.array([1.0]))]

    _, buy, sell = wide(figure(line([0, 1], [0, 1]), marks=marks)).paths

    assert buy.d.count("l-4 8h8z") == MAX_MARKS
    assert sell.d.count("l-4-8h8z") == 1


def test_uncertainty_is_drawn_around_the_line_and_makes_room_for_itself() -> None:
    drawing = wide(figure(line([0, 1, 2], [0, 1, NAN]), spread=np.array([2.0, 1.0, NAN])))

    assert drawing.paths[0].d.count("M") == 2
    assert [said(tick.text) for tick in drawing.y_ticks] == ["-2", "-1", "0", "1", "2"]


def test_a_moment_outside_is_not_shown() -> None:
    drawing = wide(figure(line([1, 9], [0, 1]), moments=[(5.0, "gate opens"), (20.0, "later")]))

    assert [(moment.text, moment.at) for moment in drawing.moments] == [("gate opens", (WIDE.left + WIDE.x_end) / 2)]


def test_a_figure_is_drawn_for_each_size_with_fewer_ticks_on_a_small_one() -> None:
    day = 86_400_000.0
    both = draw(figure(line([0, 30 * day], [0, 1]), x_is_time=True), WIDE, NARROW)

    assert [len(drawing.x_ticks) for drawing in both.drawings] == [6, 3]
    for drawing in both.drawings:
        assert places(drawing.paths[0].d)[-1][0] == drawing.size.x_end
    hours = drawn(figure(line([0, day], [0, 1]), x_is_time=True), NARROW)
    assert len(hours.x_ticks) == 2  # they are longer


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 0, "–"),  # noqa: RUF001  # the dash for what is undefined
        (NAN, 2, "–"),  # noqa: RUF001
        (0, 0, "0"),
        (-1234567, 0, "-1,234,567"),
        (1234.5678, 0, "1,235"),
        (1422.0, 2, "1,422.00"),
        (-0.001, 2, "0.00"),
        (-0.012345, 4, "-0.0123"),
    ],
)
def test_figures_have_fixed_decimals(value: float | None, decimals: int, text: str) -> None:
    assert said(number(value, decimals)) == text


@pytest.mark.parametrize(
    ("name", "unit", "value", "text"),
    [
        ("sharpe", "annualised", -0.467, "-0.47"),
        ("sharpe", "annualised", None, "–"),  # noqa: RUF001
        ("return_pct", "%", 1.234, "+1.23"),
        ("final_equity", "currency", 123_456.7, "123,457"),
        ("deflated_sharpe", "probability", 5.91e-11, "< 0.01"),
        ("deflated_sharpe", "probability", 0.9999, "> 0.99"),
        ("deflated_sharpe", "probability", None, "–"),  # noqa: RUF001
        ("turnover", "of equity", 12.34, "12.3"),
    ],
)
def test_metrics_read_as_on_the_page(name: str, unit: str, value: float | None, text: str) -> None:
    assert said(metric_text(name, unit, value)) == text


def test_a_column_has_one_precision() -> None:
    assert decimals_for([0.715294, 66.1]) == 2
    assert decimals_for([1_469.86, 9.0], least=2) == 2
    assert decimals_for([1.08345], least=2) == 3
    assert decimals_for([]) == decimals_for([0.0]) == 0


def test_words_for_the_rest() -> None:
    assert (signed(0.5), said(signed(-0.5)), signed(0.001)) == ("+0.50", "-0.50", "0.00")
    assert (p_value(0.0004), p_value(0.0449)) == ("p < 0.001", "p = 0.045")
    assert [counted(count, "episode") for count in (0, 1, 1_200)] == ["0 episodes", "1 episode", "1,200 episodes"]
    assert (bar_time(0), bar_time(5_400_000)) == ("1970-01-01", "1970-01-01 01:30")
