"""What is pressed stays where it is, however fast episodes end above it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import start_run, wait_for_episodes

pytestmark = pytest.mark.browser

UNDER_THE_POINTER = (
    """([x, y]) => Number(document.elementFromPoint(x, y).closest("tr").querySelector("button").textContent)"""
)
HAS_ENDED = """async (episode) => {
    const [newest] = (await (await fetch("/api/runs")).json()).runs;
    return newest.episodes >= episode;
}"""
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
