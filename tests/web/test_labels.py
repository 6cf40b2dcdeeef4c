"""Labels over REST, and in every open page at once."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S
from tests.web.helpers import Served, connected
from web.application import WarmgateApp
from web_app import create_app

UNDELETED = {"deleted_at": None, "is_erased": False}


@pytest.fixture
def run_id(app: WarmgateApp, client: FlaskClient) -> str:
    answer = client.post("/api/runs", json={"config": SMALL})
    assert app.controller.wait(TIMEOUT_S)
    run_id: str = answer.get_json()["run_id"]
    return run_id


def test_a_label_is_written_in_parts(client: FlaskClient, run_id: str) -> None:
    client.post(f"/api/runs/{run_id}/label", json={"name": "first", "tags": ["a", "b"]})
    answer = client.post(f"/api/runs/{run_id}/label", json={"notes": "a note"})

    label = {"run_id": run_id, "name": "first", "tags": ["a", "b"], "notes": "a note"} | UNDELETED
    assert answer.get_json() == {"label": label}
    listed = client.get("/api/labels").get_json()
    assert listed["labels"] == [label]
    assert set(listed["best_validation_sharpes"]) <= {run_id}


def test_a_run_is_started_under_its_name(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = client.post("/api/runs", json={"config": SMALL, "name": " High  fee "}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)

    assert [(label["run_id"], label["name"]) for label in client.get("/api/labels").get_json()["labels"]] == [
        (run_id, "High fee")
    ]
    started = client.get(f"/api/runs/{run_id}/actions").get_json()["actions"][0]
    assert (started["text"], started["details"]) == ("Started: name High fee", {"name": "High fee"})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 81, "unusable_label"),
        ("\ud800", "unusable_label"),
        (7, "bad_request"),
        (0, "bad_request"),
        (False, "bad_request"),
        ([], "bad_request"),
    ],
)
def test_a_name_that_cannot_be_kept_starts_nothing(client: FlaskClient, name: object, code: str) -> None:
    answer = client.post("/api/runs", json={"config": SMALL, "name": name})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)
    assert client.get("/api/runs").get_json()["runs"] == []


def test_a_label_without_a_change_is_answered_as_it_is(client: FlaskClient, run_id: str) -> None:
    answer = client.post(f"/api/runs/{run_id}/label", json={})

    assert answer.get_json()["label"] == {"run_id": run_id, "name": "", "tags": [], "notes": ""} | UNDELETED


def test_delete_hides_and_undelete_shows(client: FlaskClient, run_id: str) -> None:
    deleted = client.delete(f"/api/runs/{run_id}").get_json()["label"]
    hidden = client.get("/api/runs").get_json()["runs"]
    undeleted = client.post(f"/api/runs/{run_id}/undelete").get_json()["label"]

    assert deleted["deleted_at"].endswith("Z")
    assert hidden == []
    assert undeleted["deleted_at"] is None
    assert [run["run_id"] for run in client.get("/api/runs").get_json()["runs"]] == [run_id]


def test_a_deleted_run_is_erased_for_good(client: FlaskClient, run_id: str) -> None:
    too_early = client.post(f"/api/runs/{run_id}/erase")
    client.delete(f"/api/runs/{run_id}")

    erased = client.post(f"/api/runs/{run_id}/erase").get_json()["label"]

    assert (too_early.status_code, too_early.get_json()["error"]["code"]) == (409, "run_not_deleted")
    assert (erased["run_id"], erased["is_erased"]) == (run_id, True)
    assert client.get(f"/api/runs/{run_id}").status_code == 404
    assert client.post(f"/api/runs/{run_id}/undelete").status_code == 404
    assert client.get("/api/labels").get_json() == {"labels": [], "best_validation_sharpes": {}}
    [told] = client.get("/api/erased").get_json()["erased"]
    assert (told["run_id"], told["who"]) == (run_id, "127.0.0.1")


def test_the_server_erases_at_its_start_what_was_deleted_long_enough_ago(
    app: WarmgateApp, client: FlaskClient, run_id: str
) -> None:
    client.delete(f"/api/runs/{run_id}")
    app.close()
    for keep, is_there in ((None, True), (timedelta(days=30), True), (timedelta(0), False)):
        again = create_app(app.controller.data_dir, keep_deleted=keep)

        assert (run_id in again.controller.labels()) == is_there

        again.close()


def test_the_catalog_tells_how_long_deleted_runs_are_kept(app: WarmgateApp, client: FlaskClient) -> None:
    assert client.get("/api/catalog").get_json()["keep_deleted_days"] == 30


def test_a_run_that_is_alive_is_not_deleted(client: FlaskClient) -> None:
    run_id = client.post("/api/runs", json={"config": SMALL | {"total_steps": ENDLESS}}).get_json()["run_id"]

    refused = client.delete(f"/api/runs/{run_id}")

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "run_alive")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"nmae": "x"}, "bad_request", "Did you mean 'name'"),
        ({"name": 3}, "bad_request", '"name" must be a text'),
        ({"tags": "a"}, "bad_request", "a list of texts"),
        ({"tags": ["a", 1]}, "bad_request", "a list of texts"),
        ({"name": "x" * 81}, "unusable_label", "80 characters"),
        ({"tags": ["\ud800"]}, "unusable_label", "half of a character"),
        ({"notes": "\ud800"}, "unusable_label", "half of a character"),
    ],
)
def test_an_unusable_label_is_refused(client: FlaskClient, run_id: str, body: object, code: str, words: str) -> None:
    refused = client.post(f"/api/runs/{run_id}/label", json=body)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (400, code)
    assert words in refused.get_json()["error"]["message"]


def test_every_client_hears_of_a_label(served: Served) -> None:
    run_id = served.post("api/runs", {"config": SMALL})["run_id"]
    served.app.controller.wait(TIMEOUT_S)

    with connected(served.url) as live:
        served.post(f"api/runs/{run_id}/label", {"name": "seen"})
        [event] = live.wait_for(1, "label")

    assert event["boot_id"] == served.app.controller.boot_id
    assert event["label"]["name"] == "seen"
