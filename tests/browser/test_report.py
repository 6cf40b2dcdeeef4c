"""A saved report in a real browser without a server: it is drawn, fits a phone, and asks nobody for anything."""

import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server
from tests.browser.dashboard import SMALL, scrolls_sideways
from tests.web.helpers import connected

pytestmark = pytest.mark.browser

STEPS = {"total_steps": 1_200}


@pytest.fixture(scope="module")
def saved(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a finished run, as a file."""
    with connected(server.url) as live:
        run_id = live.call("start_training", {"config": SMALL | STEPS})["run_id"]
        live.wait_for_status("finished")
    path = tmp_path_factory.mktemp("saved") / "report.html"
    with urllib.request.urlopen(f"{server.url}api/runs/{run_id}/report.html") as answer:
        path.write_bytes(answer.read())
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_a_saved_report_opens_offline(browser: Browser, saved: Path, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    requests, faults = watch(page)

    page.goto(saved.as_uri())

    expect(page.get_by_text("Proved: while the gate was closed")).to_be_visible()
    drawn = page.locator("figure > svg:visible")
    expect(drawn).to_have_count(12)
    widths = drawn.evaluate_all("nodes => nodes.map(node => node.querySelector('.line').getBBox().width)")
    assert min(widths) > 0
    assert min(heights_of_texts(page)) >= 12.0, "letters of 10 pixels and more"
    assert not scrolls_sideways(page)
    assert (requests, faults) == ([saved.as_uri()], [])
    context.close()


def test_a_report_fits_the_width_of_a_printed_page(browser: Browser, saved: Path) -> None:
    page = browser.new_page(viewport={"width": 718, "height": 1_000})  # A4 with usual margins
    page.emulate_media(media="print")

    page.goto(saved.as_uri())

    assert not scrolls_sideways(page)
    page.close()


def heights_of_texts(page: Page) -> list[float]:
    """Of all that is written in charts, in pixels of the screen."""
    texts = page.locator("figure > svg:visible text")
    heights: list[float] = texts.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().height)")
    return heights


def watch(page: Page) -> tuple[list[str], list[str]]:
    requests: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if not request.url.startswith("data:") else None)
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    return requests, faults
