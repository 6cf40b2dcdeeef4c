"""Runs are compared on the page: over each other, in every way offered. How charts are drawn and taken away."""

import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage, Server, Watch
from tests.browser.dashboard import PATIENCE_MS, save_images, scrolls_sideways, wait_for_charts_to_fit
from tests.browser.recorded import record_runs

pytestmark = pytest.mark.browser

EPISODES = 5
EPISODE_STEPS = 296  # runs end with an episode: a part of one would be a trace of its own


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, list[str]]:
    """Two runs of the same settings but for the seed, and one that ended before its gate opened."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    whole = EPISODES * EPISODE_STEPS
    lengths = {1: whole, 2: whole, 3: EPISODE_STEPS}  # by seed
    settings: list[dict[str, object]] = [{"seed": seed, "total_steps": steps} for seed, steps in lengths.items()]
    return Server(data_dir), record_runs(data_dir, *settings)


@pytest.fixture(scope="module")
def server(recorded: tuple[Server, list[str]]) -> Iterator[Server]:
    server, _ = recorded
    server.start()
    yield server
    server.end(signal.SIGINT)


@pytest.fixture
def compare(open_page: OpenPage, recorded: tuple[Server, list[str]]) -> Page:
    page = open_page(fragment=f"page=compare&runs={'.'.join(recorded[1][:2])}")
    wait_for_lines(page, 2)
    return page


def wait_for_lines(page: Page, count: int) -> None:
    """Waits until the figure has exactly so many traces, each with a point."""
    page.wait_for_function(
        """count => {
            const traces = document.getElementById("compare-plot").data ?? [];
            return traces.length === count && traces.every(({ y }) => y.some((value) => value !== null));
        }""",
        arg=count,
        timeout=PATIENCE_MS,
    )


def figure(page: Page) -> dict[str, Any]:
    """The traces and the axes as Plotly has them."""
    drawn: dict[str, Any] = page.evaluate(
        """() => {
            const { data, layout } = document.getElementById("compare-plot");
            return { data, x: layout.xaxis.title.text, scale: layout.yaxis.type };
        }"""
    )
    return drawn


def wait_for_axis(page: Page, title: str) -> None:
    page.wait_for_function(
        "title => document.getElementById('compare-plot').layout.xaxis.title.text.endsWith(title)", arg=title
    )


def test_two_runs_lie_over_each_other_on_any_metric_and_axis(compare: Page) -> None:
    first, second = figure(compare)["data"]
    assert first["x"] == second["x"] == [1, 2, 3, 4, 5]
    assert first["y"] != second["y"]
    assert first["line"]["color"] != second["line"]["color"]
    expect(compare.locator("#compare-legend li")).to_have_count(2)
    expect(compare.locator("#compare-hint")).to_be_hidden()

    compare.get_by_role("radio", name="Step").locator("visible=true").check()
    wait_for_axis(compare, "step")
    compare.wait_for_function(
        "() => document.getElementById('compare-plot').data[0].x.join() === '296,592,888,1184,1480'"
    )
    compare.get_by_role("radio", name="Time").locator("visible=true").check()
    wait_for_axis(compare, "since the start")
    assert figure(compare)["data"][0]["x"] == sorted(figure(compare)["data"][0]["x"])

    compare.locator("#compare-metric").select_option("validation.sharpe")
    expect(compare.locator("#compare-title")).to_have_text("Validation Sharpe, annualised")
    compare.wait_for_function(
        "most => document.getElementById('compare-plot').data.every(({ x }) => x.length > 0 && x.length < most)",
        arg=EPISODES,  # only learned policies are judged
    )


def test_a_link_followed_in_the_page_shows_its_run_with_all_its_records(
    open_page: OpenPage, recorded: tuple[Server, list[str]]
) -> None:
    one, other, _ = recorded[1]
    page = open_page(fragment=f"run={other}")
    rows = page.locator("#episodes-body tr")
    expect(rows).to_have_count(EPISODES)

    page.evaluate("hash => { location.hash = hash; }", f"run={one}&page=compare&runs={one}.{other}")
    wait_for_lines(page, 2)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Run", exact=True).click()

    expect(page.locator("#run-title")).to_have_text("synthetic · seed 1")
    expect(rows).to_have_count(EPISODES)
    expect(page.locator("[data-metric=reward] .chart-value")).not_to_have_text("\N{EN DASH}")
    expect(page.locator("#connection-text")).to_have_text("live")


def test_a_link_with_runs_and_a_metric_that_are_not_here_shows_the_rest_at_once(
    open_page: OpenPage, recorded: tuple[Server, list[str]], watch: Watch
) -> None:
    watch.forgiven.append(r"404")
    unknown = [f"20261123-0000{number:02}-none" for number in range(20)]
    page = open_page(fragment=f"page=compare&run={unknown[0]}&runs={'.'.join([*unknown, *recorded[1][:2]])}&metric=foo")

    wait_for_lines(page, 2)

    expect(page.locator("#compare-absent")).to_have_text("20 of the 22 runs of this link are not on this server.")
    expect(page.locator("#compare-metric")).to_have_value("reward")
    expect(page.locator("#connection-text")).to_have_text("live")
    page.wait_for_function("() => !location.hash.includes('metric=')")
    assert sum("404" in fault for fault in watch.faults) == len(unknown), "each is asked for once"


def test_a_link_with_more_runs_than_can_be_told_apart_says_how_many_are_compared(
    open_page: OpenPage, recorded: tuple[Server, list[str]], watch: Watch
) -> None:
    watch.forgiven.append(r"404")
    one, other, _ = recorded[1]
    unknown = [f"20261123-0000{number:02}-none" for number in range(23)]
    page = open_page(fragment=f"page=compare&run={one}&runs={'.'.join([one, *unknown, other])}")
    wait_for_lines(page, 1)

    note = page.locator("#compare-absent")
    expect(note).to_contain_text("The first 24 of the 25 runs of this link are compared")
    expect(note).to_contain_text("23 of these are not on this server.")
    page.get_by_role("button", name="Take synthetic · seed 1 out of the comparison").click()

    expect(page.locator("#compare-legend li")).to_contain_text(["synthetic · seed 2"])
    expect(note).to_have_text("23 of the 24 runs of this link are not on this server.")
    page.wait_for_function("runs => location.hash.endsWith(runs)", arg=f"runs={'.'.join([*unknown, other])}")


def test_smoothing_keeps_the_raw_line_faint_behind_and_a_log_axis_says_what_it_loses(compare: Page) -> None:
    raw = figure(compare)["data"][0]["y"]

    compare.get_by_label("Smoothing").locator("visible=true").fill("0.5")
    wait_for_lines(compare, 4)
    expect(compare.locator("[data-view-value=smoothing]").locator("visible=true")).to_have_text("0.50")

    behind, smooth = figure(compare)["data"][:2]
    assert behind["y"] == raw
    assert behind["opacity"] < 0.5
    assert smooth["y"][0] == pytest.approx(raw[0])
    assert smooth["y"][1] == pytest.approx((0.5 * 0.5 * raw[0] + 0.5 * raw[1]) / 0.75)  # bias corrected
    compare.get_by_label("Smoothing").locator("visible=true").fill("0")
    wait_for_lines(compare, 2)
    values = [value for trace in figure(compare)["data"] for value in trace["y"]]
    lost = sum(value is not None and value <= 0 for value in values)
    assert lost > 1, "the runs lose money in some episode"

    compare.get_by_label("Log scale").locator("visible=true").check()

    expect(compare.locator("#compare-note")).to_have_text(f"{lost} points at or below 0: not on a log axis")
    assert figure(compare)["scale"] == "log"


def test_seeds_become_a_median_with_its_band_and_parameters_stand_against_results(compare: Page) -> None:
    one, other = (trace["y"] for trace in figure(compare)["data"])

    compare.get_by_label("Group seeds").check()
    wait_for_lines(compare, 3)

    low, high, median = (trace["y"] for trace in figure(compare)["data"])
    assert low == [min(pair) for pair in zip(one, other, strict=True)]
    assert high == [max(pair) for pair in zip(one, other, strict=True)]
    assert median == pytest.approx([sum(pair) / 2 for pair in zip(one, other, strict=True)])
    expect(compare.locator("#compare-band")).to_contain_text("2 seeds at most")

    compare.locator("#parallel").scroll_into_view_if_needed()
    compare.wait_for_function("() => document.getElementById('parallel-plot').data?.length === 2")
    texts = compare.evaluate("() => document.getElementById('parallel-plot').data.map(({ text }) => text[0])")
    assert texts == ["Seed: 1", "Seed: 2"]

    compare.get_by_role("button", name="Take synthetic · seed 2 out of the comparison").click()

    expect(compare.locator("#compare-legend li")).to_have_count(1)
    expect(compare.locator("#parallel")).to_be_hidden()


def test_a_reload_shows_the_same_view_at_every_width(compare: Page) -> None:
    compare.locator("#compare-metric").select_option("alpha")
    compare.get_by_label("Log scale").locator("visible=true").check()
    compare.get_by_label("Smoothing").locator("visible=true").fill("0.5")
    compare.get_by_role("radio", name="Step").locator("visible=true").check()
    compare.wait_for_function(
        "() => ['metric=alpha', 'log=1', 'smooth=0.5', 'axis=step'].every(f => location.hash.includes(f))"
    )
    wait_for_lines(compare, 4)
    wait_for_axis(compare, "step")
    before = figure(compare)

    compare.reload()

    wait_for_lines(compare, 4)
    wait_for_axis(compare, "step")
    assert figure(compare) == before
    expect(compare.locator("#compare-metric")).to_have_value("alpha")
    for width in (360, 768, 2560):
        compare.set_viewport_size({"width": width, "height": 900})
        wait_for_charts_to_fit(compare)
        assert not scrolls_sideways(compare), f"{width} px"


# A drawing begins with a look at the clock; the library may be called some time later.
COUNT_DRAWS = """() => {
    window.draws = [];
    let at = 0;
    const now = performance.now.bind(performance);
    performance.now = () => (at = now());
    const { react } = window.Plotly;
    window.Plotly.react = (plot, ...rest) => {
        const { top, bottom } = plot.getBoundingClientRect();
        window.draws.push({ top, bottom, metric: plot.parentElement.dataset.metric, at });
        return react(plot, ...rest);
    };
}"""
CHANGE_EVERY_FRAME = """async ({ frames, to, draws = 0 }) => {
    const slider = document.querySelector("[data-page=run] [data-view=smoothing]");
    const isEnough = () => window.draws.filter(({ metric }) => metric === "reward").length >= draws;
    for (let frame = 0; frame <= frames || !isEnough(); frame += 1) {
        slider.value = String((to * (1 + (frame % frames))) / frames);
        slider.dispatchEvent(new Event("input"));
        await new Promise((resolve) => window.setTimeout(resolve, 16));
    }
    return [...new Set(window.draws.map(({ metric }) => metric))];
}"""

# As a browser does to a hidden page. A frame that was asked for before still comes, and is waited for.
GIVE_NO_FRAMES = """async () => {
    const { requestAnimationFrame } = window;
    const never = [];
    window.requestAnimationFrame = (frame) => never.push(frame);
    await new Promise((resolve) => requestAnimationFrame.call(window, resolve));
    window.draws = [];
}"""


def test_only_charts_in_sight_are_drawn_four_times_a_second_and_none_while_hidden(
    open_page: OpenPage, recorded: tuple[Server, list[str]]
) -> None:
    page = open_page(fragment=f"run={recorded[1][0]}")
    page.set_viewport_size({"width": 600, "height": 400})
    page.wait_for_load_state("networkidle")  # nothing comes any more that would push the charts down
    page.locator("[data-metric=reward]").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('[data-metric=reward] .plot').data?.length === 1")
    page.evaluate(COUNT_DRAWS)

    drawn = page.evaluate(CHANGE_EVERY_FRAME, {"frames": 120, "to": 0.9, "draws": 3})

    page.wait_for_function("() => document.querySelector('[data-metric=reward] .plot').data.length === 2")
    draws = page.evaluate("window.draws")
    assert "reward" in drawn
    assert "action_std" not in drawn  # far below
    assert all(draw["bottom"] >= -200 and draw["top"] <= 600 for draw in draws)
    times = [draw["at"] for draw in draws if draw["metric"] == "reward"]
    assert min(later - earlier for earlier, later in pairwise(times)) > 240

    page.evaluate(GIVE_NO_FRAMES)
    assert page.evaluate(CHANGE_EVERY_FRAME, {"frames": 60, "to": 0.5}) == []


def test_the_name_of_a_setting_stays_in_sight_beside_the_last_run(
    open_page: OpenPage, recorded: tuple[Server, list[str]]
) -> None:
    page = open_page(width=360, fragment=f"page=compare&runs={'.'.join(recorded[1])}")
    expect(page.locator("#compare-diff tbody tr")).to_have_count(2)
    expect(page.locator("#compare-count")).to_have_text("3 runs")

    hidden, in_sight = page.locator("#compare-diff .scroll").evaluate(
        """(box) => {
            box.scrollIntoView();
            box.scrollLeft = box.scrollWidth;
            const isOnTop = (cell) => {
                const { left, top } = cell.getBoundingClientRect();
                return document.elementFromPoint(left + 4, top + 4) === cell;
            };
            return [box.scrollLeft, [...box.querySelectorAll("tr > :first-child")].map(isOnTop)];
        }"""
    )
    assert hidden > 0
    assert in_sight == [True] * 3


FADED = """() => ["compare-plot", "parallel-plot"].map((id) =>
    [...document.querySelectorAll(`#${id} .scatterlayer > .trace`)].map((node) => node.classList.contains("faded")))"""


def test_the_run_under_the_pointer_or_the_keyboard_stands_out_everywhere(compare: Page) -> None:
    compare.locator("#parallel").scroll_into_view_if_needed()
    compare.wait_for_function("() => document.querySelectorAll('#parallel-plot .scatterlayer > .trace').length === 2")
    entries = compare.locator("#compare-legend li")

    entries.nth(0).hover()
    assert compare.evaluate(FADED) == [[False, True], [False, True]]
    compare.mouse.move(0, 0)
    assert compare.evaluate(FADED) == [[False, False], [False, False]]
    entries.nth(1).get_by_role("link").focus()
    assert compare.evaluate(FADED) == [[True, False], [True, False]]
    compare.get_by_label("Smoothing").locator("visible=true").evaluate(
        "node => { node.value = '0.5'; node.dispatchEvent(new Event('input')); }"  # which keeps the focus where it is
    )
    wait_for_lines(compare, 4)
    compare.wait_for_function(f"() => ({FADED})()[0].join() === 'true,true,false,false'")
    expect(entries.nth(1)).to_have_attribute("data-stressed", "")


def test_a_run_without_points_leaves_the_others_to_stand_out(
    open_page: OpenPage, recorded: tuple[Server, list[str]]
) -> None:
    one, other, without = recorded[1]
    page = open_page(fragment=f"page=compare&runs={one}.{without}.{other}&metric=validation.sharpe")
    page.wait_for_function("() => document.querySelectorAll('#compare-plot .scatterlayer > .trace').length === 2")

    page.locator("#compare-legend li").nth(2).hover()

    assert page.evaluate(FADED)[0] == [True, False]


def test_a_deleted_run_is_marked_among_the_compared_ones(compare: Page, recorded: tuple[Server, list[str]]) -> None:
    order = """([method, path]) => fetch(`/api/runs/${path}`, { method, headers: { "X-Warmgate": "1" } })"""
    run_id = recorded[1][1]
    compare.evaluate(order, ["DELETE", run_id])

    entry = compare.locator("#compare-legend li").nth(1)
    expect(entry).to_contain_text("deleted")

    compare.evaluate(order, ["POST", f"{run_id}/undelete"])
    expect(entry).not_to_contain_text("deleted")


HAVE_ONE_RANGE = """([low, high]) => {
    const all = [...document.querySelectorAll(".js-plotly-plot")];
    const plots = all.filter((plot) => plot.checkVisibility() && plot.layout.meta);
    const isInSight = ({ _fullLayout: { xaxis: { range } } }) => range[0] === low && range[1] === high;
    return plots.length > 0 && plots.every(isInSight);
}"""
ALL_IS_IN_SIGHT = """() => [...document.querySelectorAll(".js-plotly-plot")]
    .filter((plot) => plot.checkVisibility() && plot.layout.meta)
    .every(({ _fullLayout: { xaxis: { range } } }) => range[0] === 0 && range[1] >= 5)"""


def drag(page: Page, plot: str) -> list[float]:
    """Zooms with the mouse; the stretch that the address names then."""
    page.locator(plot).scroll_into_view_if_needed()
    box = page.locator(f"{plot} .nsewdrag").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], middle, steps=5)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('zoom=')")
    zoom = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('zoom')")
    return [float(end) for end in zoom.split("_")]


def test_one_zoom_holds_for_all_charts_of_a_run_and_for_its_address(
    open_page: OpenPage, recorded: tuple[Server, list[str]]
) -> None:
    page = open_page(fragment=f"run={recorded[1][0]}")
    page.set_viewport_size({"width": 1440, "height": 2400})  # all charts are in sight, so all are drawn
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length >= 6")
    entries = page.evaluate("history.length")

    stretch = drag(page, "[data-metric=reward] .plot")

    assert 1 < stretch[0] < stretch[1] < 5
    page.wait_for_function(HAVE_ONE_RANGE, arg=stretch)
    assert page.evaluate("history.length") == entries
    page.reload()
    page.wait_for_function(HAVE_ONE_RANGE, arg=stretch)
    page.locator("#validation-plot .nsewdrag").first.dblclick()
    page.wait_for_function(ALL_IS_IN_SIGHT)
    page.wait_for_function("() => !location.hash.includes('zoom=')")

    drag(page, "#validation-plot")
    page.get_by_role("radio", name="Step").locator("visible=true").check()
    page.wait_for_function("() => location.hash.endsWith('axis=step')")


def pinch(page: Page, plot: str, before: tuple[float, float], after: tuple[float, float]) -> None:
    """Two fingers that move from here to there, as shares of the width of the axis."""
    box = page.locator(f"{plot} .nsewdrag").first.bounding_box()
    assert box is not None
    fingers = page.context.new_cdp_session(page)
    for kind, shares in (("touchStart", before), ("touchMove", after), ("touchEnd", ())):
        points = [{"x": box["x"] + share * box["width"], "y": box["y"] + box["height"] / 2} for share in shares]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_two_fingers_zoom_the_curves_and_open_nothing(
    browser: Browser, server: Server, watch: Watch, recorded: tuple[Server, list[str]]
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    watch.follow(page)
    page.goto(f"{server.url}#run={recorded[1][0]}")
    reward = "[data-metric=reward] .plot"
    page.locator(f"{reward} .nsewdrag").scroll_into_view_if_needed()

    pinch(page, reward, (0.4, 0.6), (0.2, 0.8))
    page.wait_for_function("() => location.hash.includes('zoom=')")
    start, end = (float(part) for part in page.url.split("zoom=")[1].split("&")[0].split("_"))
    assert 1 < start < end < 4
    assert end - start == pytest.approx(5 / 3, abs=0.2)  # a third of what there was, with some air beside it
    range_in_sight = f"document.querySelector('{reward}').layout.xaxis.range"
    page.wait_for_function(f"start => {range_in_sight}[0] === start", arg=start)

    pinch(page, reward, (0.1, 0.9), (0.45, 0.55))
    page.wait_for_function("() => !location.hash.includes('zoom=')")
    page.wait_for_function(f"() => {range_in_sight}[0] === 0 && {range_in_sight}[1] < 6")
    pinch(page, reward, (0.1, 0.9), (0.45, 0.55))
    page.wait_for_function(f"() => {range_in_sight}[0] === 0 && {range_in_sight}[1] < 6")
    expect(page.locator("#inspector")).to_be_hidden()
    context.close()


def test_the_keyboard_and_buttons_zoom_too(compare: Page) -> None:
    zoom = compare.get_by_role("group", name="Zoom of the curves").locator("visible=true")
    reset = zoom.get_by_text("Reset zoom")
    expect(reset).to_be_hidden()

    compare.keyboard.press("+")
    compare.wait_for_function(HAVE_ONE_RANGE, arg=[1.25, 3.75])
    zoom.get_by_role("button", name="Move to the right").click()
    compare.wait_for_function(HAVE_ONE_RANGE, arg=[2.5, 5])
    zoom.get_by_role("button", name="Zoom in").press("Enter")
    compare.wait_for_function(HAVE_ONE_RANGE, arg=[3.125, 4.375])
    compare.wait_for_function("() => location.hash.endsWith('zoom=3.125_4.375')")
    compare.reload()
    compare.wait_for_function(HAVE_ONE_RANGE, arg=[3.125, 4.375])
    reset.press("Enter")

    compare.wait_for_function(ALL_IS_IN_SIGHT)
    expect(reset).to_be_hidden()
    expect(zoom.get_by_role("button", name="Zoom in")).to_be_focused()


def test_charts_and_records_are_taken_away_as_files(open_page: OpenPage, recorded: tuple[Server, list[str]]) -> None:
    page = open_page(fragment=f"run={recorded[1][0]}")
    card = page.locator("[data-metric=reward]")
    card.locator(".main-svg").first.wait_for()

    assert set(save_images(page, card)) == {"reward-synthetic-seed-1.png", "reward-synthetic-seed-1.svg"}

    for link in ("metrics as csv", "trades as parquet", "comparisons as json"):
        with page.expect_download() as download:
            page.get_by_role("link", name=link).click()
        assert Path(download.value.path()).stat().st_size > 0
    expect(page.get_by_role("link", name="Open", exact=True)).to_have_attribute(
        "href", f"/api/runs/{recorded[1][0]}/report.html"
    )
