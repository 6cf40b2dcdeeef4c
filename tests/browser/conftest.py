"""A real server in a process of its own, and pages that fail their test on any error, violation or foreign request."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, WebSocket, expect

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the best first
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
ADDRESS = re.compile(r"http://[\w.\[\]:]+/")
SLOW_MACHINE = "preloaded using link preload but not used"  # yet: the chart library waits for the first answers


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, if possible without windows that no test sees. As root it only starts without its sandbox."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        pytest.skip("Chromium is not installed: on Debian, apt-get install chromium-headless-shell")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": sandbox}


@dataclass
class Server:
    """`web_app.py` as a user starts it; `stop` is Ctrl-C."""

    data_dir: Path
    port: int = 0
    url: str = ""
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "web_app.py", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        log_path = self.data_dir.parent / "server.log"
        with log_path.open("a") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()  # returns at the address, or empty when the process ends
        address = ADDRESS.search(line)
        if address is None:
            self.end(signal.SIGKILL)
            pytest.fail(f"the server did not start: {line}{log_path.read_text()}", pytrace=False)
        self.url = address.group()
        self.port = urlsplit(self.url).port or 0

    def end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server") / "data")
    server.start()
    yield server
    server.end(signal.SIGINT)


@dataclass
class Watch:
    """Everything that a page must not do, as it happens; `forgiven` are patterns that a test, or any, must expect."""

    url: str
    faults: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=lambda: [SLOW_MACHINE])

    def follow(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("websocket", self._on_websocket)

    def on_request(self, route: Route) -> None:
        if self._check(route.request.url):
            route.continue_()
        else:
            route.abort()

    def verdict(self) -> list[str]:
        return [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self.forgiven)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _on_websocket(self, socket: WebSocket) -> None:
        self._check(socket.url.replace("ws://", "http://", 1))

    def _check(self, address: str) -> bool:
        is_own = address.startswith((self.url, "data:", "blob:"))
        if not is_own:
            self.faults.append(f"request off our origin: {address}")
        return is_own


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    watch = Watch(server.url)
    yield watch
    assert watch.verdict() == []


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: Server, watch: Watch) -> Iterator[OpenPage]:
    """Opens the dashboard in a tab of its own context: `open_page(width=360, fragment="run=…")`."""
    contexts: list[BrowserContext] = []

    def open_page(width: int = 1440, fragment: str = "") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/*", watch.on_request)
        page = context.new_page()
        watch.follow(page)
        page.goto(f"{server.url}#{fragment}" if fragment else server.url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage, server: Server) -> Iterator[Page]:
    """The dashboard. A run that the test leaves active is stopped."""
    page = open_page()
    yield page
    run_id = page.request.get(f"{server.url}api/health").json()["active_run"]
    if run_id is not None:  # it may end by itself before the order comes
        page.request.post(f"{server.url}api/runs/{run_id}/stop", headers={"X-Warmgate": "1"})
    page.wait_for_function("async () => (await (await fetch('/api/health')).json()).active_run === null")
