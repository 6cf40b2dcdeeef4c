"""axe finds nothing of weight on any page, idle and running, light and dark, with and without something to show."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.dashboard import PATIENCE_MS, press, start_run, table_rows, wait_for_episodes

pytestmark = pytest.mark.browser

GRAVE = {"moderate", "serious", "critical"}
ASKED = {"light": {"resultTypes": ["violations"]}, "dark": {"runOnly": ["color-contrast"]}}  # only colours change

# How often each live region changes, by its id: explicit ones, and the elements that are one by themselves
COUNT_WHAT_IS_READ_OUT = """() => {
    window.readOut = {};
    const regions = "[aria-live], [role=status], [role=log], [role=alert], output";
    const count = (changes) => changes.forEach(({ target }) => {
        const region = (target.nodeType === Node.TEXT_NODE ? target.parentElement : target).closest(regions);
        const name = region?.id || region?.className || region?.outerHTML;
        if (region) window.readOut[name] = (window.readOut[name] ?? 0) + 1;
    });
    new MutationObserver(count).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def barriers(page: Page) -> list[str]:
    """What axe finds of some weight, in both themes: "dark: color-contrast at #run-total"."""
    found = []
    for scheme, options in ASKED.items():
        page.get_by_role("button", name="Theme").evaluate(
            "(button, wanted) => { while (button.value !== wanted) button.click(); }", scheme
        )
        for violation in Axe().run(page, options=options).response["violations"]:
            if violation["impact"] in GRAVE:
                places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
                found.append(f"{scheme}: {violation['id']} at {', '.join(places)}")
    return found


def test_no_page_has_a_barrier(page: Page) -> None:
    expect(page.get_by_label("Total steps")).to_be_visible(timeout=PATIENCE_MS)
    assert barriers(page) == [], "idle"

    start_run(page)
    wait_for_episodes(page, 3)
    assert barriers(page) == [], "running"
    page.locator("#episodes-body button").first.press("Enter")
    expect(page.locator("#inspector-body")).to_be_visible(timeout=PATIENCE_MS)
    assert barriers(page) == [], "inspector"
    page.keyboard.press("Escape")
    press(page, "Pause", "paused")

    for name in ("All runs", "Compare"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        assert barriers(page) == [], name


def test_a_run_that_trains_does_not_speak_all_the_time(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 2)
    page.evaluate(COUNT_WHAT_IS_READ_OUT)
    wait_for_episodes(page, len(table_rows(page)) + 6)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("#announcer")).to_contain_text("is paused")

    read_out = page.evaluate("readOut")
    assert "announcer" in read_out
    assert all(times <= 3 for times in read_out.values()), read_out
