"""A person at the page: starts, watches, reloads, inspects, steers and errs."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.dashboard import (
    METRICS,
    PATIENCE_MS,
    chart_points,
    click_point,
    fill_settings,
    press,
    scrolls_sideways,
    start_run,
    table_rows,
    wait_for_charts_to_fit,
    wait_for_episodes,
)

pytestmark = pytest.mark.browser

DASH = "\N{EN DASH}"


def test_reload_and_second_tab_show_the_same_points(page: Page, open_page: OpenPage) -> None:
    start_run(page)
    wait_for_episodes(page, 3)
    before, rows_before = chart_points(page), table_rows(page)

    page.reload()  # in the middle of the run
    wait_for_episodes(page, len(before["reward"]))
    press(page, "Pause", "paused")
    other = open_page()
    wait_for_episodes(page, len(table_rows(page)))
    wait_for_episodes(other, len(table_rows(page)))

    after, rows_after = chart_points(page), table_rows(page)
    assert {metric: after[metric][: len(points)] for metric, points in before.items()} == before
    assert rows_after[: len(rows_before)] == rows_before
    assert [row[0] for row in rows_after] == [str(number) for number in range(1, len(rows_after) + 1)]
    assert chart_points(other) == after
    assert table_rows(other) == rows_after

    press(other, "Resume", "running")
    wait_for_episodes(page, len(rows_after) + 1)  # what one tab resumed goes on in both
    wait_for_episodes(other, len(rows_after) + 1)
    press(page, "Stop", "stopped")
    expect(other.locator("#run-status")).to_have_text("stopped", timeout=PATIENCE_MS)


def test_gate_opens_with_no_update_behind_it(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 2)

    expect(page.locator("#gate-state")).to_have_text("Open")
    expect(page.locator("#gate-line")).to_have_text("Warm-up complete at step 500: network updates start")
    expect(page.locator("#gate-updates-value")).to_have_text("0")
    expect(page.locator("#gate-updates")).to_have_attribute("data-verdict", "good")
    expect(page.locator("#gate-forced-count")).to_have_text("500 / 500")
    before, after = (page.locator(f"#fingerprint-{side}").get_attribute("title") for side in ("before", "after"))
    assert before
    assert before == after
    expect(page.locator("#notices li").filter(has_text="Warm-up complete")).to_have_count(1)


def test_every_chart_marks_the_gate_on_either_axis(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 3)
    press(page, "Pause", "paused")
    gate = (
        "metric => document.querySelector(`[data-metric=${metric}] .plot`)"
        ".layout.shapes.filter(s => s.name === 'gate').map(s => s.x0)"
    )
    steps = int(table_rows(page)[0][2])  # of one episode: a pass over the training bars
    assert steps < 500 < 2 * steps, "the gate is meant to lie inside episode 2"

    chart_points(page)  # all are drawn
    on_episodes = [page.evaluate(gate, metric) for metric in METRICS]
    page.get_by_role("radio", name="Step").check()
    page.wait_for_function(f"() => ({gate})('reward')[0] === 500")

    assert on_episodes == [[pytest.approx(1 + (500 - steps) / steps)]] * len(METRICS)
    assert chart_points(page)["reward"][0][0] == steps
    edges = """() => {
        const plot = document.querySelector("[data-metric=reward] .plot");
        const [all, word, curves] = ["svg", ".annotation-text", ".nsewdrag"].map((part) => plot.querySelector(part));
        const top = (node) => node.getBoundingClientRect().top;
        return [top(all), top(word), word.getBoundingClientRect().bottom, top(curves)];
    }"""
    from_above = page.evaluate(edges)
    assert from_above == sorted(from_above), "the word is above the curves, and not cut off"


def test_undefined_sharpe_is_a_gap_and_a_dash(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 2)

    assert chart_points(page)["sharpe"][0] == [1, None]
    assert table_rows(page)[0][4] == DASH


def test_inspector_opens_walks_and_closes_by_keyboard(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 3)
    press(page, "Pause", "paused")

    row = page.get_by_role("button", name="Inspect episode 2", exact=True)
    row.press("Enter")
    dialog = page.get_by_role("dialog", name="Episode 2")
    expect(dialog.locator("#trades-count")).not_to_be_empty(timeout=PATIENCE_MS)
    page.wait_for_function("() => document.getElementById('inspector-plot').data?.length === 9")
    traces = page.evaluate("document.getElementById('inspector-plot').data.map(t => [t.name, t.y?.length])")
    counts = dict(traces)
    trades = table_rows(page)[1][5]
    assert counts["price"] == counts["equity"] == counts["buy & hold"] == int(table_rows(page)[1][2]) + 1
    expect(dialog.locator("#trades-count")).to_have_text(trades)
    assert "episode=2" in page.url

    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="Episode 3")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name="Episode 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    expect(row).to_be_focused()
    page.wait_for_function("() => !location.hash.includes('episode=')")  # the browser goes back some time later


def test_an_address_opens_its_run_and_episode(page: Page, open_page: OpenPage) -> None:
    start_run(page)
    wait_for_episodes(page, 1)
    press(page, "Stop", "stopped")
    fragment = page.evaluate("location.hash.slice(1)")

    other = open_page(fragment=f"{fragment}&episode=1")

    expect(other.get_by_role("dialog", name="Episode 1")).to_be_visible(timeout=PATIENCE_MS)
    expect(other.locator("#trades-empty")).to_be_visible(timeout=PATIENCE_MS)  # forced neutral: nothing was traded


def test_a_click_on_a_point_opens_its_episode(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 2)
    press(page, "Pause", "paused")
    reward = "document.querySelector('[data-metric=reward] .plot')"
    page.wait_for_function(f"() => {reward}.data.some(trace => trace.name === 'paused')")  # the pause is drawn too

    click_point(page, "[data-metric=reward] .plot", 1)

    expect(page.get_by_role("dialog", name="Episode 2")).to_be_visible()


def test_charts_follow_the_theme(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 1)
    press(page, "Pause", "paused")
    line = "document.querySelector('[data-metric=reward] .plot').data[0].line.color"
    light = page.evaluate(line)

    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {line} !== light", arg=light)
    page.get_by_role("button", name="Theme: system").click()

    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    page.wait_for_function(f"light => {line} === light", arg=light)


def test_bad_parameters_are_named_at_their_fields(page: Page, watch: Watch) -> None:
    watch.forgiven.append(r"status of 400")
    fill_settings(page, {"fee_bps": -1, "total_steps": "many"})

    page.get_by_role("button", name="Start run", exact=True).click()

    expect(page.locator("#parameter-fee_bps-error")).to_contain_text("found -1")
    expect(page.locator("#parameter-total_steps-error")).to_contain_text("found 'many'")
    expect(page.get_by_label("Total steps")).to_be_focused()
    expect(page.get_by_label("Total steps")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#control-error")).to_contain_text("2 settings cannot be used")
    page.get_by_label("Total steps").fill("1000")
    expect(page.locator("#parameter-total_steps-error")).to_be_hidden()


def test_changed_settings_are_marked_and_reset(page: Page) -> None:
    fill_settings(page, {"hidden_units": 16})

    expect(page.locator("#changed-total")).to_have_text("1 setting changed")
    page.get_by_role("button", name="Reset to defaults").click()

    expect(page.locator("#changed-total")).to_have_text("All defaults")
    expect(page.locator("#parameter-hidden_units")).to_have_value("256")


def test_updates_during_warmup_raise_a_lasting_alarm(page: Page) -> None:
    start_run(page, update_during_warmup=True, no_trading_warmup_steps=400, total_steps=450)
    expect(page.locator("#run-status")).to_have_text("finished", timeout=PATIENCE_MS)
    page.reload()

    expect(page.locator("#run-warnings")).to_contain_text("reproduces the original failure", timeout=PATIENCE_MS)
    expect(page.locator("#gate-updates")).to_have_attribute("data-verdict", "bad")
    expect(page.locator("#gate-proof")).to_have_attribute("data-verdict", "bad")
    assert page.locator("#gate-updates-value").inner_text() != "0"


def test_an_episode_that_the_end_of_the_run_cut_short_says_so(page: Page) -> None:
    start_run(page, total_steps=450)
    expect(page.locator("#run-status")).to_have_text("finished", timeout=PATIENCE_MS)

    newest, oldest = page.locator("#episodes-body tr").first, page.locator("#episodes-body tr").last
    expect(newest).to_contain_text("cut short")
    expect(newest.get_by_title("The run ended within this episode")).to_be_visible()
    expect(oldest).not_to_contain_text("cut short")
    reward = oldest.locator("td").nth(2).inner_text()
    expect(page.locator("[data-metric=reward] .chart-value")).to_have_text(re.compile(f"^{re.escape(reward)}"))
    expect(page.locator("[data-metric=reward] .chart-note")).to_contain_text(
        re.compile(r"hollow: cut short after \d+ of")
    )
    expect(page.locator("#figure-active")).to_contain_text("s")
    expect(page.locator("#figure-active")).to_have_attribute("title", re.compile("Without pauses and stops"))


def test_a_second_start_is_not_offered_while_a_run_is_active(page: Page, open_page: OpenPage) -> None:
    start_run(page)
    other = open_page()

    expect(other.locator("#run-status")).to_have_text("running", timeout=PATIENCE_MS)
    for tab in (page, other):
        expect(tab.get_by_role("button", name="Start run", exact=True)).to_be_disabled()
        expect(tab.get_by_role("button", name="Stop", exact=True)).to_be_enabled()
    beside = other.get_by_role("button", name="Start new run", exact=True)
    expect(beside).to_have_attribute("title", re.compile("is running, and one run is trained at a time"))
    press(other, "Stop", "stopped")
    expect(page.get_by_role("button", name="Start run", exact=True)).to_be_enabled(timeout=PATIENCE_MS)
    expect(beside).to_have_attribute("title", re.compile("^Starts another run"))
    pause = other.get_by_role("button", name="Pause", exact=True)
    expect(pause).to_have_attribute("title", "The run is stopped and takes no steps.")


def test_without_live_events_the_page_asks_and_orders_over_rest(page: Page, watch: Watch) -> None:
    watch.forgiven += [r"ERR_FAILED", r"WebSocket"]
    start_run(page)
    page.context.route("**/socket.io/?*", lambda route: route.abort())
    page.context.route_web_socket("**/socket.io/?*", lambda socket: socket.close())
    page.reload()

    expect(page.locator("#connection-text")).to_have_text("polling every 3 s")
    episodes = len(table_rows(page))
    wait_for_episodes(page, episodes + 2)
    press(page, "Stop", "stopped")
    expect(page.locator("#connection-text")).to_have_text("polling every 3 s")


NEVER_GIVE_UP = """() => {
    const { setTimeout } = window;
    window.setTimeout = (run, ms, ...rest) => (ms >= 20_000 ? 0 : setTimeout(run, ms, ...rest));
}"""


def test_a_connection_that_stays_silent_is_not_waited_for(page: Page, watch: Watch) -> None:
    watch.forgiven.append(r"WebSocket")
    page.context.route_web_socket("**/socket.io/?*", lambda socket: None)  # opens, and nobody answers
    page.add_init_script(f"({NEVER_GIVE_UP})()")  # as the client does after 20 s
    page.reload()

    expect(page.locator("#connection-text")).to_have_text("polling every 3 s")
    expect(page.locator("#machine-memory")).to_contain_text("MB")


@pytest.mark.parametrize("run_id", ["20000101-000000-none", ".."])
def test_an_unknown_run_is_explained(page: Page, open_page: OpenPage, watch: Watch, run_id: str) -> None:
    watch.forgiven.append(r"status of 404")
    start_run(page, total_steps=450)
    expect(page.locator("#run-status")).to_have_text("finished", timeout=PATIENCE_MS)

    lost = open_page(fragment=f"run={run_id}")

    banner = lost.locator("#run-failure")
    expect(banner).to_have_text(f"There is no run “{run_id}”. Show the newest run · All runs", timeout=PATIENCE_MS)
    for panel in ("#gate", "#run-step"):
        expect(lost.locator(panel)).to_be_hidden()
    expect(lost.locator("#connection-text")).to_have_text("live")
    banner.get_by_role("link", name="Show the newest run").click()
    expect(lost.locator("#gate")).to_be_visible()
    expect(banner).to_be_hidden()
    expect(lost).to_have_url(page.url)


def test_an_address_that_names_no_run_shows_the_newest(page: Page, open_page: OpenPage) -> None:
    start_run(page, total_steps=450)

    other = open_page(fragment="run=")

    expect(other.locator("#run-status")).to_have_text(re.compile("running|evaluating|finished"), timeout=PATIENCE_MS)


def test_a_run_has_the_name_that_the_form_gives_it(page: Page) -> None:
    page.locator("#next-name").fill("High fee")
    page.reload()  # what was typed is kept with the tab
    start_run(page, fee_bps=20)
    expect(page.locator("#run-title")).to_have_text("High fee")
    expect(page.locator("#recent-runs .run-name").first).to_have_text("High fee")
    expect(page.locator("#next-name")).to_have_value("")
    expect(page.locator("#actions")).to_contain_text("Started: name High fee")
    press(page, "Stop", "stopped")

    start_run(page)
    expect(page.locator("#run-title")).to_have_text(re.compile(r"^synthetic · seed 0"))


ROOM_BEFORE_AND_AFTER_MOST_ROWS_GO = """table => {
    const room = () => document.querySelector(".step-in").offsetTop - table.offsetTop;
    const before = room();
    const rows = document.getElementById("episodes-body");
    rows.replaceChildren(rows.firstElementChild);
    return [before, room()];
}"""


def test_the_table_of_a_run_that_goes_on_has_its_room_before_its_rows(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    start_run(page)
    wait_for_episodes(page, 12)
    press(page, "Pause", "paused")

    table = page.locator("#episodes")
    before, after = table.evaluate(ROOM_BEFORE_AND_AFTER_MOST_ROWS_GO)
    assert before == after

    press(page, "Stop", "stopped")
    expect(table).not_to_have_attribute("data-growing", "")


def test_name_and_controls_stay_in_sight_wherever_one_looks(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 1)
    stop = page.get_by_role("button", name="Stop", exact=True)
    start = page.locator("#config-form").get_by_role("button", name="Start run", exact=True)

    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        wait_for_charts_to_fit(page)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect(page.locator("#log summary" if width > 1160 else "#reset-settings")).to_be_in_viewport()
        expect(page.locator("#run-title")).to_be_in_viewport(ratio=1)
        expect(stop).to_be_in_viewport(ratio=1)
        expect(start).to_be_in_viewport(ratio=1)
    expect(page.locator("#connection-text")).to_be_in_viewport(ratio=1)

    page.locator("#alerts-open").click()
    expect(page.locator("#alerts-title")).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Skip to the content").press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#run-edit")).to_be_focused()


def test_on_a_phone_the_badge_comes_into_sight_when_it_has_something_to_say(page: Page, watch: Watch) -> None:
    watch.forgiven += [r"ERR_", r"WebSocket"]
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator("#connection-text")).to_have_text("live")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("#connection-text")).not_to_be_in_viewport()

    page.context.route("**/socket.io/?*", lambda route: route.abort())
    page.context.route_web_socket("**/socket.io/?*", lambda socket: socket.close())
    page.reload()
    expect(page.locator("#connection-text")).to_have_text("polling every 3 s")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    expect(page.locator("#connection-text")).to_be_in_viewport(ratio=1)


def test_the_page_never_scrolls_sideways(page: Page) -> None:
    start_run(page, total_steps=800)
    expect(page.locator("#run-status")).to_have_text("finished", timeout=PATIENCE_MS)
    wait_for_episodes(page, 2)

    for width in (360, 768, 1440, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        wait_for_charts_to_fit(page)
        assert not scrolls_sideways(page), f"the page at {width} px"
        page.get_by_role("button", name="Inspect episode 2", exact=True).click()
        expect(page.locator("#inspector-body")).to_be_visible(timeout=PATIENCE_MS)
        wait_for_charts_to_fit(page)
        assert not scrolls_sideways(page, "#inspector"), f"the inspector at {width} px"
        page.get_by_role("button", name="Close", exact=True).click()
        expect(page.locator("#inspector")).to_be_hidden()


def test_the_policy_allows_no_inline_script(page: Page) -> None:
    response = page.request.get(re.sub("#.*", "", page.url))

    policy = response.headers["content-security-policy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    scripts = directives.get("script-src", directives["default-src"])
    assert "unsafe" not in scripts, json.dumps(directives)
    assert page.locator("script:not([src])").count() == 0
