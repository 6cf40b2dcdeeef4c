"""Checkpoints over REST: what is listed, saved, pinned and taken away, and how runs go back and on."""

import io
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from runs.checkpoints.format import read_checkpoint
from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S, Heard
from training.events import EpisodeFinished
from web.application import WarmgateApp

DOCUMENT = Path(__file__).parents[2] / "docs/checkpoints.md"
CHECKPOINT_FIELDS = {
    "step",
    "episodes",
    "created_at",
    "reason",
    "sha256",
    "size_bytes",
    "is_pinned",
    "validation_sharpe",
    "is_best",
}


def finished_run(app: WarmgateApp, client: FlaskClient, **changes: Any) -> str:
    run_id: str = client.post("/api/runs", json={"config": SMALL | changes}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    return run_id


def listed(client: FlaskClient, run_id: str) -> list[dict[str, Any]]:
    checkpoints: list[dict[str, Any]] = client.get(f"/api/runs/{run_id}/checkpoints").get_json()["checkpoints"]
    return checkpoints


def test_checkpoints_are_listed_in_order(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)

    checkpoints = listed(client, run_id)

    assert all(set(checkpoint) == CHECKPOINT_FIELDS for checkpoint in checkpoints)
    assert (checkpoints[0]["step"], checkpoints[0]["reason"]) == (50, "gate")
    assert (checkpoints[-1]["step"], checkpoints[-1]["reason"]) == (90, "end")
    assert client.get(f"/api/runs/{run_id}").get_json()["run"]["checkpoint_step"] == 90


def test_the_final_policy_is_the_best_where_only_it_was_judged(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client, evaluate_every_episodes=1_000)

    best = [checkpoint["step"] for checkpoint in listed(client, run_id) if checkpoint["is_best"]]

    evaluations = client.get(f"/api/runs/{run_id}/evaluations").get_json()["evaluations"]
    judged = [one["policy"]["metrics"]["sharpe"] for one in evaluations if one["window"] == "validation"]
    assert best == ([] if judged == [None] else [90])


def test_a_checkpoint_is_taken_away_whole(app: WarmgateApp, client: FlaskClient, tmp_path: Path) -> None:
    run_id = finished_run(app, client)
    last = listed(client, run_id)[-1]

    answer = client.get(f"/api/runs/{run_id}/checkpoints/90")

    assert answer.headers["Content-Disposition"] == f"attachment; filename=warmgate-{run_id}-90.tar"
    assert answer.content_length == len(answer.data)
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path / "elsewhere", filter="data")
    saved = read_checkpoint(tmp_path / "elsewhere" / f"{run_id}-90", run_id, last["sha256"])
    assert saved.state.step == 90


def test_checkpoint_and_policy_are_read_as_the_document_says(
    app: WarmgateApp,
    client: FlaskClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = finished_run(app, client)
    (tmp_path / "checkpoint.tar").write_bytes(client.get(f"/api/runs/{run_id}/checkpoints/90").data)
    policy = client.get(f"/api/runs/{run_id}/checkpoints/90/policy")
    assert policy.headers["Content-Disposition"] == f"attachment; filename=warmgate-{run_id}-90.onnx"
    (tmp_path / "policy.onnx").write_bytes(policy.data)
    monkeypatch.chdir(tmp_path)

    reading, running = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    for example in (reading, running):
        assert len(example.strip().splitlines()) <= 11  # ten, and a blank one
        exec(compile(example, "example", "exec"), {})

    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"90 \(\d+, \d+\) \(90, \d+\)", first)
    assert re.fullmatch(r"90 \[\[-?0?\.\d+(e-\d+)?\]\]", second)


def test_the_policy_of_a_run_is_that_of_its_best_checkpoint(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    best = [checkpoint["step"] for checkpoint in listed(client, run_id) if checkpoint["is_best"]] or [90]

    answer = client.get(f"/api/runs/{run_id}/policy")

    assert answer.data == client.get(f"/api/runs/{run_id}/checkpoints/{best[0]}/policy").data
    assert client.get(f"/api/runs/{run_id}/checkpoints/91/policy").status_code == 404


def test_an_unread_archive_leaves_no_file_open(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)

    client.get(f"/api/runs/{run_id}/checkpoints/90", buffered=False).close()  # a warning would fail this test


def test_pinning_and_unpinning(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)

    pinned = client.post(f"/api/runs/{run_id}/checkpoints/50/pin").get_json()["checkpoint"]
    unpinned = client.post(f"/api/runs/{run_id}/checkpoints/50/unpin").get_json()["checkpoint"]

    assert (pinned["step"], pinned["is_pinned"], unpinned["is_pinned"]) == (50, True, False)


def test_an_active_run_is_saved_stopped_and_resumed(app: WarmgateApp, client: FlaskClient) -> None:
    heard = Heard()
    app.controller.subscribe(heard)
    run_id = client.post("/api/runs", json={"config": SMALL | {"total_steps": ENDLESS}}).get_json()["run_id"]
    heard.wait_for_events(1, EpisodeFinished)
    client.post(f"/api/runs/{run_id}/pause")

    saved = client.post(f"/api/runs/{run_id}/checkpoints")
    client.post(f"/api/runs/{run_id}/stop")
    assert app.controller.wait(TIMEOUT_S)
    resumed = client.post(f"/api/runs/{run_id}/resume")

    assert saved.status_code == 201
    assert set(saved.get_json()["checkpoint"]) == CHECKPOINT_FIELDS
    assert resumed.status_code == 200, resumed.get_json()
    assert (resumed.get_json()["run"]["status"], resumed.get_json()["run"]["rewinds"]) == ("running", 1)


def test_rolling_back_and_forking(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)

    back = client.post(f"/api/runs/{run_id}/rollback", json={"step": 50})
    fork = client.post(f"/api/runs/{run_id}/fork", json={"step": 50, "config": {"learning_rate": 0.001}})

    assert (back.status_code, back.get_json()["run"]["status"], back.get_json()["run"]["episodes"]) == (
        200,
        "stopped",
        2,
    )
    assert fork.status_code == 201
    child = fork.get_json()["run"]
    assert child["run_id"] == fork.get_json()["run_id"] != run_id
    assert child["parent"] == {"run_id": run_id, "step": 50}
    assert child["config"]["learning_rate"] == 0.001


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "message"),
    [
        ("rollback", {}, 400, "bad_request", '"step" must be the step of a checkpoint, a whole number, found null'),
        ("rollback", {"step": "50"}, 400, "bad_request", "found a text"),
        ("rollback", {"step": -1}, 400, "bad_request", "found -1"),
        ("rollback", {"step": True}, 400, "bad_request", "found true or false"),
        ("rollback", {"step": 10**30}, 400, "bad_request", "found 1000000"),
        ("rollback", {"step": 51}, 404, "checkpoint_not_found", "no checkpoint at step 51"),
        ("rollback", {"step": 50, "config": {}}, 400, "bad_request", "unknown member 'config'"),
        ("fork", {"step": 50, "config": {"hidden_units": 8}}, 400, "invalid_config", "hidden_units: cannot change"),
        ("fork", {"step": 50, "config": []}, 400, "bad_request", '"config" must be an object'),
        ("fork", {"step": 0}, 404, "checkpoint_not_found", "no checkpoint at step 0"),
        ("checkpoints", None, 409, "run_not_active", "is finished; only an active run can be saved"),
        ("checkpoints/51/pin", None, 404, "checkpoint_not_found", "step 51"),
        (f"checkpoints/{10**30}/pin", None, 404, "checkpoint_not_found", "no checkpoint at step"),
        ("resume", None, 409, "run_not_active", "is finished; only a paused, stopped, interrupted or failed run"),
    ],
)
def test_what_cannot_be_done_is_said(
    app: WarmgateApp, client: FlaskClient, path: str, body: Any, status: int, code: str, message: str
) -> None:
    run_id = finished_run(app, client)

    answer = (
        client.post(f"/api/runs/{run_id}/{path}", json=body)
        if body is not None
        else client.post(f"/api/runs/{run_id}/{path}")
    )

    assert answer.status_code == status, answer.get_json()
    assert answer.get_json()["error"]["code"] == code
    assert message in answer.get_json()["error"]["message"]


def test_a_damaged_checkpoint_is_refused_with_the_reason(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    (app.controller.data_dir / "checkpoints" / run_id / "50" / "state.json").write_text("{}")

    refused = client.post(f"/api/runs/{run_id}/rollback", json={"step": 50})

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "checkpoint_unusable")
    assert "state.json is not the one that was written" in refused.get_json()["error"]["message"]
    assert client.get(f"/api/runs/{run_id}").get_json()["run"]["status"] == "finished"


@pytest.mark.parametrize("name", ["state.json", "weights.safetensors", "replay_rows.npy"])
@pytest.mark.parametrize("path", ["checkpoints/90", "checkpoints/90/policy", "policy"])
def test_nothing_of_a_damaged_checkpoint_is_sent(app: WarmgateApp, client: FlaskClient, path: str, name: str) -> None:
    run_id = finished_run(app, client, evaluate_every_episodes=1_000)
    harmed = app.controller.data_dir / "checkpoints" / run_id / "90" / name
    content = harmed.read_bytes()
    harmed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    answer = client.get(f"/api/runs/{run_id}/{path}")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "checkpoint_unusable")
    assert answer.get_json()["error"]["message"].startswith(name)


@pytest.mark.parametrize("name", ["90", "90/weights.safetensors"])
def test_a_link_in_place_of_a_checkpoint_is_not_followed(
    app: WarmgateApp, client: FlaskClient, tmp_path: Path, name: str
) -> None:
    run_id = finished_run(app, client)
    moved = app.controller.data_dir / "checkpoints" / run_id / name
    moved.rename(tmp_path / "elsewhere")
    moved.symlink_to(tmp_path / "elsewhere")

    answer = client.get(f"/api/runs/{run_id}/checkpoints/90")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "checkpoint_unusable")
    assert answer.get_json()["error"]["message"].endswith("is a link, which Warmgate never makes")


def test_what_lies_beside_a_checkpoints_files_is_not_sent(
    app: WarmgateApp, client: FlaskClient, tmp_path: Path
) -> None:
    run_id = finished_run(app, client)
    (tmp_path / "elsewhere").write_text("not for everybody")
    place = app.controller.data_dir / "checkpoints" / run_id / "90"
    names = sorted(path.name for path in place.iterdir())
    (place / "more.npy").symlink_to(tmp_path / "elsewhere")

    answer = client.get(f"/api/runs/{run_id}/checkpoints/90")

    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        assert archive.getnames() == [f"{run_id}-90/{name}" for name in names]
