"""Checkpoints on the page: a run goes on, goes back and is forked, and the page shows what is true afterwards."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watch
from tests.browser.dashboard import PATIENCE_MS, SMALL, press, set_field, start_run, wait_for_episodes

pytestmark = pytest.mark.browser

START_ANOTHER = """async (config) => {
    const order = { method: "POST", headers: { "X-Warmgate": "1", "Content-Type": "application/json" } };
    return (await (await fetch("/api/runs", { ...order, body: JSON.stringify({ config }) })).json()).run_id;
}"""
REASON = "async (runId) => (await (await fetch(`/api/runs/${runId}`)).json()).run.reason"


NEWEST_IS_LISTED = """() => {
    const newest = document.querySelector("#checkpoints-body th")?.textContent;
    return newest === document.getElementById("run-step").textContent;
}"""


def before_the_gate(page: Page) -> Locator:
    return page.locator("#checkpoints-body tr").filter(has_text="before the gate opens")


def start_fork(page: Page) -> None:
    """By key: a page that still loads moves the button."""
    start = page.locator("#config-form").get_by_role("button", name="Start fork")
    expect(start).to_be_enabled()
    start.press("Enter")


def steps(page: Page) -> list[int]:
    """The steps of the checkpoints listed, newest first."""
    texts = page.locator("#checkpoints-body th").all_inner_texts()
    return [int(text.replace(",", "")) for text in texts]


def test_a_stopped_run_is_resumed_and_rolled_back(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 3)
    press(page, "Stop", "stopped")
    page.wait_for_function(NEWEST_IS_LISTED)  # stopped, so saved
    stopped_at = steps(page)[0]

    press(page, "Resume", "running")
    expect(page.locator("#notices")).to_contain_text(f"Resumed at step {stopped_at:,} (stopped).")
    wait_for_episodes(page, 5)
    numbers = page.locator("#episodes-body th").all_inner_texts()
    assert numbers == [str(number) for number in range(len(numbers), 0, -1)]  # each once, none missing
    press(page, "Stop", "stopped")

    back = before_the_gate(page).get_by_role("button", name="Roll back")
    back.click()
    question = page.get_by_role("dialog", name="Roll back to step 500?")
    question.get_by_role("button", name="Cancel").click()
    expect(back).to_be_focused()
    back.click()
    question.get_by_role("button", name="Roll back").click()
    expect(page.locator("#run-failure")).to_have_text("stopped: rolled back to step 500", timeout=PATIENCE_MS)
    expect(page.locator("#episodes-body tr")).to_have_count(1)
    expect(page.locator("#checkpoints-body tr")).to_have_count(1)
    expect(page.locator("#gate")).to_have_attribute("data-gate", "closed")


def test_what_was_confirmed_is_rolled_back_also_where_another_run_is_shown_by_then(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 2)
    press(page, "Stop", "stopped")
    asked = page.locator("#run-meta").inner_text().split()[1]
    before_the_gate(page).get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"in run {asked}")

    started = page.evaluate(START_ANOTHER, SMALL)
    expect(page.locator("#run-meta")).to_contain_text(started)
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()

    page.wait_for_function(f"async (runId) => (await ({REASON})(runId)) === 'rolled back to step 500'", arg=asked)
    expect(page.locator("#run-status")).to_have_text("running")
    expect(page.locator("#checkpoints-error")).to_be_hidden()


def test_a_fork_has_its_changes_and_says_where_it_comes_from(page: Page, watch: Watch) -> None:
    watch.forgiven.append(r"status of 400")  # the browser notes refused requests
    start_run(page)
    wait_for_episodes(page, 3)
    press(page, "Stop", "stopped")
    parent = page.locator("#run-meta").inner_text().split()[1]

    before_the_gate(page).get_by_role("button", name="Fork").click()
    expect(page.locator("#copied-note")).to_contain_text("at step 500: 499,500 steps are left.")
    expect(page.locator("#parameter-seed")).to_be_disabled()
    set_field(page.locator("#parameter-total_steps"), "400")
    start_fork(page)
    expect(page.locator("#control-error")).to_contain_text("1 setting cannot be used")
    set_field(page.locator("#parameter-total_steps"), "500,000")
    set_field(page.locator("#parameter-learning_rate"), 0.001)
    page.reload()  # what was set is kept with the tab
    expect(page.locator("#parameter-learning_rate")).to_have_value("0.001")
    expect(page.locator("#parameter-seed")).to_be_disabled()
    start_fork(page)

    expect(page.locator("#run-parent")).to_have_text(f" · forked from {parent} at step 500", timeout=PATIENCE_MS)
    expect(page.locator("#notices")).to_contain_text("changed: Learning rate 0.0003 → 0.001.")
    expect(page.get_by_role("button", name="Start run", exact=True)).to_be_visible()
    press(page, "Stop", "stopped")
    page.locator("#run-parent-link").click()
    expect(page.locator("#run-meta")).to_contain_text(parent)


def test_a_pinned_checkpoint_says_so_and_is_downloaded(page: Page) -> None:
    start_run(page)
    wait_for_episodes(page, 3)
    press(page, "Pause", "paused")
    page.wait_for_function(NEWEST_IS_LISTED)  # paused, so saved; the step in progress still counts
    newest = page.locator("#checkpoints-body tr").first

    sides = newest.locator("td").evaluate_all("cells => cells.map(cell => getComputedStyle(cell).textAlign)")
    assert sides == ["right", "left", "left", "right", "right", "left", "left"]
    newest.get_by_role("button", name="Pin").press("Enter")
    expect(newest).to_contain_text("pinned")
    unpin = newest.get_by_role("button", name="Unpin")
    expect(unpin).to_be_focused()
    expect(unpin).to_be_enabled()
    page.keyboard.press("Enter")
    expect(newest).not_to_contain_text("pinned")
    with page.expect_download() as download:
        newest.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename.endswith(f"-{steps(page)[0]}.tar")


def test_a_button_that_has_done_its_work_keeps_the_focus_and_tells_why_it_does_no_more(page: Page) -> None:
    start_run(page)
    pause = page.get_by_role("button", name="Pause", exact=True)
    expect(pause).to_be_enabled()
    pause.press("Enter")
    expect(page.locator("#run-status")).to_have_text("paused", timeout=PATIENCE_MS)
    expect(pause).to_be_disabled()
    expect(pause).to_be_focused()
    expect(pause).to_have_attribute("title", "The run is paused.")

    with page.expect_response(lambda answer: answer.request.method == "POST") as ordered:
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Resume", exact=True).press("Enter")
    assert ordered.value.url.endswith("/resume")
    expect(page.locator("#run-status")).to_have_text("running", timeout=PATIENCE_MS)
