"""Things stand where they belong at every width, also with huge figures and the longest names."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Server
from tests.browser.recorded import record_runs

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1024, 1440, 3440)

# At once, since the page writes its own figures again every second
FILL_AND_MEASURE = """([selector, texts]) => {
    const figures = [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    figures.forEach((figure, index) => {
        const leaves = figure.children.length > 0 ? [...figure.children] : [figure];
        leaves.forEach((leaf, place) => (leaf.textContent = texts[(index + place) % texts.length]));
    });
    const outside = figures.filter((figure) => {
        const range = document.createRange();
        range.selectNodeContents(figure);
        const text = range.getBoundingClientRect();
        const box = figure.closest("section, .pane").getBoundingClientRect();
        const own = figure.getBoundingClientRect();
        return text.right > own.right + 1 || own.right > box.right + 1 || own.left < box.left - 1;
    });
    return [figures.length, outside.map((figure) => figure.parentElement.textContent)];
}"""
LARGE = ["4,052,850,937,416", "+4,052,850,837.42 %", "\N{MINUS SIGN}1,346,291,315.26", "346,291,315,000"]


LINES = """name => {
    const shown = [".run-heading > h1", ".run-name", ".run-cell", ".legend-name", ".diff-name"]
        .flatMap((selector) => [...document.querySelectorAll(selector)])
        .filter((one) => one.checkVisibility());
    shown.forEach((one) => (one.textContent = name));
    return shown.map((one) => Math.round(one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)));
}"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, list[str]]:
    data_dir = tmp_path_factory.mktemp("server") / "data"
    runs = record_runs(data_dir, {"seed": 1}, {"seed": 2})
    return Server(data_dir), runs


@pytest.fixture(scope="module")
def server(recorded: tuple[Server, list[str]]) -> Iterator[Server]:
    server, _ = recorded
    server.start()
    yield server
    server.end(signal.SIGINT)


@pytest.mark.parametrize("width", WIDTHS)
def test_large_figures_of_progress_and_of_two_episodes_do_not_overlap(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    expect(page.locator("#figure-equity")).not_to_have_text("\N{EN DASH}")
    assert page.evaluate(FILL_AND_MEASURE, [".figures dd", LARGE]) == [10, []]

    page.get_by_role("button", name="Inspect episode 2", exact=True).click()
    page.get_by_label("Beside episode").fill("1")
    page.get_by_label("Beside episode").press("Enter")
    expect(page.locator("#beside-pane")).to_be_visible()
    assert page.evaluate(FILL_AND_MEASURE, [".summary dd", LARGE]) == [16, []]
    assert page.locator("#inspector").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")


@pytest.mark.parametrize("width", [768, 1160, 1280])
def test_no_narrow_window_stacks_the_figures_of_progress_or_breaks_the_title_of_the_curves(
    open_page: OpenPage, width: int
) -> None:
    page = open_page(width=width)
    expect(page.locator("#figure-equity")).not_to_have_text("\N{EN DASH}")
    assert page.locator(".figures > div").evaluate_all("all => new Set(all.map((one) => one.offsetLeft)).size") > 1
    height = "one => Math.round(one.clientHeight / parseFloat(getComputedStyle(one).lineHeight))"
    assert page.locator("#charts-title").evaluate(height) == 1


@pytest.mark.parametrize(("fragment", "names"), [("", 3), ("page=runs", 2), ("page=compare&runs={}", 4)])
def test_the_longest_name_takes_two_lines_wherever_it_stands(
    open_page: OpenPage, recorded: tuple[Server, list[str]], fragment: str, names: int
) -> None:
    page = open_page(fragment=fragment.format(".".join(recorded[1])))
    expect(page.locator(".run-name, .run-cell, .diff-name").locator("visible=true")).to_have_count(2)

    assert page.evaluate(LINES, "W" * 80) == [2] * names
    for pill in page.locator(".pill").locator("visible=true").all():
        assert pill.evaluate("pill => pill.clientHeight") < 30


def test_the_head_of_the_names_stays_above_them_where_the_table_of_runs_scrolls(open_page: OpenPage) -> None:
    page = open_page(width=768, fragment="page=runs")
    expect(page.locator(".run-cell").first).to_be_visible()
    lefts = """box => {
        box.scrollLeft = 200;
        const cells = [box.querySelector("thead th:nth-child(2)"), box.querySelector("tbody th")];
        return cells.map((cell) => cell.getBoundingClientRect().left);
    }"""
    head, name = page.locator("#runs-scroll").evaluate(lefts)
    assert head == name


def test_the_bars_of_the_page_end_where_its_content_does_on_a_very_wide_screen(open_page: OpenPage) -> None:
    page = open_page(width=3440)
    expect(page.locator("#episodes-body tr").first).to_be_visible()
    edges = """all => {
        const boxes = all.map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 1);
        return [Math.min(...boxes.map(({ left }) => left)), Math.max(...boxes.map(({ right }) => right))];
    }"""
    content = page.locator(".content, .side").evaluate_all(edges)
    assert page.locator(".masthead > *").evaluate_all(edges) == content
    assert page.locator(".run-bar > *").evaluate_all(edges) == content
    assert 3440 - content[1] == content[0] > 200


def test_all_columns_of_evaluations_and_checkpoints_are_in_sight_on_a_laptop(open_page: OpenPage) -> None:
    page = open_page(width=1280)
    for table in (".table-contest", ".table-checkpoints"):
        expect(page.locator(f"{table} tbody tr").first).to_be_visible()
    hidden = page.locator(".content .scroll-sideways").evaluate_all(
        "boxes => boxes.map((box) => box.scrollWidth - box.clientWidth)"
    )
    assert hidden == [0, 0, 0]


def test_a_short_table_of_episodes_is_no_tall_panel(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#episodes-body tr").first).to_be_visible()
    below = page.locator("#episodes-scroll").evaluate(
        "box => box.closest('.panel').getBoundingClientRect().bottom - box.getBoundingClientRect().bottom"
    )
    assert below < 24
