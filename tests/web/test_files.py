"""Users' own data over REST: an upload is checked whole, kept by id, previewed and trained on."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from market.datasets import synthetic_bars
from tests.runs.helpers import SMALL, TIMEOUT_S
from tests.web.helpers import serving, wait_until
from tests.web.raw import ask, connection_to, host_of
from web.application import WarmgateApp
from web.files import MAX_UPLOAD_BYTES
from web_app import create_app

BYTES = "application/octet-stream"
OURS = {"X-Warmgate": "1", "Content-Type": BYTES}


def csv_file(bars: int = 500) -> str:
    return synthetic_bars(0, bars).to_csv()


def upload(client: FlaskClient, content: str | bytes, name: str = "bars.csv", kind: str = BYTES) -> tuple[int, Any]:
    answer = client.post("/api/files", query_string={"name": name}, data=content, content_type=kind)
    return answer.status_code, answer.get_json()


def test_uploaded_bars_can_be_looked_at_and_trained_on(app: WarmgateApp, client: FlaskClient) -> None:
    status, kept = upload(client, csv_file())
    assert status == 201
    assert kept["summary"]["rows"] == 500
    assert [(part["name"], part["bars"]) for part in kept["summary"]["splits"]] == [
        ("train", 300),
        ("validation", 100),
        ("test", 100),
    ]
    assert len(kept["preview"]["close"]) == 500

    config = SMALL | {"dataset": "file", "data_file": kept["file_id"]}
    run_id = client.post("/api/runs", json={"config": config}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    assert client.get(f"/api/runs/{run_id}").get_json()["run"]["status"] == "finished"


def test_what_an_upload_shows_is_what_its_file_trains_on(client: FlaskClient) -> None:
    _, kept = upload(client, csv_file())

    config = {"dataset": "file", "data_file": kept.pop("file_id")}

    assert client.post("/api/data", json={"config": config}).get_json() == kept


def test_an_upload_that_comes_slowly_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.files.UPLOADS_AT_ONCE", 2)
    app = create_app(tmp_path)
    content = csv_file(300).encode()
    with serving(app) as served, contextlib.ExitStack() as slow:
        head = f"POST /api/files?name=bars.csv HTTP/1.1\r\nHost: {host_of(served.url)}\r\nX-Warmgate: 1\r\n"
        head += f"Content-Type: {BYTES}\r\nContent-Length: {len(content)}\r\nExpect: 100-continue\r\n\r\n"

        def begin() -> None:
            connection = slow.enter_context(connection_to(served.url))
            connection.sendall(head.encode())
            assert connection.recv(1_000).startswith(b"HTTP/1.1 100 ")  # its body is waited for

        def status() -> int:
            return ask(served.url, "/api/files?name=bars.csv", OURS, "POST", content).status

        def are_all_places_taken() -> bool:
            begin()  # again each time: whoever uploads meanwhile may have had the place that this one came for
            return status() == 503

        begin()
        assert status() == 201
        wait_until(are_all_places_taken)
    app.close()


def test_preview_follows_the_split_of_the_configuration(client: FlaskClient) -> None:
    config = {"dataset": "synthetic", "synthetic_bars": 1000, "train_fraction": 0.5, "validation_fraction": 0.3}
    answer = client.post("/api/data", json={"config": config}).get_json()
    assert [part["bars"] for part in answer["summary"]["splits"]] == [500, 300, 200]
    assert len(answer["preview"]["close"]) <= 500


def test_bad_file_is_refused_with_its_line_and_not_kept(client: FlaskClient, tmp_path: Path) -> None:
    lines = csv_file().splitlines()
    lines[7] = lines[7].replace(",", ",x", 1)
    status, answer = upload(client, "\n".join(lines))
    assert status == 400
    assert answer["error"]["code"] == "unusable_data"
    assert "line 8" in answer["error"]["message"]
    assert not list((tmp_path / "files").glob("*"))


def test_file_too_short_to_split_is_refused_and_not_kept(client: FlaskClient, tmp_path: Path) -> None:
    status, answer = upload(client, csv_file(137))

    assert status == 400
    assert answer["error"]["message"].startswith("bars.csv: the train window has 82 bars, at least 83 are needed")
    assert not list((tmp_path / "files").glob("*"))
    assert upload(client, csv_file(138))[0] == 201


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({"dataset": "file"}, 400),
        ({"dataset": "file", "data_file": "../../etc/passwd"}, 400),
        ({"dataset": "file", "data_file": "0" * 32 + ".csv"}, 400),
        ({"dataset": "synthetic", "episode_bars": 100_000}, 400),
    ],
)
def test_run_without_usable_bars_is_refused_before_it_starts(
    client: FlaskClient, config: dict[str, Any], status: int
) -> None:
    answer = client.post("/api/runs", json={"config": config})
    assert answer.status_code == status
    assert client.get("/api/runs").get_json()["runs"] == []


def test_upload_without_a_name_or_with_another_type_is_refused(client: FlaskClient) -> None:
    assert upload(client, csv_file(), name="")[0] == 400
    assert upload(client, csv_file(), kind="text/csv")[0] == 415
    assert upload(client, csv_file(), kind="application/json")[0] == 415
    assert upload(client, csv_file(), name="bars.exe")[0] == 400


def test_upload_over_the_limit_is_refused(client: FlaskClient) -> None:
    status, answer = upload(client, b"0" * (MAX_UPLOAD_BYTES + 1))
    assert status == 413
    assert answer["error"]["code"] == "request_entity_too_large"
