"""A person erases a deleted run for good: asked first, and in every open page at once."""

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Server, Watch
from tests.browser.recorded import label_run, record_runs

pytestmark = pytest.mark.browser


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("server") / "data"
    runs = record_runs(data_dir, {"seed": 1}, {"seed": 2})
    label_run(data_dir, runs[0], "the first", [], "")
    server = Server(data_dir)
    server.start()
    yield server
    server.end(signal.SIGINT)


def expect_rows(page: Page, count: int) -> None:
    expect(page.locator("#runs-body tr")).to_have_count(count)


def test_a_deleted_run_is_erased_once_that_is_confirmed(open_page: OpenPage) -> None:
    table = open_page(fragment="page=runs")
    expect_rows(table, 2)
    table.get_by_role("button", name="Delete the first").click()
    expect(table.locator("#undo-text")).to_have_text("Deleted “the first”. Kept for 30 days.")
    expect_rows(table, 1)
    other = open_page(fragment="page=runs")
    for page in (table, other):
        page.get_by_text("1 deleted run").click()
        expect(page.locator("#deleted-list li")).to_contain_text(", kept until ")
        expect(page.locator("#deleted-free")).to_have_text(re.compile(r"^[\d,.]+ GB of disk are free\.$"))
    erase = table.get_by_role("button", name="for good")
    erase.click()
    question = table.get_by_role("dialog", name="Delete “the first” for good?")
    question.get_by_role("button", name="Cancel").click()
    expect(table.locator("#deleted-list li")).to_have_count(1)

    erase.click()
    question.get_by_role("button", name="Delete for good").click()

    for page in (table, other):
        expect(page.locator("#deleted")).to_be_hidden()
        expect(page.locator("#undo-bar")).to_be_hidden()
    table.reload()
    expect_rows(table, 1)
    expect(table.locator("#deleted")).to_be_hidden()


def test_the_list_of_deleted_runs_keeps_the_focus_while_labels_are_asked_for_again(
    open_page: OpenPage, watch: Watch
) -> None:
    watch.forgiven += [r"ERR_FAILED", r"WebSocket"]
    page = open_page(fragment="page=runs")
    page.context.route("**/socket.io/?*", lambda route: route.abort())
    page.context.route_web_socket("**/socket.io/?*", lambda socket: socket.close())
    page.reload()
    expect(page.locator("#connection-text")).to_have_text("polling every 3 s")
    page.get_by_role("button", name="Delete the first").click()
    page.get_by_text("1 deleted run").click()
    undelete = page.get_by_role("button", name="Undelete the first")
    undelete.focus()

    for _ in range(2):  # the page has drawn the first answer before it asks for the second
        with page.expect_response(lambda answer: answer.url.endswith("/api/labels")):
            pass

    expect(undelete).to_be_focused()
