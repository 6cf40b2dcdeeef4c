"""A person steps in: changes parameters, asks for an evaluation, and finds what was done on curves and in a list."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.dashboard import PATIENCE_MS, press, scrolls_sideways, start_run, wait_for_episodes

pytestmark = pytest.mark.browser

MARKS = """() => [...document.querySelectorAll(".chart .plot")]
    .flatMap(plot => plot.data ?? []).filter(trace => trace.yaxis === "y2").flatMap(trace => trace.text)"""


def test_parameters_change_at_the_next_episode_and_actions_are_marked(page: Page, watch: Watch) -> None:
    watch.forgiven.append("status of 400")
    start_run(page, no_trading_warmup_steps=300)
    wait_for_episodes(page, 2)
    press(page, "Pause", "paused")

    page.get_by_role("button", name="Change…").click()
    dialog = page.get_by_role("dialog", name="Change at the next episode")
    dialog.get_by_label("Fee").fill("7")
    dialog.get_by_label("Learning rate").fill("3")
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(dialog.get_by_text("must be a number above 0 and at most 0.1, found 3")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not scrolls_sideways(page, "#change-dialog")
    page.set_viewport_size({"width": 1280, "height": 900})
    dialog.get_by_label("Learning rate").fill("0.001")
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#pending-changes")).to_have_text("From the next episode on: Fee 7 bp, Learning rate 0.001.")

    press(page, "Resume", "running")
    expect(page.locator("#pending-changes")).to_be_empty(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Evaluate now").press(
        "Enter"
    )  # rows that come above it would move it under a mouse
    expect(page.locator("#intervene-note")).to_contain_text("was evaluated on the validation bars", timeout=PATIENCE_MS)
    expect(page.locator("#actions li")).to_contain_text(
        ["Asked for an evaluation", "Resumed", "Fee 2 bp → 7 bp", "Paused", "Started"]
    )
    page.locator("#charts").scroll_into_view_if_needed()
    page.wait_for_function(f"() => ({MARKS})().some(text => text.includes('Fee 2 bp → 7 bp'))")
    assert any("Paused" in text for text in page.evaluate(MARKS))
    expect(page.locator("#charts-key")).to_contain_text("◆ changed")
    page.locator("#validation-plot").scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.getElementById('validation-plot').data?.some(trace => trace.name === 'paused')"
    )

    page.reload()
    expect(page.locator("#actions li")).to_have_count(5, timeout=PATIENCE_MS)
    press(page, "Stop", "stopped")
    expect(page.get_by_role("button", name="Change…")).to_be_disabled()


def test_settings_are_found_and_presets_fill_them(page: Page) -> None:
    expect(page.get_by_label("Total steps")).to_be_visible(timeout=PATIENCE_MS)

    page.get_by_label("Search", exact=True).fill("bid-ask")
    expect(page.locator("#found-settings")).to_have_text("1 setting found")
    expect(page.get_by_label("Half spread")).to_be_visible()  # though its section was folded
    expect(page.get_by_label("Total steps")).to_be_hidden()
    page.get_by_label("Search", exact=True).fill("")
    expect(page.get_by_label("Half spread")).to_be_hidden()

    page.get_by_label("Total steps").fill("12,345")
    page.get_by_label("Preset").select_option("quick_look")
    expect(page.get_by_label("Total steps")).to_have_value("6000")
    page.get_by_role("button", name="Undo the preset").click()
    expect(page.get_by_label("Total steps")).to_have_value("12345")
    expect(page.get_by_role("button", name="Undo the preset")).to_be_hidden()

    page.get_by_label("Preset").select_option("quick_look")
    expect(page.get_by_label("Total steps")).to_have_value("6000")
    expect(page.locator("#preset-help")).to_have_text(re.compile("within a minute"))
    page.get_by_label("Total steps").fill("7000")
    expect(page.get_by_label("Preset")).to_have_value("")
