"""Curves over REST: few points, every spike, and the rest on request."""

from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from market.smoothing import smooth
from runs.curves import MetricCurve, Places
from tests.runs.helpers import SMALL, TIMEOUT_S
from web.application import WarmgateApp
from web.series import MAX_POINTS, first_row


def finished_run(app: WarmgateApp, client: FlaskClient, **changes: Any) -> str:
    run_id: str = client.post("/api/runs", json={"config": SMALL | changes}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    return run_id


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def milliseconds(records: list[Any]) -> list[int]:
    """Of their ends, since 1970."""
    ends: list[int] = np.array([one["ended_at"].rstrip("Z") for one in records], "datetime64[ms]").astype(int).tolist()
    return ends


def test_metrics_are_drawn_over_every_axis(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    episodes = get(client, f"/api/runs/{run_id}/episodes")["episodes"]

    answer = get(client, f"/api/runs/{run_id}/series?metrics=reward,sharpe")

    assert set(answer) == {"run_id", "sequence", "axis", "cut_short", "metrics"}
    assert answer["sequence"] == get(client, f"/api/runs/{run_id}")["run"]["sequence"]
    for name in ("reward", "sharpe"):
        trace = answer["metrics"][name]
        assert trace["episode"] == [1, 2, 3, 4, 5]
        assert trace["value"] == [episode[name] for episode in episodes]
        assert trace["step"] == [episode["first_step"] + episode["steps"] for episode in episodes]
        assert trace["total"] == 5
        assert trace["time_ms"] == milliseconds(episodes)


def test_validation_is_drawn_over_the_episodes_it_judged(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    evaluations = get(client, f"/api/runs/{run_id}/evaluations")["evaluations"]
    validations = [one for one in evaluations if one["window"] == "validation"]

    trace = get(client, f"/api/runs/{run_id}/series?metrics=validation.sharpe")["metrics"]["validation.sharpe"]

    assert validations
    assert trace["episode"] == [one["episode"] for one in validations]
    assert trace["value"] == [one["policy"]["metrics"]["sharpe"] for one in validations]
    assert trace["step"] == [one["step"] for one in validations]
    assert trace["time_ms"] == milliseconds(validations)


def test_without_a_choice_the_five_of_the_dashboard_are_there(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client, total_steps=1)

    metrics = get(client, f"/api/runs/{run_id}/series")["metrics"]

    assert list(metrics) == ["reward", "sharpe", "trades", "alpha", "action_std"]


def test_a_zoom_gets_its_range_and_the_points_just_outside(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)

    middle = get(client, f"/api/runs/{run_id}/series?metrics=reward&from=3&to=3")["metrics"]["reward"]
    by_step = get(client, f"/api/runs/{run_id}/series?metrics=reward&axis=step&from=79")["metrics"]["reward"]

    assert middle["episode"] == [2, 3, 4]
    assert by_step["episode"] == [3, 4, 5]


def test_up_to_ends_a_curve_with_that_episode(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)

    trace = get(client, f"/api/runs/{run_id}/series?metrics=reward&axis=step&from=1&up_to=3")["metrics"]["reward"]

    assert trace["episode"] == [1, 2, 3]
    assert trace["smoothed"] is None


def test_a_smoothed_curve_counts_what_is_left_out_and_what_lies_before(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client, total_steps=800, no_trading_warmup_steps=800)
    rewards = [one["reward"] for one in get(client, f"/api/runs/{run_id}/episodes")["episodes"]]
    averages = smooth(np.array(rewards), 0.8).values.tolist()
    path = f"/api/runs/{run_id}/series?metrics=reward&smoothing=0.8"

    few = get(client, f"{path}&points=10")["metrics"]["reward"]
    end = get(client, f"{path}&from=30&to=31")["metrics"]["reward"]

    assert few["total"] == len(rewards) == 40
    for trace in (few, end):
        assert trace["smoothed"]["value"] == [averages[episode - 1] for episode in trace["episode"]]
    assert end["episode"] == [29, 30, 31, 32]
    assert (end["smoothed"]["last"], end["smoothed"]["count"]) == (averages[31], 32)


def test_the_episode_that_the_end_of_the_run_cut_short_is_named_and_in_no_average(
    app: WarmgateApp, client: FlaskClient
) -> None:
    whole, cut = finished_run(app, client, total_steps=80), finished_run(app, client)

    assert get(client, f"/api/runs/{whole}/series")["cut_short"] is None
    answer = get(client, f"/api/runs/{cut}/series?metrics=reward,validation.exposure&smoothing=0.5")
    assert answer["cut_short"] == answer["metrics"]["reward"]["episode"][-1] == 5
    smoothed = answer["metrics"]["reward"]["smoothed"]
    assert smoothed["value"][-1] is None
    assert (smoothed["last"], smoothed["count"]) == (smoothed["value"][-2], 4)
    validation = answer["metrics"]["validation.exposure"]
    assert validation["episode"]
    assert None not in validation["smoothed"]["value"]


def judged(*episodes: int) -> MetricCurve:
    numbers = np.array(episodes)
    return MetricCurve(numbers, numbers.astype(np.float64), Places(10 * numbers, 1_000 * numbers))


def test_a_part_of_validation_begins_with_the_nearest_point_before_it() -> None:
    early = judged(0, 0, 0, 1, 2)
    assert [first_row(early, first) for first in (1, 2, 3)] == [0, 3, 4]
    assert first_row(judged(1, 2, 9), 5) == 1
    assert first_row(judged(5), 9) == 0
    assert first_row(judged(), 1) == 0
    assert first_row(MetricCurve(np.arange(1, 6), np.ones(5)), 3) == 2


def test_a_long_episode_is_drawn_with_few_points_and_all_its_spikes(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(
        app, client, synthetic_bars=1_000, episode_bars=250, total_steps=300, no_trading_warmup_steps=10
    )
    whole = get(client, f"/api/runs/{run_id}/episodes/1")["series"]

    answer = get(client, f"/api/runs/{run_id}/episodes/1/series?points=40")

    assert set(answer["columns"]) == set(whole) - {"time_ms"}
    for name, trace in answer["columns"].items():
        assert len(trace["row"]) == len(trace["time_ms"]) == len(trace["value"]) <= 40
        assert trace["total"] == 251
        assert (trace["row"][0], trace["row"][-1]) == (0, 250)
        assert [whole[name][row] for row in trace["row"]] == trace["value"]
        assert (min(trace["value"]), max(trace["value"])) == (min(whole[name]), max(whole[name]))
        assert [whole["time_ms"][row] for row in trace["row"]] == trace["time_ms"]


def test_an_episode_is_zoomed_by_row_or_by_time(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    path = f"/api/runs/{run_id}/episodes/4/series?columns=equity"
    times = get(client, path)["columns"]["equity"]["time_ms"]

    by_row = get(client, f"{path}&from=5&to=7")["columns"]["equity"]
    by_time = get(client, f"{path}&axis=time&from={times[5]}&to={times[7]}")["columns"]["equity"]
    before = get(client, f"{path}&to=-4")["columns"]["equity"]

    assert by_row["row"] == [4, 5, 6, 7, 8]
    assert by_time == by_row
    assert before["row"] == [0]


def test_an_evaluation_is_drawn_like_an_episode(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    whole = get(client, f"/api/runs/{run_id}/evaluations/1")["series"]

    answer = get(client, f"/api/runs/{run_id}/evaluations/1/series?columns=equity")

    assert answer["evaluation"] == 1
    assert answer["columns"]["equity"]["value"] == whole["equity"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("metrics=rewards", "Did you mean 'reward'?"),
        ("metrics=", "'' is none of reward"),
        ("metrics=reward,__class__", "'__class__' is none of"),
        ("axis=bars", "axis: 'bars' is none of episode, step, time."),
        ("points=2001", f"points must be a number, from 10 to {MAX_POINTS}, found '2001'"),
        ("points=-1", "points must be"),
        ("points=9", "points must be"),
        ("from=x", "from must be a number, found 'x'"),
        ("to=nan", "to must be a number"),
        ("to=1e999", "to must be a number"),
        ("smoothing=1", "smoothing must be a number from 0 to 0.99, found '1'"),
        ("smoothing=nan", "smoothing must be a number from 0 to 0.99"),
        ("up_to=-1", "up_to must be a number, 0 or above"),
        ("from=5&to=4", "from must not be above to, found 5 and 4"),
    ],
)
def test_a_query_that_asks_for_nothing_sensible_is_refused(
    app: WarmgateApp, client: FlaskClient, query: str, message: str
) -> None:
    run_id = finished_run(app, client, total_steps=1)

    answer = client.get(f"/api/runs/{run_id}/series?{query}")

    assert answer.status_code == 400
    assert message in answer.get_json()["error"]["message"]


def test_what_is_not_there_has_no_curves(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client, total_steps=1)
    for path in ("x/series", f"{run_id}/episodes/9/series", f"{run_id}/evaluations/9/series", "x/episodes/1/series"):
        assert client.get(f"/api/runs/{path}").status_code == 404
