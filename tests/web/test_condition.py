"""The server tells how it is: what its process takes, and what it wrote into its log, without secrets."""

import logging
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.runs.helpers import SMALL, TIMEOUT_S
from tests.web.helpers import OurClient
from web.application import WarmgateApp
from web.log_tail import HIDDEN, MAX_LINES, MAX_TEXT
from web.reach import plan_reach
from web_app import create_app

SOMEWHERE = logging.getLogger("tests.somewhere")


def texts(client: FlaskClient) -> list[str]:
    return [line["text"] for line in client.get("/api/log").get_json()["lines"]]


@pytest.fixture(autouse=True)
def at_info(caplog: pytest.LogCaptureFixture) -> None:
    """As `main` sets it up."""
    caplog.set_level(logging.INFO)


def test_processor_time_rises_with_work_and_memory_is_held(client: FlaskClient) -> None:
    before = client.get("/api/machine").get_json()
    sum(number * number for number in range(300_000))
    after = client.get("/api/machine").get_json()

    assert before["clock_s"] < after["clock_s"]
    assert before["cpu_s"] < after["cpu_s"]
    assert 10_000_000 < after["memory_bytes"] < after["machine_memory_bytes"]
    assert after["cpu_count"] >= 1
    assert after["threads"] >= 1


def test_the_free_disk_is_that_of_the_data_folder(client: FlaskClient, tmp_path: Path) -> None:
    total = shutil.disk_usage(tmp_path).total

    assert 0 < client.get("/api/machine").get_json()["free_disk_bytes"] < total


def test_the_log_has_levels_sources_and_tracebacks(client: FlaskClient) -> None:
    try:
        raise OSError("no such thing")
    except OSError:
        SOMEWHERE.exception("it went wrong")

    line = client.get("/api/log").get_json()["lines"][-1]

    assert (line["level"], line["source"]) == ("error", "tests.somewhere")
    assert line["text"].startswith("it went wrong\nTraceback")
    assert line["text"].endswith("OSError: no such thing")


def test_the_log_keeps_the_newest_lines_and_none_without_end(client: FlaskClient) -> None:
    for number in range(MAX_LINES + 5):
        SOMEWHERE.info("line %d", number)
    SOMEWHERE.info("x" * 2 * MAX_TEXT)

    assert len(texts(client)) == MAX_LINES
    assert texts(client)[0] == "line 6"
    assert len(texts(client)[-1]) == MAX_TEXT


def test_what_becomes_of_a_run_is_in_the_log(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = client.post("/api/runs", json={"config": SMALL}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)

    assert f"run {run_id} is finished" in texts(client)


def test_no_access_token_is_in_the_log(tmp_path: Path) -> None:
    app = create_app(tmp_path, reach=plan_reach("127.0.0.1", public_url=None, needs_token=True))
    app.test_client_class = OurClient
    token = app.token
    assert token is not None
    SOMEWHERE.info("somebody sent %s, /?token=guessed and Authorization: Bearer wrong-one", token)

    lines = app.test_client().get("/api/log", headers={"Authorization": f"Bearer {token}"}).get_json()["lines"]
    app.close()

    assert lines[-1]["text"] == (f"somebody sent {HIDDEN}, /?token={HIDDEN} and Authorization: Bearer {HIDDEN}")


def test_a_closed_server_listens_to_no_log(tmp_path: Path) -> None:
    app = create_app(tmp_path)
    app.close()
    SOMEWHERE.info("after the end")

    assert [line.text for line in app.log_tail.lines()] == []
