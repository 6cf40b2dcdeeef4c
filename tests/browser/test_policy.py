"""The content security policy in a real browser: charts are drawn, exported and inspected without one violation."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.dashboard import start_run, wait_for_episodes

pytestmark = pytest.mark.browser

REPORTED = """() => new Promise((resolve) => {
    const reported = [];
    document.addEventListener("securitypolicyviolation", (event) => reported.push(event.violatedDirective));
    const style = document.createElement("style");
    style.textContent = "body { color: red }";
    document.head.append(style);
    const image = new Image();
    image.onerror = () => setTimeout(() => resolve(reported));
    image.src = "http://127.0.0.1:9/x.png";
})"""
TRACKED = """() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
}"""


def test_drawing_hovering_zooming_and_exporting_violates_nothing(page: Page) -> None:
    page.evaluate(TRACKED)
    start_run(page)
    wait_for_episodes(page, 3)
    plot = page.locator("[data-metric=reward] .plot")
    plot.hover()
    plot.dblclick(position={"x": 56, "y": 40})  # left of the first point: a click on one opens its episode
    page.locator("#episodes-body button").first.press("Enter")
    expect(page.locator("#inspector-plot .main-svg").first).to_be_visible()
    page.locator("#inspector-plot").hover()

    svg, png = (
        page.evaluate("format => Plotly.toImage(document.querySelector('#inspector-plot'), { format })", image_format)
        for image_format in ("svg", "png")
    )

    assert svg.startswith("data:image/svg+xml")
    assert png.startswith("data:image/png;base64,")
    assert len(png) > 5_000
    assert page.evaluate("() => window.violations") == []


def test_an_injected_style_and_a_foreign_image_are_blocked(page: Page, watch: Watch) -> None:
    watch.forgiven += ["Content Security Policy", "off our origin"]

    assert sorted(page.evaluate(REPORTED)) == ["img-src", "style-src-elem"]
    assert page.evaluate("() => getComputedStyle(document.body).color") != "rgb(255, 0, 0)"


def test_no_script_of_a_text_is_run(page: Page, watch: Watch) -> None:
    watch.forgiven += ["Content Security Policy", "status of 404"]

    is_run = page.evaluate("""() => new Promise((resolve) => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src='/static/none.png' onerror='window.hacked = 1'>");
        const image = document.body.lastElementChild;
        image.addEventListener("error", () => setTimeout(() => resolve("hacked" in window)));
    })""")

    assert not is_run
