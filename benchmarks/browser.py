"""A Chromium without a window, for what measures or photographs the page. Knows no page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

PROGRAMS = ("chromium-headless-shell", "chromium")  # the best first: the shell opens no window besides


@contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's Chromium; as root it only starts without its sandbox."""
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, PROGRAMS)), None)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield browser
        browser.close()
