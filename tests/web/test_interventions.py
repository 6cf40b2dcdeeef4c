"""What a person does to a run while it goes on, over REST."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from runs.events import PolicyEvaluated
from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S, Heard
from tests.web.helpers import Served, connected
from training.events import ConfigChanged, EpisodeFinished
from web.application import WarmgateApp


@pytest.fixture
def heard(app: WarmgateApp) -> Heard:
    heard = Heard()
    app.controller.subscribe(heard)
    return heard


def paused_run(client: FlaskClient, heard: Heard, **changes: Any) -> str:
    config = SMALL | {"total_steps": ENDLESS} | changes
    run_id: str = client.post("/api/runs", json={"config": config}).get_json()["run_id"]
    heard.wait_for_events(1, EpisodeFinished)
    client.post(f"/api/runs/{run_id}/pause")
    return run_id


def test_a_change_shows_what_was_what_is_and_what_waits(client: FlaskClient, heard: Heard) -> None:
    run_id = paused_run(client, heard)

    asked = client.post(f"/api/runs/{run_id}/changes", json={"fee_bps": 50})
    client.post(f"/api/runs/{run_id}/resume")
    heard.wait_for_events(1, ConfigChanged)
    run = client.get(f"/api/runs/{run_id}").get_json()["run"]

    assert asked.status_code == 200
    assert asked.get_json()["run"]["pending_changes"] == [{"from_step": 0, "values": {"fee_bps": 50.0}}]
    assert (run["config"]["fee_bps"], run["config_in_force"]["fee_bps"]) == (2.0, 50.0)
    (change,) = run["changes"]
    assert set(change) == {"time", "step", "episode", "before", "after"}
    assert (change["before"], change["after"]) == ({"fee_bps": 2.0}, {"fee_bps": 50.0})


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"learning_rate": 2}, "invalid_config", "learning_rate: must be a number above 0 and at most 0.1, found 2"),
        ({"seed": 3}, "invalid_config", "seed: cannot change while a run goes on; what can: updates_per_step, fee_bps"),
        ({"learning_rat": 0.1}, "invalid_config", "unknown parameter. Did you mean 'learning_rate'?"),
        ({}, "bad_request", "the body must be a JSON object of the parameters to change"),
        ([], "bad_request", "the body must be a JSON object of the parameters to change"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    client: FlaskClient, heard: Heard, body: Any, code: str, message: str
) -> None:
    run_id = paused_run(client, heard)

    refused = client.post(f"/api/runs/{run_id}/changes", json=body)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (400, code)
    assert message in refused.get_json()["error"]["message"]


def test_a_run_that_has_ended_cannot_change(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = client.post("/api/runs", json={"config": SMALL}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)

    refused = client.post(f"/api/runs/{run_id}/changes", json={"fee_bps": 50})

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "run_not_active")


def test_actions_are_listed_with_the_address_they_came_from(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = client.post("/api/runs", json={"config": SMALL}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    client.post(f"/api/runs/{run_id}/checkpoints/50/pin")

    listed = client.get(f"/api/runs/{run_id}/actions").get_json()
    taken = client.get(f"/api/runs/{run_id}/export/actions.csv").get_data(as_text=True)

    assert listed["run_id"] == run_id
    assert [(one["kind"], one["who"]) for one in listed["actions"]] == [("start", "127.0.0.1"), ("pin", "127.0.0.1")]
    assert set(listed["actions"][1]) == {"number", "time", "kind", "step", "episode", "who", "details", "text"}
    assert listed["actions"][1]["text"] == "Pinned a checkpoint: at step 50"
    assert "Pinned a checkpoint: at step 50" in taken
    assert "What people did" in client.get(f"/api/runs/{run_id}/report.html").get_data(as_text=True)


def test_an_action_is_told_live(served: Served) -> None:
    with connected(served.url) as live:
        run_id = live.call("start_training", {"config": SMALL})["run_id"]
        (told,) = live.wait_for(1, "action")

    assert (told["run_id"], told["boot_id"]) == (run_id, served.app.controller.boot_id)
    assert (told["action"]["kind"], told["action"]["who"], told["action"]["number"]) == ("start", "127.0.0.1", 1)


def test_a_policy_that_has_learned_nothing_is_not_judged(client: FlaskClient, heard: Heard) -> None:
    run_id = paused_run(client, heard, no_trading_warmup_steps=ENDLESS)

    too_early = client.post(f"/api/runs/{run_id}/evaluations")

    assert (too_early.status_code, too_early.get_json()["error"]["code"]) == (409, "nothing_learned")


def test_a_policy_is_judged_when_somebody_asks_for_it(app: WarmgateApp, client: FlaskClient, heard: Heard) -> None:
    run_id = paused_run(client, heard, evaluate_every_episodes=100_000)

    client.post(f"/api/runs/{run_id}/resume")
    heard.wait_for_events(4, EpisodeFinished)
    asked = client.post(f"/api/runs/{run_id}/evaluations")
    (evaluated,) = heard.wait_for_events(1, PolicyEvaluated)
    client.post(f"/api/runs/{run_id}/stop")
    assert app.controller.wait(TIMEOUT_S)
    too_late = client.post(f"/api/runs/{run_id}/evaluations")

    assert (asked.status_code, set(asked.get_json())) == (202, {"step", "episode"})
    assert (evaluated.step, evaluated.episode) == (asked.get_json()["step"], asked.get_json()["episode"])
    assert evaluated.figures["window"] == "validation"
    assert (too_late.status_code, too_late.get_json()["error"]["code"]) == (409, "run_not_active")
    assert "evaluate" in [one["kind"] for one in client.get(f"/api/runs/{run_id}/actions").get_json()["actions"]]
