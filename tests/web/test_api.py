"""REST as docs/api.md describes it: what it answers, and how it refuses."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from market.datasets import DATASETS
from market.episode import Trade
from runs.events import PolicyEvaluated
from runs.run import apply
from runs.store.database import DATABASE_NAME
from runs.store.run_store import RunStore
from tests.runs.helpers import (
    BLOWS_UP,
    ENDLESS,
    SMALL,
    TIMEOUT_S,
    Heard,
    envelope,
    episode_finished,
    run_before_its_first_event,
)
from training.config import SECTIONS
from training.metrics import METRICS
from web.api import EPISODES_AT_ONCE
from web.application import WarmgateApp
from web_app import create_app

UNKNOWN = "20260101-000000-aaaa"
RUN_FIELDS = {
    "run_id",
    "status",
    "reason",
    "created_at",
    "ended_at",
    "config",
    "warnings",
    "sequence",
    "boot_id",
    "notices",
    "progress",
    "gate",
    "episodes",
    "last_reward",
    "parent",
    "rewinds",
    "checkpoint_step",
    "changes",
    "pending_changes",
    "config_in_force",
}
PROGRESS_FIELDS = {
    "step",
    "total_steps",
    "episode",
    "episode_step",
    "phase",
    "steps_until_open",
    "buffer_size",
    "buffer_capacity",
    "updates",
    "updates_while_gated",
    "equity",
    "position",
    "alpha",
    "active_s",
    "steps_per_s",
    "eta_s",
}
EPISODE_FIELDS = {
    "episode",
    "sequence",
    "ended_at",
    "steps",
    "first_step",
    "phase",
    "gated_steps",
    "terminated",
    "truncated",
    *METRICS.names(),
}
SERIES_FIELDS = {
    "time_ms",
    "price",
    "fill_price",
    "action",
    "position",
    "equity",
    "traded",
    "costs",
    "reward",
    "gated",
    "buy_and_hold",
}


def body_of(response: TestResponse) -> Any:
    assert response.is_json, response.text
    return response.json


def start(client: FlaskClient, **changes: Any) -> str:
    response = client.post("/api/runs", json={"config": SMALL | changes})
    assert response.status_code == 201, body_of(response)
    run_id: str = body_of(response)["run_id"]
    return run_id


def finished_run(app: WarmgateApp, **changes: Any) -> str:
    run_id = start(app.test_client(), **changes)
    assert app.controller.wait(TIMEOUT_S)
    return run_id


def test_health_names_the_server_and_the_active_run(app: WarmgateApp, client: FlaskClient) -> None:
    idle = body_of(client.get("/api/health"))

    run_id = start(client, total_steps=ENDLESS)

    boot_id = app.controller.boot_id
    assert idle == {"status": "ok", "version": "0.1.0", "boot_id": boot_id, "active_run": None}
    assert body_of(client.get("/api/health"))["active_run"] == run_id


def test_the_catalog_has_all_a_form_and_a_table_need(client: FlaskClient) -> None:
    catalog = body_of(client.get("/api/catalog"))

    assert [dataset["name"] for dataset in catalog["datasets"]] == DATASETS.names()
    assert {strategy["name"] for strategy in catalog["warmup_strategies"]} >= {
        "forced_neutral",
        "random_actions",
        "clear_buffer",
    }
    parameters = {parameter["name"]: parameter for parameter in catalog["parameters"]}
    warmup = parameters["no_trading_warmup_steps"]
    assert (warmup["default"], warmup["type"], warmup["minimum"], warmup["unit"]) == (5_000, "integer", 0, "steps")
    assert [choice["name"] for choice in parameters["dataset"]["choices"]] == DATASETS.names()
    assert [one["name"] for one in catalog["sections"]] == list(SECTIONS)
    assert (parameters["total_steps"]["forkable"], parameters["seed"]["forkable"]) == (True, False)
    charted = [metric["name"] for metric in catalog["metrics"] if metric["chart"]]
    assert charted == ["reward", "sharpe", "trades", "alpha", "action_std"]
    assert all(set(metric) == {"name", "label", "unit", "help", "chart"} for metric in catalog["metrics"])


def test_a_started_run_is_answered_whole(client: FlaskClient) -> None:
    response = client.post("/api/runs", json={"config": SMALL | {"total_steps": ENDLESS}})

    run = body_of(response)["run"]
    assert response.status_code == 201
    assert set(run) == RUN_FIELDS
    assert run["run_id"] == body_of(response)["run_id"]
    assert (run["status"], run["reason"], run["ended_at"]) == ("running", None, None)
    assert run["config"]["total_steps"] == ENDLESS
    assert run["created_at"].endswith("Z")
    assert run["gate"] == {"warmup_steps": 50, "strategy": "forced_neutral", "is_open": False, "opened": None}


def test_defaults_fill_what_a_config_leaves_out(client: FlaskClient) -> None:
    run = body_of(client.post("/api/runs", json={}))["run"]

    assert (run["config"]["dataset"], run["config"]["no_trading_warmup_steps"]) == ("sp500", 5_000)


def test_a_run_is_paused_resumed_and_stopped(client: FlaskClient, app: WarmgateApp) -> None:
    run_id = start(client, total_steps=ENDLESS)

    answers = [client.post(f"/api/runs/{run_id}/{order}") for order in ("pause", "resume", "stop")]
    app.controller.wait(TIMEOUT_S)

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [body_of(answer)["run"]["status"] for answer in answers[:2]] == ["paused", "running"]
    assert body_of(answers[2])["run"]["status"] in ("stopping", "stopped")
    assert body_of(client.get(f"/api/runs/{run_id}"))["run"]["status"] == "stopped"


def twice_validated_run(app: WarmgateApp) -> str:
    """A finished run that was judged on its validation bars more than once, however busy the machine is."""
    heard = Heard()
    app.controller.subscribe(heard)
    original = start(app.test_client(), total_steps=ENDLESS)
    heard.wait_for_events(2, PolicyEvaluated)
    app.controller.stop(original)
    assert app.controller.wait(TIMEOUT_S)
    step = app.controller.checkpoints(original)[-1].step
    fork = app.controller.fork(original, step, {"total_steps": step + 20})  # and so it comes to its test bars
    assert app.controller.wait(TIMEOUT_S)
    return fork.run_id


def test_older_evaluations_come_without_their_tables_where_nobody_asks_for_them(
    app: WarmgateApp, client: FlaskClient
) -> None:
    path = f"/api/runs/{twice_validated_run(app)}/evaluations"
    every = client.get(path).get_json()["evaluations"]
    newest = {one["window"]: one for one in every}
    assert len(every) > len(newest) == 2

    shown = client.get(f"{path}?tables=newest").get_json()["evaluations"]

    empty: dict[str, Any] = {"variants": [], "baselines": [], "comparisons": {}}
    assert shown == [one if one in newest.values() else one | empty for one in every]
    later = client.get(f"{path}?after={every[0]['number']}&tables=newest").get_json()["evaluations"]
    assert later == shown[1:]
    assert client.get(f"{path}?tables=some").status_code == 400


def test_a_finished_run_is_the_same_after_a_restart(app: WarmgateApp, client: FlaskClient, tmp_path: Path) -> None:
    run_id = finished_run(app)
    before = [body_of(client.get(path)) for path in paths_of(run_id)]
    app.close()

    restarted = create_app(tmp_path)
    after = [body_of(restarted.test_client().get(path)) for path in paths_of(run_id)]
    restarted.close()

    assert after == before
    run = before[0]["run"]
    assert set(run) == RUN_FIELDS
    assert set(run["progress"]) == PROGRESS_FIELDS
    assert run["gate"]["is_open"] is True
    assert run["gate"]["opened"]["updates_while_gated"] == 0
    assert run["gate"]["opened"]["fingerprint_before"] == run["gate"]["opened"]["fingerprint_after"]
    assert {frozenset(notice) for notice in run["notices"]} == {frozenset({"time", "level", "text"})}


def paths_of(run_id: str) -> list[str]:
    return [f"/api/runs/{run_id}", "/api/runs", f"/api/runs/{run_id}/episodes", f"/api/runs/{run_id}/episodes/3"]


def test_episodes_come_after_a_number(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app)

    every = body_of(client.get(f"/api/runs/{run_id}/episodes"))
    middle = body_of(client.get(f"/api/runs/{run_id}/episodes?after=2&up_to=4"))
    last = body_of(client.get(f"/api/runs/{run_id}/episodes?after=4"))

    assert [episode["episode"] for episode in every["episodes"]] == [1, 2, 3, 4, 5]
    assert all(set(episode) == EPISODE_FIELDS for episode in every["episodes"])
    assert middle["episodes"] == every["episodes"][2:4]
    assert last["episodes"] == every["episodes"][4:]
    assert every["run_id"] == run_id
    assert every["sequence"] == body_of(client.get(f"/api/runs/{run_id}"))["run"]["sequence"]


def test_an_answer_has_only_so_many_episodes_and_says_so(client: FlaskClient, tmp_path: Path) -> None:
    store = RunStore.open(tmp_path)
    run = run_before_its_first_event()
    store.create(run)
    for number in range(1, EPISODES_AT_ONCE + 2):
        stamped = envelope(number, episode_finished(number))
        after = apply(run, stamped)
        store.record(run, after, stamped)
        run = after
    store.close()
    path = f"/api/runs/{run.run_id}/episodes"

    first, rest, part = (body_of(client.get(path + query)) for query in ("", f"?after={EPISODES_AT_ONCE}", "?up_to=3"))

    last = EPISODES_AT_ONCE + 1
    numbers = [[one["episode"] for one in page["episodes"]] for page in (first, rest, part)]
    assert numbers == [list(range(1, last)), [last], [1, 2, 3]]
    assert [page["has_more"] for page in (first, rest, part)] == [True, False, False]


def test_a_forced_neutral_episode_has_no_sharpe(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app)

    first = body_of(client.get(f"/api/runs/{run_id}/episodes"))["episodes"][0]

    assert (first["phase"], first["gated_steps"], first["trades"]) == ("warmup", 20, 0)
    assert (first["sharpe"], first["action_std"]) == (None, None)
    assert (first["reward"], first["updates_while_gated"]) == (0, 0)


def test_an_inspected_episode_has_aligned_series_and_its_trades(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app)

    answer = body_of(client.get(f"/api/runs/{run_id}/episodes/4"))

    assert set(answer["series"]) == SERIES_FIELDS
    assert {len(column) for column in answer["series"].values()} == {answer["episode"]["steps"] + 1} == {21}
    assert answer["series"]["buy_and_hold"][0] == answer["series"]["equity"][0] == 100_000
    assert len(answer["trades"]) == answer["episode"]["trades"] > 0
    assert all(set(trade) == set(Trade.__dataclass_fields__) for trade in answer["trades"])


def test_runs_are_listed_newest_first(app: WarmgateApp, client: FlaskClient) -> None:
    first = finished_run(app, total_steps=1)
    second = start(client, total_steps=ENDLESS)

    listed = body_of(client.get("/api/runs"))["runs"]

    assert [(run["run_id"], run["status"]) for run in listed] == [(second, "running"), (first, "finished")]


def test_a_failed_run_says_why(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, **BLOWS_UP)

    run = body_of(client.get(f"/api/runs/{run_id}"))["run"]

    assert run["status"] == "failed"
    assert run["reason"].startswith("NonFiniteError: ")
    assert len(body_of(client.get(f"/api/runs/{run_id}/episodes"))["episodes"]) == run["episodes"] >= 2


JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code", "message"),
    [
        (b"{", JSON, 400, "bad_request", "the body is not JSON: "),
        (b"\xff\xfe", JSON, 400, "bad_request", "the body is not JSON: "),
        (b"[" * 50_000, JSON, 400, "bad_request", "nested too deeply"),
        (b'{"config": {"fee_bps": NaN}}', JSON, 400, "bad_request", "NaN is not a JSON number"),
        (b'{"config": {"fee_bps": -Infinity}}', JSON, 400, "bad_request", "-Infinity is not a JSON number"),
        (b"[]", JSON, 400, "bad_request", "the body must be a JSON object, found a list"),
        (b'{"config": [1]}', JSON, 400, "bad_request", '"config" must be an object'),
        (b'{"config": null}', JSON, 400, "bad_request", "found null"),
        (
            b'{"conifg": {}}',
            JSON,
            400,
            "bad_request",
            "unknown member 'conifg'; allowed: config, name. Did you mean 'config'?",
        ),
        (b'{"config": {}}', "text/plain", 415, "unsupported_media_type", "Content-Type: application/json"),
        (b'{"config": {}}', "application/x-www-form-urlencoded", 415, "unsupported_media_type", "application/json"),
        (b" " * 100_001, JSON, 413, "request_entity_too_large", ""),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_without_the_right_form_is_refused(
    client: FlaskClient, body: bytes, content_type: str, status: int, code: str, message: str
) -> None:
    response = client.post("/api/runs", data=body, content_type=content_type)

    assert response.status_code == status
    assert body_of(response)["error"]["code"] == code
    assert message in body_of(response)["error"]["message"]
    assert body_of(client.get("/api/runs"))["runs"] == []


@pytest.mark.parametrize(
    ("config", "field", "found", "hint"),
    [
        ({"fee": 1}, "fee", "unknown parameter", "Did you mean 'fee_bps'?"),
        ({"fee_bps": -1}, "fee_bps", "-1", "0"),
        ({"fee_bps": "2"}, "fee_bps", "'2'", "a number"),
        ({"fee_bps": None}, "fee_bps", "nothing", "a number"),
        ({"fee_bps": 1e999}, "fee_bps", "inf", "a number"),
        ({"total_steps": 0}, "total_steps", "0", "1"),
        ({"total_steps": 1.5}, "total_steps", "1.5", "whole number"),
        ({"total_steps": True}, "total_steps", "true", "whole number"),
        ({"total_steps": 10**400}, "total_steps", "", "whole number"),
        ({"dataset": "sp50"}, "dataset", "'sp50'", "Did you mean 'sp500'?"),
        ({"dataset": {}}, "dataset", "{}", "sp500"),
        ({"warmup_strategy": "../../x"}, "warmup_strategy", "'../../x'", "forced_neutral"),
        ({"\ud800": 1}, "\ud800", "unknown parameter", ""),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_parameter_out_of_range_is_named_with_what_is_allowed(
    client: FlaskClient, config: dict[str, Any], field: str, found: str, hint: str
) -> None:
    body = json.dumps({"config": config}).replace("Infinity", "1e999")

    response = client.post("/api/runs", data=body, content_type=JSON)

    error = body_of(response)["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_config")
    [problem] = error["problems"]
    assert problem["field"] == field
    assert found in problem["message"]
    assert hint in problem["message"]


def test_every_problem_of_a_config_is_told_at_once(client: FlaskClient) -> None:
    config = {"fee": 1, "discount": 2, "batch_size": "many", "seed": -1}

    problems = body_of(client.post("/api/runs", json={"config": config}))["error"]["problems"]

    assert {problem["field"] for problem in problems} == set(config)


def test_a_second_start_names_the_active_run(client: FlaskClient) -> None:
    run_id = start(client, total_steps=ENDLESS)

    response = client.post("/api/runs", json={"config": SMALL})

    assert response.status_code == 409
    assert body_of(response)["error"]["code"] == "run_in_progress"
    assert run_id in body_of(response)["error"]["message"]


@pytest.mark.parametrize("order", ["stop", "pause", "resume"])
def test_a_finished_run_takes_no_order(app: WarmgateApp, client: FlaskClient, order: str) -> None:
    run_id = finished_run(app, total_steps=1)

    response = client.post(f"/api/runs/{run_id}/{order}", json={})

    assert (response.status_code, body_of(response)["error"]["code"]) == (409, "run_not_active")
    assert f"run {run_id} is finished" in body_of(response)["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/api/runs/{UNKNOWN}", 404, "run_not_found"),
        ("GET", f"/api/runs/{UNKNOWN}/episodes", 404, "run_not_found"),
        ("GET", f"/api/runs/{UNKNOWN}/episodes/1", 404, "run_not_found"),
        ("POST", f"/api/runs/{UNKNOWN}/stop", 404, "run_not_found"),
        ("GET", "/api/runs/..%2F..%2Fetc%2Fpasswd", 404, "not_found"),
        ("GET", "/api/runs/%00", 404, "run_not_found"),
        ("GET", "/api/runs/RUN/episodes/6", 404, "episode_not_found"),
        ("GET", "/api/runs/RUN/episodes/0", 404, "episode_not_found"),
        ("GET", "/api/runs/RUN/episodes/99999999999999999999999", 404, "episode_not_found"),
        ("GET", f"/api/runs/RUN/episodes/{'9' * 5_000}", 404, "episode_not_found"),
        ("GET", "/api/runs/RUN/episodes/one", 404, "not_found"),
        ("GET", "/api/runs/RUN/episodes?after=-1", 400, "bad_request"),
        ("GET", "/api/runs/RUN/episodes?after=x", 400, "bad_request"),
        ("GET", "/api/runs/RUN/episodes?up_to=x", 400, "bad_request"),
        ("GET", "/api/runs/RUN/episodes?after=99999999999999999999999", 400, "bad_request"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("DELETE", "/api/runs", 405, "method_not_allowed"),
        ("GET", "/nothing", 404, "not_found"),
    ],
)
def test_what_is_not_there_is_refused_as_json(
    app: WarmgateApp, client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    run_id = finished_run(app)

    response = client.open(path.replace("RUN", run_id), method=method)

    assert (response.status_code, body_of(response)["error"]["code"]) == (status, code)
    assert body_of(response)["error"]["message"]


def test_what_is_not_found_says_where_to_look(client: FlaskClient) -> None:
    message = body_of(client.get(f"/api/runs/{UNKNOWN}"))["error"]["message"]

    assert message == f"there is no run '{UNKNOWN}'; GET /api/runs lists all of them"


def test_an_error_of_ours_is_logged_and_not_told(
    app: WarmgateApp, client: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = finished_run(app)
    start(client, total_steps=ENDLESS)  # the last run is shown from memory
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection, connection:
        connection.execute("UPDATE run SET status = 'secret' WHERE run_id = ?", [run_id])

    response = client.get(f"/api/runs/{run_id}")

    assert (response.status_code, body_of(response)["error"]["code"]) == (500, "internal_error")
    assert "secret" not in response.text
    assert "secret" in caplog.text


def test_a_run_that_gets_no_thread_is_refused_for_now(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    start_thread = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("training-"):
            raise RuntimeError("can't start new thread")
        start_thread(thread)

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        refused = client.post("/api/runs", json={"config": SMALL})

    assert (refused.status_code, body_of(refused)["error"]["code"]) == (503, "no_thread")
    [run] = body_of(client.get("/api/runs"))["runs"]
    assert run["status"] == "interrupted"
