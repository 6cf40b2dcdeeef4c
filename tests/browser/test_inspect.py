"""A person looks closely at a run that has ended: bar by bar, and at two episodes side by side."""

import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Server
from tests.browser.dashboard import PATIENCE_MS, save_images, scrolls_sideways, wait_for_charts_to_fit
from tests.browser.recorded import record_runs

pytestmark = pytest.mark.browser


MANY_EPISODES = 520
MANY: dict[str, object] = {
    "episode_bars": 5,
    "total_steps": 5 * MANY_EPISODES,
    "no_trading_warmup_steps": 5 * MANY_EPISODES,
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, str]:
    """The newest run has several episodes, and the other one more than a page loads when it opens."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    long, _ = record_runs(data_dir, MANY, {"synthetic_bars": 900})
    return Server(data_dir), long


@pytest.fixture(scope="module")
def server(recorded: tuple[Server, str]) -> Iterator[Server]:
    server, _ = recorded
    server.start()
    yield server
    server.end(signal.SIGINT)


def open_episode(page: Page, episode: int) -> None:
    page.get_by_role("button", name=f"Inspect episode {episode}", exact=True).click(timeout=PATIENCE_MS)
    expect(page.locator("#inspector-body")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_function("() => document.getElementById('inspector-plot').data?.length >= 8")


def price_trace(page: Page) -> dict[str, Any]:
    trace: dict[str, Any] = page.evaluate(
        """() => {
            const { type, x } = document.getElementById("inspector-plot").data.find(({ name }) => name === "price");
            return { type, candles: x.length };
        }"""
    )
    return trace


def test_a_zoom_asks_for_finer_candles_and_a_double_click_for_all(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    expect(page.locator("#candles-note")).to_contain_text("2 bars")
    whole = price_trace(page)
    assert whole["type"] == "candlestick"

    box = page.locator("#inspector-plot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 5, steps=4)
    page.mouse.up()
    expect(page.locator("#candles-note")).to_have_text("Each candle is one bar.")
    assert price_trace(page)["candles"] < whole["candles"]

    page.mouse.dblclick(x, y)
    expect(page.locator("#candles-note")).to_contain_text("2 bars")
    assert price_trace(page) == whole


def test_round_trips_add_up_to_the_change_of_equity(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)

    equity = page.evaluate(
        "() => document.getElementById('inspector-plot').data.find(({ name }) => name === 'equity').y"
    )
    total = page.locator("#trips-total").inner_text()
    assert int(page.locator("#trips-count").inner_text()) > 0
    net = float(total.split(" in all")[0].replace("\N{MINUS SIGN}", "-").replace(",", ""))
    assert net == pytest.approx(equity[-1] - equity[0], abs=0.01)
    actions = page.evaluate("() => document.getElementById('inspector-actions').data.flatMap(({ y }) => y)")
    assert sum(actions) == len(equity) - 1  # every step is in the histogram once

    page.keyboard.press("Escape")
    row = page.locator("#episodes-body tr").filter(has=page.get_by_role("button", name="Inspect episode 2", exact=True))
    row.locator("td").first.click()  # which takes no focus
    expect(page.locator("#inspector-title")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row.get_by_role("button")).to_be_focused()


def test_two_episodes_stand_side_by_side_on_one_scale(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    page.get_by_label("Beside episode").fill("3")
    page.get_by_label("Beside episode").press("Enter")

    expect(page.locator("#beside-pane")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#inspector-difference")).to_have_text(re.compile(r"differ in [\d.]+ % of the bars"))
    page.wait_for_function("() => document.getElementById('beside-plot').data?.length === 9")
    axes = "['xaxis', 'yaxis', 'yaxis4', 'yaxis5', 'yaxis6']"
    ranges = [
        page.evaluate(f"id => {axes}.map((axis) => document.getElementById(id).layout[axis].range)", f"{name}-plot")
        for name in ("inspector", "beside")
    ]
    assert ranges[0] == ranges[1]
    assert "beside=3" in page.url

    page.set_viewport_size({"width": 360, "height": 900})
    wait_for_charts_to_fit(page)
    assert not scrolls_sideways(page, "#inspector")
    page.get_by_label("Beside episode").fill("")
    page.get_by_label("Beside episode").press("Enter")
    expect(page.locator("#beside-pane")).to_be_hidden()
    assert "beside=" not in page.url


def test_each_chart_of_both_panes_is_saved_as_an_image_under_its_own_name(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    page.get_by_label("Beside episode").fill("3")
    page.get_by_label("Beside episode").press("Enter")
    page.wait_for_function("() => document.getElementById('beside-actions').data?.length === 2")

    for place, episode in (("inspector", 2), ("beside", 3)):
        figures = save_images(page, page.locator(f"#{place}-head"))
        actions = save_images(page, page.locator(f"#{place}-actions-head"))

        name = f"episode-{episode}-synthetic-seed-0"
        assert set(figures) == {f"{name}.png", f"{name}.svg"}
        assert set(actions) == {f"actions-{name}.png", f"actions-{name}.svg"}
        key = ("costs so far", "buy &amp; hold", "actions differ", f"Episode {episode} ·")
        assert all(text in figures[f"{name}.svg"] for text in key)
        assert "forced" in actions[f"actions-{name}.svg"]


def test_the_keyboard_leads_everywhere_but_never_while_typing(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_role("button", name="Inspect episode 2", exact=True)).to_be_visible(timeout=PATIENCE_MS)

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    expect(sheet.get_by_role("row", name="g then c Go to compare")).to_be_visible()
    page.keyboard.press("t")  # the sheet has no shortcuts of its own
    expect(page.locator("#theme-name")).to_have_text("system")
    page.keyboard.press("Escape")

    page.keyboard.press("s")
    find = page.get_by_role("searchbox", name="Find")
    expect(find).to_be_focused()
    page.keyboard.type("get?")
    expect(find).to_have_value("get?")
    expect(sheet).to_be_hidden()
    find.blur()

    page.keyboard.type("gr")
    page.keyboard.press("e")
    newest = page.locator("#inspector-title")
    expect(newest).to_be_visible()
    title = newest.inner_text()
    page.keyboard.press("p")
    expect(newest).not_to_have_text(title)
    page.keyboard.press("n")
    expect(newest).to_have_text(title)

    page.keyboard.press("?")
    page.get_by_label("Use these shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    page.keyboard.type("gc")
    expect(page.locator("[data-page=compare]")).to_be_hidden()


def test_every_episode_of_a_long_run_can_be_walked_to_and_listed(
    open_page: OpenPage, recorded: tuple[Server, str]
) -> None:
    page = open_page(fragment=f"run={recorded[1]}&episode=10")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator("#inspector-title")).to_contain_text("Episode 11")
    page.get_by_role("button", name="Close", exact=True).click()

    expect(page.locator("#episodes-count")).to_have_text(f"Newest 200 of {MANY_EPISODES} episodes.")
    page.get_by_role("button", name=f"Show {MANY_EPISODES - 200} more").click()

    expect(page.locator("#episodes-body tr")).to_have_count(MANY_EPISODES)
    expect(page.locator("#episodes-body tr th").last).to_have_text("1")
    expect(page.locator("#episodes-count")).to_be_empty()


def test_the_page_tells_what_the_server_takes_and_logs(open_page: OpenPage) -> None:
    page = open_page()

    expect(page.locator("#machine-memory")).to_have_text(re.compile(r"[\d.]+ [MG]B"), timeout=PATIENCE_MS)
    expect(page.locator("#machine-cpu")).to_have_text(re.compile(r"\d+ %"), timeout=PATIENCE_MS)
    page.locator("#log summary").click()
    expect(page.locator("#log-empty, #log-lines li").first).to_be_visible()
