"""A person keeps order among many runs: finds, names, compares settings, duplicates, deletes and takes it back."""

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from runs.events import RunStatus
from tests.browser.conftest import OpenPage, Server
from tests.browser.dashboard import PATIENCE_MS, scrolls_sideways, wait_for_charts_to_fit
from tests.browser.recorded import label_run, record_runs

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Knows three runs, the oldest first: another seed each, a label, another fee."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    runs = record_runs(data_dir, {"seed": 1}, {"seed": 2}, {"seed": 3, "fee_bps": 20.0})
    label_run(data_dir, runs[1], "the second", ["keep", "slow"], "a note")
    server = Server(data_dir)
    server.start()
    yield server
    server.end(signal.SIGINT)


@pytest.fixture
def table(open_page: OpenPage) -> Page:
    page = open_page(fragment="page=runs")
    expect(rows(page)).to_have_count(3, timeout=PATIENCE_MS)
    return page


def rows(page: Page) -> Locator:
    return page.locator("#runs-body tr")


def seeds(page: Page) -> list[str]:
    return page.locator("#runs-body tr td:nth-child(6)").all_inner_texts()


def select(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}").first.check()


def test_runs_are_sorted_by_any_column_and_back(table: Page) -> None:
    assert seeds(table) == ["3", "2", "1"]  # newest first

    table.get_by_role("button", name="Seed", exact=True).click()
    expect(table.locator("th[aria-sort=ascending]")).to_have_text("Seed")
    assert seeds(table) == ["1", "2", "3"]
    table.get_by_role("button", name="Seed", exact=True).click()
    expect(table.locator("th[aria-sort=descending]")).to_have_text("Seed")
    assert seeds(table) == ["3", "2", "1"]


def test_best_validation_is_shown_with_its_sign(table: Page) -> None:
    texts = table.locator("#runs-body tr td:nth-child(5)").all_inner_texts()

    assert all(float(text.replace("\N{MINUS SIGN}", "-")) for text in texts), texts


def test_runs_are_found_by_words_and_the_address_keeps_it(table: Page, open_page: OpenPage) -> None:
    table.get_by_role("searchbox", name="Find").fill("fee bps 20")
    expect(rows(table)).to_have_count(1)
    expect(table.locator("#runs-count")).to_have_text("1 run of 3")
    table.wait_for_function("() => location.hash.includes('find=')")

    other = open_page(fragment=table.evaluate("location.hash.slice(1)"))

    expect(rows(other)).to_have_count(1, timeout=PATIENCE_MS)
    expect(other.get_by_role("searchbox", name="Find")).to_have_value("fee bps 20")
    other.get_by_role("searchbox", name="Find").fill("nowhere")
    expect(other.locator("#runs-empty")).to_have_text("No run has all of this.")


def test_a_name_given_in_one_tab_is_seen_in_the_other(table: Page, open_page: OpenPage) -> None:
    other = open_page(fragment="page=runs")
    expect(rows(other)).to_have_count(3, timeout=PATIENCE_MS)

    table.get_by_role("button", name="Edit synthetic · seed 1").click()
    dialog = table.get_by_role("dialog", name="Edit run")
    dialog.get_by_label("Name").fill("the first")
    dialog.get_by_label("Tags").fill("keep, early")
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    expect(other.get_by_role("link", name="the first")).to_be_visible(timeout=PATIENCE_MS)
    expect(other.locator("#runs-body tr").last.locator(".chip").last).to_have_text("early")
    table.get_by_role("button", name="Edit the first").click()
    dialog.get_by_label("Name").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(other.get_by_role("link", name="synthetic · seed 1")).to_be_visible(timeout=PATIENCE_MS)


def test_notes_written_in_another_tab_survive_a_change_of_tags(table: Page, open_page: OpenPage) -> None:
    other = open_page(fragment="page=runs")
    dialog, elsewhere = (tab.get_by_role("dialog", name="Edit run") for tab in (table, other))
    for tab in (table, other):
        tab.get_by_role("button", name="Edit synthetic · seed 3").click()
    elsewhere.get_by_label("Notes").fill("from the other tab")
    elsewhere.get_by_role("button", name="Save").click()
    expect(elsewhere).to_be_hidden()
    dialog.get_by_label("Tags").fill("kept")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    table.get_by_role("button", name="Edit synthetic · seed 3").click()
    expect(dialog.get_by_label("Tags")).to_have_value("kept")
    expect(dialog.get_by_label("Notes")).to_have_value("from the other tab")
    dialog.get_by_label("Tags").fill("")
    dialog.get_by_label("Notes").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()


def test_a_late_answer_closes_no_dialog_but_its_own(table: Page) -> None:
    held: list[Route] = []
    table.route("**/label", lambda route: held.append(route))
    dialog = table.get_by_role("dialog", name="Edit run")
    table.get_by_role("button", name="Edit synthetic · seed 3").click()
    dialog.get_by_label("Tags").fill("late")
    with table.expect_request("**/label"):
        dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Cancel").click()
    table.get_by_role("button", name="Edit the second").click()

    with table.expect_response("**/label"):
        held[0].continue_()

    expect(dialog.get_by_role("button", name="Save")).to_be_enabled()  # the answer has been heard
    expect(dialog.get_by_label("Name")).to_have_value("the second")
    expect(dialog).to_be_visible()


def test_only_what_differs_between_selected_runs_is_shown(table: Page) -> None:
    select(table, "synthetic · seed 1", "synthetic · seed 3")

    diff = table.get_by_role("region", name="Settings that differ")
    expect(diff.locator("tbody th")).to_have_text(["Seed", "Fee"])
    expect(diff.locator("tbody tr").nth(1).locator("td")).to_have_text(["2 bp", "20 bp"])
    expect(diff.locator("[data-differs]")).to_have_text(["3", "20 bp"])


def test_a_duplicate_fills_the_form_with_the_run_s_settings(table: Page) -> None:
    table.get_by_role("button", name="Duplicate synthetic · seed 3").click()

    expect(table.locator("#copied-note")).to_contain_text("synthetic · seed 3")
    expect(table.locator("#parameter-fee_bps")).to_have_value("20")
    expect(table.locator("#parameter-seed")).to_have_value("3")
    expect(table.locator("#settings-title")).to_be_focused()
    assert "page=" not in table.evaluate("location.hash")

    table.get_by_label("Preset").select_option("quick_look")
    expect(table.locator("#copied-note")).to_be_empty()


def test_a_deleted_run_comes_back_by_undo_and_from_the_list(table: Page) -> None:
    table.get_by_role("button", name="Delete synthetic · seed 3").click()
    expect(table.get_by_role("button", name="Undo", exact=True)).to_be_focused()
    expect(rows(table)).to_have_count(2)
    pages = table.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Run", exact=True).click()
    expect(table.locator("#run-deleted")).to_contain_text("It is in no list any more, and all of it is kept until ")
    expect(table.locator("#recent-runs li")).to_have_count(2)
    table.get_by_role("button", name="Undelete", exact=True).click()
    expect(table.locator("#run-deleted")).to_be_hidden()
    expect(table.locator("#run-title")).to_be_focused()
    expect(table.locator("#recent-runs li")).to_have_count(3)
    expect(table.locator("#undo-bar")).to_be_hidden()
    pages.get_by_role("link", name="All runs").click()

    select(table, "the second", "synthetic · seed 1")
    table.locator("#selected-delete").dblclick()
    expect(table.locator("#undo-text")).to_have_text("Deleted 2 runs. Kept for 30 days.")
    expect(rows(table)).to_have_count(1)
    table.get_by_role("button", name="Delete synthetic · seed 3").click()
    expect(table.locator("#undo-text")).to_have_text("Deleted “synthetic · seed 3”. Kept for 30 days.")
    table.get_by_role("button", name="Undo", exact=True).click()
    expect(table.locator("#undo-text")).to_have_text("Deleted 2 runs. Kept for 30 days.")
    expect(rows(table)).to_have_count(1, timeout=PATIENCE_MS)
    table.reload()
    table.get_by_text("2 deleted runs").click()
    for count in (2, 3):
        table.get_by_role("button", name="Undelete").first.click()
        expect(rows(table)).to_have_count(count, timeout=PATIENCE_MS)
        next_one = table.get_by_role("button", name="Undelete")
        expect(next_one if count == 2 else table.locator("#runs-title")).to_be_focused()
    expect(table.locator("#deleted")).to_be_hidden()


def test_undo_selects_again_what_was_selected(table: Page) -> None:
    names = ["the second", "synthetic · seed 1"]
    select(table, *names)
    table.locator("#selected-delete").click()
    expect(rows(table)).to_have_count(1)

    table.get_by_role("button", name="Undo", exact=True).click()

    expect(rows(table)).to_have_count(3, timeout=PATIENCE_MS)
    expect(table.locator("#runs-title")).to_be_focused()
    for name in names:
        expect(table.get_by_role("checkbox", name=f"Select {name}").first).to_be_checked()
    expect(table.get_by_role("checkbox", name="Select synthetic · seed 3").first).not_to_be_checked()
    table.get_by_role("button", name="Clear selection").press("Enter")
    expect(table.locator("#selected-bar")).to_be_hidden()
    expect(table.locator("#runs-title")).to_be_focused()


def test_the_pages_are_walked_by_links_and_back(table: Page) -> None:
    navigation = table.get_by_role("navigation", name="Pages")
    navigation.get_by_role("link", name="Run", exact=True).click()
    expect(table.locator("#run-title")).to_be_visible()
    expect(navigation.get_by_role("link", name="Run", exact=True)).to_have_attribute("aria-current", "page")

    table.go_back()

    expect(table.locator("#runs-title")).to_be_visible()


def test_no_name_and_no_page_left_for_another_makes_the_page_scroll_sideways(table: Page) -> None:
    table.get_by_role("button", name="Edit synthetic · seed 1").click()
    table.get_by_role("dialog").get_by_label("Name").fill("x" * 80)
    table.get_by_role("button", name="Save", exact=True).click()
    select(table, "the second", "x" * 80)

    for width in (360, 768, 1440, 2560):
        table.set_viewport_size({"width": width, "height": 900})
        assert not scrolls_sideways(table), f"{width} px"
        place = table.get_by_role("button", name="Delete the second").bounding_box()
        assert place is not None
        assert place["x"] + place["width"] <= width, f"{width} px"

    table.get_by_role("link", name="x" * 80).first.click()  # the bars of the next run were out of sight until now
    for width in (1440, 360):
        table.set_viewport_size({"width": width, "height": 900})
        wait_for_charts_to_fit(table)
        expect(table.locator("#preview-plot .main-svg").first).to_be_visible()
        assert not scrolls_sideways(table), f"{width} px"
        assert not scrolls_sideways(table, "#recent-runs"), f"{width} px"


def test_a_column_of_results_puts_the_best_first(table: Page) -> None:
    table.get_by_role("button", name="Best validation Sharpe").click()

    expect(table.locator("th[aria-sort=descending]")).to_have_text("Best validation Sharpe")
    texts = table.locator("#runs-body tr td:nth-child(5)").all_inner_texts()
    sharpes = [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts]
    assert sharpes == sorted(sharpes, reverse=True)


def test_a_value_and_a_tag_find_runs_and_filters_that_leave_none_are_cleared(table: Page) -> None:
    find = table.get_by_role("searchbox", name="Find")
    for text, seed in (("fee=20", "3"), ("seed<2", "1"), ("tag:keep seed>1", "2")):
        find.fill(text)
        expect(rows(table).locator("td:nth-child(6)"), text).to_have_text([seed])

    find.fill("fee=1")
    expect(table.get_by_label("Status").locator("option")).to_have_text(["any", *RunStatus])
    table.get_by_label("Status").select_option("failed")
    expect(table.locator("#runs-empty")).to_have_text("No run has all of this.")
    find.fill("steps=10")
    expect(table.locator("#runs-empty")).to_contain_text("No setting is called “steps”. Did you mean total_steps")
    table.get_by_role("button", name="Clear filters").click()

    expect(rows(table)).to_have_count(3)
    expect(find).to_be_focused()
    expect(find).to_have_value("")
    expect(table.get_by_label("Status")).to_have_value("")
    expect(table.get_by_role("button", name="Clear filters")).to_be_hidden()


def test_a_status_that_there_is_not_filters_nothing(open_page: OpenPage) -> None:
    page = open_page(fragment="page=runs&status=weird")

    expect(rows(page)).to_have_count(3, timeout=PATIENCE_MS)
    expect(page.get_by_label("Status")).to_have_value("")


def test_on_a_phone_a_list_says_what_runs_are_sorted_by(table: Page) -> None:
    table.set_viewport_size({"width": 360, "height": 800})
    sort_by = table.get_by_label("Sort by")
    expect(sort_by).to_have_value("started")
    expect(table.get_by_role("button", name="Seed", exact=True)).to_be_hidden()

    sort_by.select_option(label="Seed")
    expect(table.get_by_role("button", name="Ascending")).to_be_visible()
    assert seeds(table) == ["1", "2", "3"]
    table.get_by_role("button", name="Ascending").click()

    expect(table.get_by_role("button", name="Descending")).to_be_visible()
    assert seeds(table) == ["3", "2", "1"]
    assert not scrolls_sideways(table)


MIDDLE_OF_FIRST_LINE = """node => {
    const text = document.createRange();
    text.selectNodeContents(node);
    const [line] = text.getClientRects();
    return line.y + line.height / 2;
}"""


def test_a_row_has_two_lines_of_settings_and_its_buttons_on_the_line_of_its_name(table: Page) -> None:
    for row in rows(table).all():
        expect(row.locator(".some").first).to_have_attribute("title", re.compile("\n"))  # all settings, a line each
        settings = row.locator(".settings-cell")
        height = settings.evaluate("node => node.clientHeight / parseFloat(getComputedStyle(node).fontSize)")
        assert height < 2 * 1.6  # letters a line
        name, button = (row.get_by_role(role).first.evaluate(MIDDLE_OF_FIRST_LINE) for role in ("link", "button"))
        assert abs(name - button) < 1.5  # pixels between the middle of the first line of a name and that of the button


def test_notes_end_before_the_actions_beside_a_long_tag(table: Page, open_page: OpenPage) -> None:
    table.set_viewport_size({"width": 1440, "height": 900})
    table.get_by_role("button", name="Edit synthetic · seed 3").click()
    dialog = table.get_by_role("dialog", name="Edit run")
    dialog.get_by_label("Tags").fill("x" * 30)
    dialog.get_by_label("Notes").fill("a note that is longer than its column is wide")
    dialog.get_by_role("button", name="Save").click()
    row = rows(table).filter(has_text="a note that")

    note, actions = row.locator(".notes-cell").bounding_box(), row.locator(".row-actions").bounding_box()

    assert note
    assert actions
    assert note["x"] + note["width"] <= actions["x"]
