"""What a person does on the dashboard and reads from it, in one place for all browser tests."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS = 120_000  # evaluation ends a run, and its first one imports for seconds
IMAGE_BEGINNINGS = {"PNG": b"\x89PNG", "SVG": b"<svg"}
METRICS = ("reward", "sharpe", "trades", "alpha", "action_std")

POINTS = """metric => {
    const trace = document.querySelector(`[data-metric=${metric}] .plot`).data?.[0] ?? { x: [], y: [] };
    return trace.x.map((x, index) => [x, trace.y[index]]);
}"""

# a market of a few hundred training bars, a gate inside episode 2, and more steps than a test waits for
SMALL = {
    "dataset": "synthetic",
    "synthetic_bars": 600,
    "no_trading_warmup_steps": 500,
    "total_steps": 500_000,
    "updates_per_step": 1,
    "hidden_units": 16,
    "batch_size": 16,
}


# What a run may be when one first looks at it: a short one is over by then
BEGUN = re.compile("running|evaluating|finished")


def start_run(page: Page, *, until: str | re.Pattern[str] = BEGUN, **settings: object) -> None:
    """Sets the form, starts the run and waits for the status."""
    fill_settings(page, SMALL | settings)
    press_start(page)
    expect(page.locator("#run-status")).to_have_text(until, timeout=PATIENCE_MS)


def press_start(page: Page) -> None:
    """By key, since bars that come in may move the button; until the page has gone where the answer leads.

    Events of the run may come long before the answer, and what one does in between is undone by it.
    """
    start = page.get_by_role("button", name="Start run", exact=True)
    expect(start).to_be_enabled()
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/runs")) as begun:
        start.press("Enter")
    expect(page.locator("#run-meta")).to_contain_text(begun.value.json()["run_id"])
    expect(start).not_to_have_attribute("aria-busy", "true")


def fill_settings(page: Page, settings: dict[str, object]) -> None:
    """By key: a page that still loads moves what lies below."""
    expect(page.get_by_label("Total steps")).to_be_visible(timeout=PATIENCE_MS)
    for section in page.locator("#form-sections details").all():
        if section.get_attribute("open") is None:
            section.locator("summary").press("Enter")
    page.get_by_role("button", name="Reset to defaults").dispatch_event("click")
    for name, value in settings.items():
        set_field(page.locator(f"#parameter-{name}"), value)


def set_field(control: Locator, value: object) -> None:
    if isinstance(value, bool):
        if control.is_checked() != value:
            control.press("Space")
    elif control.evaluate("node => node.tagName") == "SELECT":
        control.select_option(str(value))
    else:
        control.fill(str(value))


def wait_for_episodes(page: Page, count: int) -> None:
    """Waits until the table and the reward chart have at least `count` episodes."""
    page.wait_for_function(
        """count => {
            const plot = document.querySelector("[data-metric=reward] .plot");
            const rows = document.querySelectorAll("#episodes-body tr").length;
            return rows >= count && (plot?.data?.[0].y.length ?? 0) >= count;
        }""",
        arg=count,
    )


def press(page: Page, name: str, status: str) -> None:
    """Presses one of the run's buttons and waits for the status that must follow."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#run-status")).to_have_text(status, timeout=PATIENCE_MS)


# The middle of a point once it has stayed for longer than the charts' rhythm: points are replaced by every drawing.
STANDING_POINT = """([plot, index]) => {
    const point = document.querySelectorAll(`${plot} .point`)[index];
    if (point === undefined) return null;
    const { x, y, width, height } = point.getBoundingClientRect();
    const now = performance.now();
    const seen = window.seenPoint;
    if (seen?.point !== point || seen.x !== x || seen.y !== y) window.seenPoint = { point, x, y, since: now };
    return now - window.seenPoint.since > 600 ? [x + width / 2, y + height / 2] : null;
}"""


def click_point(page: Page, plot: str, index: int) -> None:
    """The point of that index in a chart that is not drawn again and again, counted from 0."""
    page.locator(plot).scroll_into_view_if_needed()
    x, y = page.wait_for_function(STANDING_POINT, arg=[plot, index]).json_value()
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def chart_points(page: Page) -> dict[str, list[list[Any]]]:
    """Each chart's points as [x, y] pairs, read from the figure itself once it shows as many as the reward's."""
    count = page.evaluate(f"({POINTS})('reward').length")
    return {metric: _points_in_sight(page, metric, count) for metric in METRICS}


def _points_in_sight(page: Page, metric: str, count: int) -> list[list[Any]]:
    """A chart is drawn only in sight, and after those above it."""
    page.locator(f"[data-metric={metric}] .plot").scroll_into_view_if_needed()
    page.wait_for_function(f"([metric, count]) => ({POINTS})(metric).length >= count", arg=[metric, count])
    points: list[list[Any]] = page.evaluate(POINTS, metric)
    return points


def table_rows(page: Page) -> list[list[str]]:
    """The episode table's texts, oldest episode first."""
    rows: list[list[str]] = page.evaluate(
        "() => [...document.querySelectorAll('#episodes-body tr')].map(row => [...row.cells].map(c => c.textContent))"
    )
    return rows[::-1]


def scrolls_sideways(page: Page, selector: str = "html") -> bool:
    wider: bool = page.locator(selector).evaluate("node => node.scrollWidth > node.clientWidth")
    return wider


def wait_for_charts_to_fit(page: Page) -> None:
    """Waits until every drawn figure is as wide as its container, but for those that are skipped out of sight."""
    page.wait_for_function(
        """() => [...document.querySelectorAll(".js-plotly-plot")].every((plot) => {
            const svg = plot.querySelector(".main-svg");
            const { top, bottom } = plot.getBoundingClientRect();
            const isSkipped = !plot.checkVisibility({ contentVisibilityAuto: true }) || bottom < 0 || top > innerHeight;
            return isSkipped || Math.abs(svg.clientWidth - plot.clientWidth) <= 1;
        })"""
    )


def wait_for_validation(page: Page, count: int) -> None:
    """Scrolls to the validation chart, as it is drawn only in sight; waits for all its points, at least `count`."""
    chart = page.locator("#validation-plot")
    expect(chart).to_be_visible()
    chart.scroll_into_view_if_needed()
    page.wait_for_function(
        """count => {
            const plot = document.getElementById("validation-plot");
            const drawn = plot.data?.[0].y ?? [];
            const known = drawn.filter((value) => value !== null).length;
            return drawn.length >= count && plot.ariaLabel.startsWith(`Validation Sharpe: ${known} point`);
        }""",
        arg=count,
    )


def validation_points(page: Page) -> list[list[Any]]:
    """The validation chart's points as [episode, Sharpe, standard error, evaluation]."""
    points: list[list[Any]] = page.evaluate(
        """() => {
            const { x, y, error_y: error, customdata } = document.getElementById("validation-plot").data[0];
            return x.map((episode, index) => [episode, y[index], error.array[index], customdata[index]]);
        }"""
    )
    return points


def save_images(page: Page, part: Locator) -> dict[str, str]:
    """Takes the chart in this part of the page away in each format; the files' names, with the text of the SVG."""
    texts = {}
    for choice, beginning in IMAGE_BEGINNINGS.items():
        part.get_by_text("Save", exact=True).click()
        with page.expect_download() as download:
            part.get_by_role("button", name=choice).click()
        content = Path(download.value.path()).read_bytes()
        assert content.startswith(beginning)
        texts[download.value.suggested_filename] = content.decode() if choice == "SVG" else ""
    return texts
