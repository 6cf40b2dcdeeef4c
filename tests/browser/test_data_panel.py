"""A person looks at the bars of the next run, and brings bars of their own."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from market.datasets import synthetic_bars
from tests.browser.conftest import Watch
from tests.browser.dashboard import (
    PATIENCE_MS,
    SMALL,
    fill_settings,
    save_images,
    scrolls_sideways,
    wait_for_charts_to_fit,
)

pytestmark = pytest.mark.browser

REFUSED = r"status of 400"
SHADES = "document.getElementById('preview-plot').layout.shapes.map(shape => shape.name)"


@pytest.fixture
def good_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(synthetic_bars(0, 600).to_csv())
    return path


@pytest.fixture
def bad_file(good_file: Path) -> Path:
    """Text for a price in line 8, and in line 12 a high that is only the low."""
    lines = good_file.read_text().splitlines()
    lines[7] = lines[7].replace(",", ",x", 1)
    time, opening, _, low, *rest = lines[11].split(",")
    lines[11] = ",".join([time, opening, low, low, *rest])
    path = good_file.with_name("broken.csv")
    path.write_text("\n".join(lines))
    return path


def choose_file(page: Page, path: Path) -> None:
    page.get_by_label("Your file").set_input_files(path)


def wait_for_bars(page: Page, text: str) -> None:
    expect(page.locator("#preview-bars")).to_contain_text(text, timeout=PATIENCE_MS)


def test_the_bars_are_shown_before_training_and_follow_the_settings(page: Page) -> None:
    wait_for_bars(page, "5,031 bars of 1 day")
    expect(page.locator("#preview-period")).to_have_text(re.compile("^1999-01-04 . 2018-12-31$"))
    page.wait_for_function(f"() => {SHADES}.length === 3")
    assert page.evaluate(SHADES) == ["train", "validation", "test"]
    images = save_images(page, page.locator("#preview-head"))
    name = "price-of-sp500"
    assert set(images) == {f"{name}.png", f"{name}.svg"}
    assert all(f">{window}</text>" in images[f"{name}.svg"] for window in ("train", "validation", "test"))

    fill_settings(page, {"dataset": "synthetic", "synthetic_bars": 1000, "train_fraction": 0.5})
    page.locator("#parameter-train_fraction").press("Tab")
    expect(page.locator("#preview-note")).to_contain_text("both are set, or neither")
    page.locator("#parameter-validation_fraction").fill("0.3")
    page.locator("#parameter-validation_fraction").press("Tab")
    wait_for_bars(page, "1,000 bars")
    expect(page.locator("#preview-windows li")).to_contain_text(["500 bars", "300 bars", "200 bars"])

    page.locator("#parameter-synthetic_bars").fill("3")
    page.locator("#parameter-synthetic_bars").press("Tab")
    expect(page.locator("#preview-note")).to_contain_text("once this can be used: Synthetic bars")


def test_a_split_with_too_few_bars_is_explained_where_the_bars_are_shown(page: Page, watch: Watch) -> None:
    watch.forgiven.append(REFUSED)
    fill_settings(page, {"validation_from": "2018-12-01", "test_from": "2018-12-15"})
    page.locator("#parameter-test_from").press("Tab")

    expect(page.locator("#preview-error")).to_contain_text("the validation window has", timeout=PATIENCE_MS)
    expect(page.locator("#preview-body")).to_be_hidden()
    page.locator("#parameter-test_from").fill("2018-11-15")
    page.locator("#parameter-test_from").press("Tab")
    expect(page.locator("#preview-error")).to_have_text(
        "“Validation from” 2018-12-01 must be before “Test from” 2018-11-15"
    )
    expect(page.locator("#parameter-test_from-help")).to_contain_text("Goes with “Validation from”")
    page.get_by_role("button", name="Reset to defaults").click()
    expect(page.locator("#preview-error")).to_be_hidden()
    wait_for_bars(page, "5,031 bars")


def test_a_run_trains_on_an_uploaded_file(page: Page, good_file: Path) -> None:
    fill_settings(page, SMALL | {"dataset": "file"})
    page.get_by_role("button", name="Start run", exact=True).click()
    expect(page.locator("#upload-error")).to_contain_text("Choose a file first")
    expect(page.get_by_label("Your file")).to_be_focused()

    choose_file(page, good_file)
    wait_for_bars(page, "600 bars of 1 day")
    expect(page.locator("#preview-name")).to_have_text("mine.csv")
    expect(page.locator("#preview-windows li")).to_contain_text(["360 bars", "120 bars", "120 bars"])
    expect(page.locator("#upload-error")).to_be_hidden()
    page.set_viewport_size({"width": 360, "height": 900})
    wait_for_charts_to_fit(page)
    assert not scrolls_sideways(page)

    page.get_by_role("button", name="Start run", exact=True).click()
    expect(page.locator("#run-status")).to_have_text("running", timeout=PATIENCE_MS)
    config = page.evaluate(
        "fetch(`/api/runs/${location.hash.slice(5)}`).then(answer => answer.json()).then(({ run }) => run.config)"
    )
    assert config["dataset"] == "file"
    assert config["data_file"] == page.locator("#parameter-data_file").input_value() != ""


def test_a_bad_file_is_refused_line_by_line_and_nothing_else_changes(
    page: Page, good_file: Path, bad_file: Path, watch: Watch
) -> None:
    watch.forgiven.append(REFUSED)
    fill_settings(page, {"dataset": "file"})
    choose_file(page, good_file)
    wait_for_bars(page, "600 bars")
    kept = page.locator("#parameter-data_file").input_value()

    choose_file(page, bad_file)
    expect(page.locator("#upload-error")).to_contain_text("broken.csv: 2 faults", timeout=PATIENCE_MS)
    faults = page.locator("#upload-error li").all_inner_texts()
    assert [fault.split(":")[0] for fault in faults] == ["line 8", "line 12"]
    expect(page.get_by_label("Your file")).to_have_attribute("aria-invalid", "true")
    assert page.locator("#parameter-data_file").input_value() == kept
    expect(page.locator("#preview-name")).to_have_text("mine.csv")

    choose_file(page, good_file)
    expect(page.locator("#upload-error")).to_be_hidden(timeout=PATIENCE_MS)
