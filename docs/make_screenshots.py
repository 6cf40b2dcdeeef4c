"""Trains real runs on the S&P 500 and photographs them: `python -m docs.make_screenshots` writes docs/images/.

Needs Chromium and what the browser tests need; takes some minutes, because the runs are real.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

from benchmarks.browser import browsing
from benchmarks.server import serving

IMAGES = Path(__file__).parent / "images"
EPISODES = 30
SETTINGS = {"hidden_units": "64", "total_steps": "20000", "episode_bars": "500"}
SEEDS = ("0", "1", "2")
PATIENCE_MS = 20 * 60 * 1000
SETTLING_MS = 2_500
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=760)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serving() as server, browsing() as browser:
        _photograph(browser.new_page(viewport=DESKTOP), server.url)


def _photograph(page: Page, url: str) -> None:
    page.goto(url)
    _start(page, SEEDS[0])
    _wait_for_episodes(page, EPISODES)
    _shoot_all_of_it(page, "dashboard")
    _wait_for_end(page)
    for seed in SEEDS[1:]:
        _start(page, seed)
        _wait_for_end(page)
    run_ids = [run["run_id"] for run in _get(page, f"{url}api/runs")["runs"]]
    _show_inspector(page, run_ids[0])
    _show_everything_else(page, url, run_ids)


def _show_inspector(page: Page, run_id: str) -> None:
    _open(page, f"run={run_id}&episode={EPISODES}", "#inspector-plot .main-svg")
    _shoot(page, "inspector")
    _open(page, f"run={run_id}&episode={EPISODES - 1}&beside={EPISODES}", "#beside-plot .main-svg")
    _shoot(page, "side_by_side")


def _show_everything_else(page: Page, url: str, run_ids: list[str]) -> None:
    _open(page, f"run={run_ids[0]}&page=compare&runs={'.'.join(run_ids)}", "#compare-plot .main-svg")
    _shoot(page, "compare")
    _open(page, f"run={run_ids[0]}", "#charts .main-svg")
    page.emulate_media(color_scheme="dark")
    _shoot_all_of_it(page, "dark")
    page.set_viewport_size(PHONE)
    _shoot(page, "phone")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)
    page.goto(f"{url}api/runs/{run_ids[0]}/report.html")
    _shoot(page, "report")


def _start(page: Page, seed: str) -> None:
    page.wait_for_selector("#parameter-seed")
    for section in page.locator("#form-sections details").all():
        section.locator("summary").click()
    for name, value in (SETTINGS | {"seed": seed}).items():
        page.locator(f"#parameter-{name}").fill(value)
    for section in page.locator("#form-sections details").all():
        section.locator("summary").click()
    page.get_by_role("button", name="Start run", exact=True).click()
    page.wait_for_selector("#run-status[data-status=running]", timeout=PATIENCE_MS)


def _wait_for_episodes(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => document.querySelectorAll('#episodes-body tr').length >= count", arg=count, timeout=PATIENCE_MS
    )


def _wait_for_end(page: Page) -> None:
    page.wait_for_selector("#run-status[data-status=finished]", timeout=PATIENCE_MS)


def _open(page: Page, fragment: str, drawn: str) -> None:
    """Another view of the page, once what matters of it is drawn."""
    page.evaluate("fragment => { location.hash = fragment; }", fragment)
    page.wait_for_selector(f"{drawn} >> nth=0", timeout=PATIENCE_MS)


def _get(page: Page, url: str) -> Any:
    return page.request.get(url).json()


def _shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLING_MS)  # charts settle
    page.screenshot(path=IMAGES / f"{name}.png")


def _shoot_all_of_it(page: Page, name: str) -> None:
    """In a window as high as the page: what is out of sight is not drawn."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size(ViewportSize(width=DESKTOP["width"], height=height))
    _shoot(page, name)
    page.set_viewport_size(DESKTOP)


if __name__ == "__main__":
    main()
