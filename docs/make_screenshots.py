"""Trains a real run on the S&P 500 and photographs it: `python -m docs.make_screenshots` writes docs/images/.

Needs Chromium and what the browser tests need; takes some minutes, because the run is real.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
EPISODES = 5
SETTINGS = {"hidden_units": "32", "batch_size": "64", "total_steps": "15500"}
PATIENCE_MS = 20 * 60 * 1000
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=760)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "web_app.py", "--port", "0", "--data-dir", folder]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            address = re.search(r"http://\S+/", server.stdout.readline())
            assert address, "the server printed no address"
            _photograph(address.group())
        finally:
            server.terminate()
            server.wait(timeout=10)


def _photograph(url: str) -> None:
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        page = browser.new_page(viewport=DESKTOP)
        page.goto(url)
        _start(page)
        _wait_for_episodes(page, EPISODES)
        _shoot(page, "dashboard")
        page.locator("#episodes-body button").first.click()
        page.wait_for_selector("#inspector-plot .main-svg >> nth=0")
        _shoot(page, "inspector", full_page=False)
        page.keyboard.press("Escape")
        page.emulate_media(color_scheme="dark")
        _shoot(page, "dark")
        page.set_viewport_size(PHONE)
        _shoot(page, "phone", full_page=False)
        browser.close()


def _start(page: Page) -> None:
    for section in page.locator("#config-form details").all():
        section.locator("summary").click()
    for name, value in SETTINGS.items():
        page.locator(f"#parameter-{name}").fill(value)
    for section in page.locator("#config-form details").all():
        section.locator("summary").click()
    page.get_by_role("button", name="Start", exact=True).click()


def _wait_for_episodes(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => document.querySelectorAll('#episodes-body tr').length >= count", arg=count, timeout=PATIENCE_MS
    )


def _shoot(page: Page, name: str, *, full_page: bool = True) -> None:
    page.wait_for_timeout(1_500)  # charts settle
    page.screenshot(path=IMAGES / f"{name}.png", full_page=full_page)


if __name__ == "__main__":
    main()
