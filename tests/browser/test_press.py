"""What is pressed stays where it is, however fast episodes end above it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import press, start_run, wait_for_episodes

pytestmark = pytest.mark.browser

UNDER_THE_POINTER = (
    """([x, y]) => Number(document.elementFromPoint(x, y).closest("tr").querySelector("button").textContent)"""
)
HAS_ENDED = """async (episode) => {
    const [newest] = (await (await fetch("/api/runs")).json()).runs;
    return newest.episodes >= episode;
}"""
IS_SMOOTHED = (
    """() => document.querySelector("[data-metric=reward] .plot").data[0].opacity < 1"""  # the raw line is faint
)
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_row_that_is_pressed_opens_its_own_episode_though_others_end_meanwhile(page: Page) -> None:
    start_run(page, evaluate_every_episodes=100_000)
    wait_for_episodes(page, 4)
    page.locator("#episodes-scroll").scroll_into_view_if_needed()
    row = page.locator("#episodes-body tr").nth(2).bounding_box()
    assert row is not None
    place = [row["x"] + row["width"] / 2, row["y"] + row["height"] / 2]

    page.mouse.move(*place)
    page.mouse.down()
    pressed = page.evaluate(UNDER_THE_POINTER, place)
    page.wait_for_function(HAS_ENDED, arg=pressed + 5, polling=100)
    page.evaluate(TWO_FRAMES)
    assert page.evaluate(UNDER_THE_POINTER, place) == pressed
    page.mouse.up()

    expect(page.get_by_role("dialog", name=re.compile(rf"^Episode {pressed}\b"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=f"Inspect episode {pressed + 5}", exact=True)).to_be_visible()


def test_curves_are_smoothed_while_the_slider_is_still_dragged(page: Page) -> None:
    start_run(page, evaluate_every_episodes=100_000)
    wait_for_episodes(page, 3)
    press(page, "Pause", "paused")
    slider = page.locator("[data-page=run] [data-view=smoothing]")
    page.locator("[data-metric=reward] .plot").scroll_into_view_if_needed()
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    assert not page.evaluate(IS_SMOOTHED)

    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function(IS_SMOOTHED)
    page.mouse.up()
