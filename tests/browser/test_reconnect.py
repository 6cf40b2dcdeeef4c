"""A server that goes and comes back: the open page follows without gap or duplicate."""

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Watch
from tests.browser.dashboard import PATIENCE_MS, chart_points, start_run, table_rows, wait_for_episodes

pytestmark = pytest.mark.browser

DASH = "\N{EN DASH}"


@pytest.fixture
def server(server: Server) -> Iterator[Server]:
    yield server
    server.end(signal.SIGKILL)


def test_the_page_recovers_from_a_killed_server(page: Page, server: Server, watch: Watch) -> None:
    watch.forgiven += [r"ERR_CONNECTION_REFUSED", r"WebSocket connection", r"Failed to load resource"]
    start_run(page)
    wait_for_episodes(page, 3)
    before = chart_points(page)
    expect(page.locator("#run-phase")).to_have_text("learning")
    places = [page.locator(pill).bounding_box() for pill in ("#run-status", "#run-phase")]

    server.end(signal.SIGKILL)
    badge = page.locator("#connection-text")
    expect(badge).to_have_text(re.compile(r"disconnected, retrying · stale for \d+ s"), timeout=PATIENCE_MS)
    for figure in ("#figure-eta", "#figure-speed"):
        expect(page.locator(figure)).to_have_text(DASH)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    expect(page.locator("#run-status")).to_have_text("running, last known")
    expect(page.locator("#run-phase")).to_have_text("stale")
    expect(page.locator("#recent-runs .pill")).to_have_text("running, last known")
    expect(page.locator("#announcer")).to_have_text(
        re.compile("was running, phase learning, when it was last heard of")
    )
    assert [page.locator(pill).bounding_box() for pill in ("#run-status", "#run-phase")] == places
    server.start()

    expect(page.locator("#run-status")).to_have_text("interrupted", timeout=PATIENCE_MS)
    expect(page.locator("#connection-text")).to_have_text("live", timeout=PATIENCE_MS)
    wait_for_episodes(page, len(before["reward"]))
    after = chart_points(page)
    assert {metric: after[metric][: len(points)] for metric, points in before.items()} == before
    rows = table_rows(page)
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
