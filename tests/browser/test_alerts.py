"""A run that fails calls for attention: on the page, by sound and through the browser, each only when it is wanted."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import PATIENCE_MS, SMALL, fill_settings, start_run
from tests.runs.helpers import BLOWS_UP

pytestmark = pytest.mark.browser

# The browser's own parts, watched: a page in a test has neither loudspeaker nor desktop
WATCH_BROWSER = """() => {
    window.beeps = 0;
    window.notifications = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function () { window.beeps += 1; start.call(this); };
    window.Notification = class extends EventTarget {
        static permission = "default";
        static requestPermission = async () => (window.Notification.permission = "granted");
        constructor(title, { body }) { super(); window.notifications.push(`${title}: ${body}`); }
        close() {}
    };
    document.hasFocus = () => false;
}"""


SEEN = re.compile("running|failed")  # it may fail before a page shows that it runs


def blowing_up() -> dict[str, Any]:
    """What makes a run fail, beyond what every test's run has."""
    return {name: value for name, value in BLOWS_UP.items() if SMALL.get(name) != value}


def switch_on(page: Page, label: str) -> None:
    """By key: a page that still loads may move what a click is meant for."""
    page.get_by_label(label).press("Space")
    expect(page.get_by_label(label)).to_be_checked()


def watched(page: Page) -> list[Any]:
    heard: list[Any] = page.evaluate("[beeps, notifications]")
    return heard


def test_a_failed_run_is_counted_heard_shown_and_dismissed(page: Page) -> None:
    page.evaluate(WATCH_BROWSER)
    expect(page.get_by_label("Sound")).not_to_be_checked()
    assert watched(page) == [0, []]
    switch_on(page, "Sound")
    switch_on(page, "Browser notifications")
    assert watched(page) == [1, []]  # the beep that one hears on switching it on

    start_run(page, until="failed", **blowing_up())

    failure = page.locator("#notices li[data-level=error]")
    expect(failure).to_contain_text("The run failed: NonFiniteError")
    expect(page.locator("#alerts-count")).to_have_text("1")
    beeps, notifications = watched(page)
    assert beeps == 2
    assert [text.partition(":")[0] for text in notifications] == ["Warmgate"]
    assert "NonFiniteError" in notifications[0]

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="Alerts").click()
    expect(page.locator("#alerts-title")).to_be_focused()
    expect(page.locator("#alerts-title")).to_be_in_viewport()

    failure.get_by_role("button", name="Dismiss").click()
    expect(failure).to_have_count(0)
    expect(page.locator("#alerts :focus")).to_have_count(1)
    expect(page.locator("#alerts-count")).to_be_hidden()
    page.reload()
    expect(page.locator("#run-status")).to_have_text("failed", timeout=PATIENCE_MS)
    expect(page.get_by_label("Sound")).to_be_checked()
    expect(page.locator("#alerts-count")).to_be_hidden()

    start_run(page, until=SEEN, **blowing_up())
    page.locator("#recent-runs .run-link").nth(1).click()
    expect(page.locator("#recent-runs .run-link").nth(1)).to_have_attribute("aria-current", "true")
    expect(failure).to_contain_text("The run failed: NonFiniteError", timeout=PATIENCE_MS)
    expect(page.locator("#alerts-count")).to_have_text("1")
    failure.get_by_role("button", name="seed").click()
    expect(page.locator("#recent-runs .run-link").first).to_have_attribute("aria-current", "true")


def test_a_page_without_frames_is_heard_and_notifies(page: Page) -> None:
    """A hidden tab gets no frames: the one case that sound and notifications are for."""
    page.evaluate(WATCH_BROWSER)
    switch_on(page, "Sound")
    switch_on(page, "Browser notifications")
    fill_settings(page, SMALL | blowing_up())
    start = page.get_by_role("button", name="Start run", exact=True)
    expect(start).to_be_enabled()  # without frames it would never be
    page.evaluate("window.requestAnimationFrame = () => 1")
    start.press("Enter")

    page.wait_for_function("() => window.notifications.length > 0", polling=200, timeout=PATIENCE_MS)
    beeps, notifications = watched(page)
    assert beeps == 2  # the first one is heard on switching it on
    assert len(notifications) == 1
    assert "NonFiniteError" in notifications[0]
    expect(page).to_have_title(re.compile(r"^\(1\) failed · synthetic · seed 0.* \u2013 Warmgate$"))


def test_a_browser_that_notifies_for_installed_apps_only_says_so(page: Page) -> None:
    page.evaluate(WATCH_BROWSER)
    page.evaluate(
        """() => Object.assign(window, { Notification: class extends window.Notification {
            constructor(...all) { super(...all); throw new TypeError("Illegal constructor"); }
        } })"""
    )
    switch_on(page, "Browser notifications")

    start_run(page, until=SEEN, **blowing_up())

    expect(page.locator("#alerts-refused")).to_have_text(
        "This browser shows notifications of installed apps only.", timeout=PATIENCE_MS
    )
    expect(page.get_by_label("Browser notifications")).not_to_be_checked()
