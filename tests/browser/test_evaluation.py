"""A person looks at how the policy does on bars it has never seen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.dashboard import (
    PATIENCE_MS,
    click_point,
    press,
    scrolls_sideways,
    start_run,
    validation_points,
    wait_for_charts_to_fit,
    wait_for_validation,
)

pytestmark = pytest.mark.browser

TABLE = "() => [...document.querySelectorAll('#validation-body tr')].map(row => [...row.cells].map(c => c.textContent))"


def finish_run(page: Page) -> None:
    """Runs to the end: the first learned policy and the last one are validated, the last one is tested."""
    start_run(page, total_steps=2_000)
    expect(page.locator("#run-status")).to_have_text("finished", timeout=2 * PATIENCE_MS)
    expect(page.locator("#test")).to_be_visible(timeout=PATIENCE_MS)
    wait_for_validation(page, 2)


def test_a_stopped_run_leaves_the_test_bars_alone(page: Page) -> None:
    start_run(page)
    expect(page.locator("#evaluations-empty")).to_contain_text("after the first learning episode")
    wait_for_validation(page, 1)
    press(page, "Stop", "stopped")

    expect(page.locator("#validation")).to_be_visible()
    expect(page.locator("#test")).to_be_hidden()
    expect(page.locator("#evaluations-pending")).to_be_empty()


def test_evaluations_are_shown_live_and_again_after_a_reload(page: Page, open_page: OpenPage) -> None:
    finish_run(page)
    live, table = validation_points(page), page.evaluate(TABLE)

    page.reload()
    wait_for_validation(page, len(live))
    other = open_page(fragment=page.evaluate("location.hash.slice(1)"))
    wait_for_validation(other, len(live))

    assert validation_points(page) == validation_points(other) == live
    assert page.evaluate(TABLE) == other.evaluate(TABLE) == table
    evaluations = page.evaluate(
        "fetch(`/api/runs/${location.hash.slice(5)}/evaluations`).then(answer => answer.json())"
    )
    stored = [one for one in evaluations["evaluations"] if one["window"] == "validation"]
    assert [point[3] for point in live] == [one["number"] for one in stored]
    assert [point[0] for point in live] == [one["episode"] for one in stored]


def test_the_newest_evaluation_stands_beside_its_baselines(page: Page) -> None:
    finish_run(page)

    labels = [row[0] for row in page.evaluate(TABLE)]
    assert labels[:5] == ["Policy", "no costs", "double costs", "fivefold costs", "one bar late"]
    assert {"Flat", "Buy & hold", "Policy, shuffled"} < set(labels)
    names = page.evaluate("document.getElementById('validation-plot').layout.shapes.map(shape => shape.name)")
    assert names == ["Buy & hold", "Volatility target 10 %"]
    expect(page.locator("#evaluations-empty")).to_be_hidden()
    expect(page.locator("#validation-text")).to_contain_text("Against buy & hold")
    expect(page.locator("#test-text")).to_contain_text(", looked at once by this run")
    expect(page.locator("[data-metric=sharpe]")).to_contain_text("on the training bars")


def test_an_evaluation_opens_in_the_inspector_and_from_its_address(page: Page, open_page: OpenPage) -> None:
    finish_run(page)
    *_, before, newest = [point[0] for point in validation_points(page)]

    inspect = page.get_by_role("button", name=f"Inspect Validation after episode {newest}", exact=True)
    inspect.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Validation after episode {newest} ·")
    expect(dialog.locator("#inspector-body")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_function(
        "() => document.getElementById('inspector-plot').data?.some(({ name }) => name === 'equity')"
    )
    assert re.search(r"evaluation=\d+", page.url)
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()  # the test is not among the validations

    other = open_page(fragment=page.evaluate("location.hash.slice(1)"))
    expect(other.get_by_role("dialog", name=f"Validation after episode {newest} ·")).to_be_visible()

    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name=f"Validation after episode {before} ·")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    expect(inspect).to_be_focused()

    page.get_by_role("button", name="Inspect Test", exact=True).click()
    expect(page.get_by_role("dialog", name="Test ·")).to_be_visible()


def test_a_click_on_a_validation_point_opens_its_evaluation(page: Page) -> None:
    start_run(page)
    wait_for_validation(page, 1)
    press(page, "Stop", "stopped")  # a run that is paused may still be evaluated, and drawn again under the mouse
    page.wait_for_function(
        "() => document.getElementById('validation-plot').data.some(({ name }) => name === 'stopped')"
    )
    wait_for_validation(page, 1)
    episode = validation_points(page)[0][0]

    click_point(page, "#validation-plot", 0)

    expect(page.get_by_role("dialog", name=f"Validation after episode {episode} ·")).to_be_visible()


def test_the_table_scrolls_in_its_own_box_on_a_phone(page: Page) -> None:
    finish_run(page)

    page.set_viewport_size({"width": 360, "height": 900})
    wait_for_charts_to_fit(page)

    assert not scrolls_sideways(page)
    assert scrolls_sideways(page, "#validation .scroll")
