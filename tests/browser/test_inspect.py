"""A person looks closely at a run that has ended: bar by bar, and at two episodes side by side."""

import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage, Server, Watch
from tests.browser.dashboard import PATIENCE_MS, save_images, scrolls_sideways, wait_for_charts_to_fit
from tests.browser.recorded import record_runs

pytestmark = pytest.mark.browser


MANY_EPISODES = 520
MANY: dict[str, object] = {
    "seed": 1,
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


def bars_in_sight(page: Page) -> list[float]:
    sight: list[float] = page.evaluate("() => document.getElementById('inspector-plot').layout.xaxis.range")
    return sight


def test_a_zoom_asks_for_finer_candles_and_a_double_click_for_all(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    expect(page.locator("#candles-note")).to_contain_text("3 bars")
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
    expect(page.locator("#candles-note")).to_contain_text("3 bars")
    assert price_trace(page) == whole


def test_buttons_zoom_and_move_as_a_drag_does(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    whole = bars_in_sight(page)
    reset = page.locator("#inspector").get_by_role("button", name="Reset zoom")
    assert reset.get_attribute("aria-disabled") == "true"

    zoom_in = page.locator("#inspector").get_by_role("button", name="Zoom in")
    zoom_in.press("Enter")
    expect(page.locator("#candles-note")).to_contain_text("2 bars")
    middle = bars_in_sight(page)
    assert middle[1] - middle[0] == pytest.approx((whole[1] - whole[0]) / 2, abs=0.5)
    zoom_in.press("Enter")
    expect(page.locator("#candles-note")).to_have_text("Each candle is one bar.")
    for _ in range(3):
        page.locator("#inspector").get_by_role("button", name="Later").press("Enter")
    assert bars_in_sight(page)[1] == pytest.approx(whole[1], abs=0.5)

    reset.press("Enter")
    assert bars_in_sight(page) == pytest.approx(whole)
    expect(reset).to_be_focused()
    assert reset.get_attribute("aria-disabled") == "true"


def test_a_link_shows_the_bars_that_its_sender_saw_and_a_walk_shows_all(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    whole = bars_in_sight(page)
    page.locator("#inspector").get_by_role("button", name="Zoom in").press("Enter")
    page.locator("#inspector").get_by_role("button", name="Earlier").press("Enter")
    page.wait_for_function("() => /bars=/.test(location.hash)")
    seen = bars_in_sight(page)

    other = open_page(fragment=page.url.split("#")[1])
    other.wait_for_function("() => document.getElementById('inspector-plot').data?.length >= 8")
    expect(other.locator("#candles-note")).to_contain_text("2 bars")
    assert bars_in_sight(other) == seen
    other.get_by_role("button", name="Next", exact=True).click()
    expect(other.locator("#inspector-title")).to_contain_text("Episode 3")
    other.wait_for_function("() => !/bars=/.test(location.hash)")

    page.go_back()
    page.go_forward()
    page.wait_for_function(
        "seen => String(document.getElementById('inspector-plot').layout.xaxis.range) === String(seen)", arg=seen
    )
    page.locator("#inspector").get_by_role("button", name="Reset zoom").press("Enter")
    page.wait_for_function("() => !/bars=/.test(location.hash)")
    assert bars_in_sight(page) == pytest.approx(whole)


def test_an_answer_that_comes_between_closing_and_the_next_frame_is_dropped(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    page.evaluate(
        """() => {
            const ask = window.fetch;
            window.answers = 0;
            const released = new Promise((resolve) => (window.release = resolve));
            window.fetch = async (...request) => {
                const answer = await ask(...request);
                await released;
                window.answers += 1;
                return answer;
            };
        }"""
    )
    page.get_by_role("button", name="Next", exact=True).press("Enter")
    expect(page.locator("#inspector-body")).to_have_attribute("aria-busy", "true")

    page.evaluate(
        """() => {
            window.requestAnimationFrame = () => 1; // no frame comes any more
            document.getElementById("inspector-close").click();
            window.release();
        }"""
    )

    page.wait_for_function("() => window.answers >= 2", polling=20)
    page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 200))")
    assert "episode=" not in page.url  # and the page has thrown nothing


def test_the_tooltip_tells_of_the_trades_at_the_bar_it_names(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    told = page.evaluate(
        """() => {
            const plot = document.getElementById("inspector-plot");
            const { text } = plot.data.find(({ hovertemplate }) => hovertemplate);
            const days = plot.layout.xaxis.labelalias;
            return Object.fromEntries(text.map((own, row) => [days[row], own.match(/bought|sold/g) ?? []]));
        }"""
    )
    page.locator("#trades-more").click()
    trades = page.locator("#trades-body tr").evaluate_all(
        "rows => rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent])"
    )
    assert {day: names for day, names in told.items() if names} == {
        day: [{"buy": "bought", "sell": "sold"}[side]] for day, side in trades
    }

    page.locator("#inspector-plot").hover(position={"x": 400, "y": 100})
    tooltip = page.locator("#inspector-plot .hoverlayer .legend")
    expect(tooltip).to_be_visible()
    title = tooltip.locator(".legendtitletext").text_content()
    assert title in told  # a date, without a time of day
    text = tooltip.text_content() or ""
    assert re.findall("bought|sold", text) == told[title]
    assert re.search("drawdown : (\N{MINUS SIGN}[0-9.]+|0.00) %", text)


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
    page.wait_for_function("() => document.getElementById('beside-plot').data?.length === 10")
    axes = "['xaxis', 'yaxis', 'yaxis4', 'yaxis5', 'yaxis6']"
    ranges = [
        page.evaluate(f"id => {axes}.map((axis) => document.getElementById(id).layout[axis].range)", f"{name}-plot")
        for name in ("inspector", "beside")
    ]
    assert ranges[0] == ranges[1]
    assert "beside=3" in page.url
    for name in ("trips", "beside-trips", "trades", "beside-trades"):
        assert not scrolls_sideways(page, f"#{name}-scroll"), name

    page.set_viewport_size({"width": 360, "height": 900})
    wait_for_charts_to_fit(page)
    assert not scrolls_sideways(page, "#inspector")
    page.get_by_label("Beside episode").fill("")
    page.get_by_label("Beside episode").press("Enter")
    expect(page.locator("#beside-pane")).to_be_hidden()
    assert "beside=" not in page.url


def test_episodes_without_common_dates_are_compared_bar_by_bar(
    open_page: OpenPage, recorded: tuple[Server, str]
) -> None:
    page = open_page(fragment=f"run={recorded[1]}&episode=1")
    far = page.evaluate(
        """async runId => {
            const episode = async (number) => (await fetch(`/api/runs/${runId}/episodes/${number}`)).json();
            const timesOf = async (number) => (await episode(number)).series.time_ms;
            const own = new Set(await timesOf(1));
            let number = 2;
            while ((await timesOf(number)).some((time) => own.has(time))) number += 1;
            return number;
        }""",
        recorded[1],
    )
    page.get_by_label("Beside episode").fill(str(far))
    page.get_by_label("Beside episode").press("Enter")

    expect(page.locator("#inspector-difference")).to_contain_text("no dates in common")
    expect(page.locator("#inspector-difference")).to_contain_text("(0 of 5)")
    page.wait_for_function("() => document.getElementById('beside-plot').data?.length === 10")
    axes = [
        page.evaluate("id => document.getElementById(id).layout.xaxis", f"{name}-plot")
        for name in ("inspector", "beside")
    ]
    assert axes[0]["range"] == axes[1]["range"] == pytest.approx([-0.5, 5.5], abs=0.1)
    assert not set(axes[0]["labelalias"].values()) & set(axes[1]["labelalias"].values())


def test_another_episode_is_set_beside_step_by_step(open_page: OpenPage, recorded: tuple[Server, str]) -> None:
    page = open_page(fragment=f"run={recorded[1]}&episode=10")
    page.get_by_role("button", name="Set the one before beside").click()
    expect(page.locator("#beside-name")).to_have_text("Episode 9")
    page.get_by_role("button", name="Set the one after beside").click()
    expect(page.locator("#beside-name")).to_have_text("Episode 11")

    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator("#inspector-name")).to_have_text("Episode 12")
    expect(page.locator("#beside-name")).to_have_text("Episode 11")
    page.get_by_label("Beside episode").focus()
    assert page.locator("#beside-episodes option").count() == 200  # those that the page has loaded


def test_a_step_keeps_the_focus_and_how_far_down_one_is(open_page: OpenPage, recorded: tuple[Server, str]) -> None:
    page = open_page(fragment=f"run={recorded[1]}&episode={MANY_EPISODES - 3}")
    after = page.get_by_role("button", name="Set the one after beside")
    for beside in (MANY_EPISODES - 2, MANY_EPISODES - 1):
        expect(after).to_be_enabled()  # the run may come after the episode
        after.press("Enter")
        expect(page.locator("#beside-name")).to_have_text(f"Episode {beside}")
        expect(after).to_be_focused()

    page.evaluate("() => { document.getElementById('inspector').scrollTop = 60; }")
    page.keyboard.press("n")
    expect(page.locator("#inspector-name")).to_have_text(f"Episode {MANY_EPISODES - 2}")
    expect(after).to_be_focused()
    assert page.evaluate("document.getElementById('inspector').scrollTop") == 60

    following = page.get_by_role("button", name="Next", exact=True)
    following.press("Enter")
    expect(page.locator("#inspector-name")).to_have_text(f"Episode {MANY_EPISODES}")
    expect(following).to_have_attribute("aria-disabled", "true")
    expect(following).to_be_focused()


def test_an_unknown_episode_beside_leaves_the_opened_one_in_sight(
    open_page: OpenPage, recorded: tuple[Server, str], watch: Watch
) -> None:
    watch.forgiven.append("status of 404")
    page = open_page(fragment=f"run={recorded[1]}&episode=3&beside=9999")

    expect(page.locator("#inspector-body")).to_be_visible()
    expect(page.locator("#inspector-title")).to_contain_text("Episode 3")
    page_or_server = re.compile("no (finished )?episode 9999")  # as long as the run has not come, the server's
    expect(page.locator("#inspector-beside-error")).to_contain_text(page_or_server)
    expect(page.get_by_label("Beside episode")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#beside-pane")).to_be_hidden()


def test_the_charts_are_in_sight_when_the_inspector_opens(open_page: OpenPage) -> None:
    page = open_page()
    open_episode(page, 2)
    box = page.locator("#inspector-plot").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900

    page.set_viewport_size({"width": 360, "height": 740})
    wait_for_charts_to_fit(page)
    tops = page.locator("#inspector-summary dt").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().top)"
    )
    assert len(set(tops[:4])) == len(set(tops[4:])) == 1
    box = page.locator("#inspector-plot").bounding_box()
    assert box is not None
    assert box["y"] < 740 / 2


def test_words_fit_a_finger(browser: Browser, server: Server, watch: Watch) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    watch.follow(page)
    page.goto(server.url)
    open_episode(page, 2)

    expect(page.get_by_text("Tap a bar")).to_be_visible()
    expect(page.get_by_text("Drag to zoom")).to_be_hidden()
    whole = bars_in_sight(page)
    page.locator("#inspector-plot").tap(position={"x": 150, "y": 100})
    expect(page.locator("#inspector-plot .hoverlayer .legend")).to_be_visible()
    page.locator("#inspector").get_by_role("button", name="Zoom in").tap()
    page.wait_for_function(
        "([from]) => document.getElementById('inspector-plot').layout.xaxis.range[0] > from", arg=whole
    )
    context.close()


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
    expect(sheet.get_by_role("row", name="g then c Go to Compare")).to_be_visible()
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
