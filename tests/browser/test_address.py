"""A person goes back and forth: the history has the steps that one remembers, and each page is where one left it."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, Server
from tests.browser.dashboard import PATIENCE_MS
from tests.browser.recorded import record_runs

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("server") / "data"
    record_runs(data_dir, {"synthetic_bars": 900}, {"synthetic_bars": 900, "seed": 1})
    server = Server(data_dir)
    server.start()
    yield server
    server.end(signal.SIGINT)


def go_to(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()


def inspector(page: Page, title: str) -> Locator:
    """Only while it is open: its title stays."""
    return page.get_by_role("dialog", name=title)


def test_closing_the_inspector_goes_back_to_where_it_was_opened(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#episodes-body button").first).to_be_visible(timeout=PATIENCE_MS)
    go_to(page, "All runs")
    go_to(page, "Run")
    page.get_by_role("button", name="Inspect episode 1", exact=True).click()
    expect(inspector(page, "Episode 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(inspector(page, "Episode 2")).to_be_visible()
    page.get_by_label("Beside episode").fill("1")
    page.get_by_label("Beside episode").press("Enter")
    expect(page.locator("#beside-pane")).to_be_visible(timeout=PATIENCE_MS)

    page.keyboard.press("Escape")
    page.wait_for_function("() => !location.hash.includes('episode=')")
    expect(page.locator("#inspector")).to_be_hidden()
    page.go_back()
    expect(page.get_by_role("heading", name="All runs", level=1)).to_be_visible()
    expect(page.locator("#inspector")).to_be_hidden()

    page.go_forward()
    page.go_forward()
    expect(inspector(page, "Episode 2")).to_be_visible()
    page.go_back()
    expect(page.locator("#inspector")).to_be_hidden()


def test_going_forth_again_before_the_dialog_has_told_of_its_closing_leaves_it_open(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Inspect episode 2", exact=True).click(timeout=PATIENCE_MS)
    page.wait_for_function("() => location.hash.includes('episode=2')")
    page.evaluate(
        """inspected => {
            window.isTold = false;
            const dialog = document.getElementById("inspector");
            dialog.addEventListener("close", () => (window.isTold = true));
            new MutationObserver((_, observer) => {
                observer.disconnect();
                if (window.isTold) throw new Error("the dialog told of its closing before anybody could go forth");
                location.hash = inspected;
                dispatchEvent(new HashChangeEvent("hashchange"));
            }).observe(dialog, { attributeFilter: ["open"] });
        }""",
        page.url.split("#")[1],
    )

    page.go_back()

    page.wait_for_function("() => window.isTold")
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    assert "episode=2" in page.url
    expect(inspector(page, "Episode 2")).to_be_visible()


def test_closing_the_inspector_keeps_what_was_zoomed_into_right_before(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#episodes-body button").first).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.type("+++e")
    expect(inspector(page, "Episode")).to_be_visible()
    zoom = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('zoom')")
    assert zoom is not None

    page.keyboard.press("Escape")

    page.wait_for_function("() => !location.hash.includes('episode=')")
    expect(page.locator("#inspector")).to_be_hidden()
    assert page.evaluate("new URLSearchParams(location.hash.slice(1)).get('zoom')") == zoom


def test_a_key_right_after_a_link_acts_on_the_page_that_the_link_leads_to(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#episodes-body button").first).to_be_visible(timeout=PATIENCE_MS)

    page.evaluate(
        """() => {
            document.querySelector("[data-page-link=compare]").click();
            const key = new KeyboardEvent("keydown", { key: "e", bubbles: true });
            document.body.dispatchEvent(key); // before the browser announces the other address
        }"""
    )

    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    assert "episode=" not in page.url  # the shown run is out of sight: nothing of it is opened


def test_going_back_finds_the_view_as_it_was_when_a_link_was_pressed(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#episodes-body button").first).to_be_visible(timeout=PATIENCE_MS)
    go_to(page, "All runs")
    find = page.get_by_label("Find")
    expect(find).to_be_visible()
    page.evaluate(
        """async () => {
            const find = document.getElementById("runs-find");
            for (const typed of ["s", "se", "seed 1"]) {
                find.value = typed;
                find.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise(requestAnimationFrame);
            }
            document.querySelector("[data-page-link=compare]").click(); // sooner than the address follows what is typed
        }"""
    )
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()

    page.go_back()

    expect(page.get_by_role("heading", name="All runs", level=1)).to_be_visible()
    expect(find).to_have_value("seed 1")


def test_going_back_finds_each_page_where_it_was_scrolled_to(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#episodes-body button").first).to_be_visible(timeout=PATIENCE_MS)
    page.locator("#log summary").scroll_into_view_if_needed()
    page.evaluate("addEventListener('keydown', () => (window.left = scrollY), { capture: true })")

    page.keyboard.type("gc")  # a click would scroll up to its link
    page.wait_for_function("() => scrollY === 0")
    down = page.evaluate("window.left")
    assert down > 500
    page.keyboard.press("e")  # the shown run is out of sight: nothing of it is opened
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    assert "episode=" not in page.url
    page.go_back()

    page.wait_for_function("down => Math.abs(scrollY - down) < 2", arg=down)
    expect(page.locator("[data-page=run]")).to_be_visible()
