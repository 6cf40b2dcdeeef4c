"""Candles over REST: the run's own bars under an episode, as many as can be drawn, or the reason why not."""

from typing import Any

import numpy as np
from flask.testing import FlaskClient

from market.datasets import load_dataset
from tests.runs.helpers import SMALL, TIMEOUT_S
from training.config import RunConfig
from web.application import WarmgateApp


def finished_run(app: WarmgateApp, client: FlaskClient) -> str:
    run_id: str = client.post("/api/runs", json={"config": SMALL}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    return run_id


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_candles_of_an_episode_are_the_bars_it_traded(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    data = load_dataset(RunConfig.from_flat(SMALL).data).all_bars
    series = get(client, f"/api/runs/{run_id}/episodes/2")["series"]

    answer = get(client, f"/api/runs/{run_id}/episodes/2/candles?candles=2000")

    candles, rows = answer["candles"], np.isin(data.time.astype(int), series["time_ms"])
    assert (answer["episode"], answer["reason"]) == (2, None)
    assert candles["time_ms"] == series["time_ms"]
    assert candles["close"] == series["price"]
    assert candles["high"] == data.high[rows].tolist()
    assert candles["bars"] == [1] * len(series["price"])


def test_a_zoom_gets_finer_candles(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    path = f"/api/runs/{run_id}/episodes/1/candles?candles=10"

    wide, narrow = get(client, path)["candles"], get(client, f"{path}&from=5&to=9")["candles"]

    assert max(wide["bars"]) > 1
    assert len(wide["bars"]) <= 10
    assert narrow["bars"] == [1] * 7  # the five, and one more on either side


def test_an_evaluation_has_candles_too(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    series = get(client, f"/api/runs/{run_id}/evaluations/1")["series"]

    candles = get(client, f"/api/runs/{run_id}/evaluations/1/candles?candles=2000")["candles"]

    assert candles["close"] == series["price"]


def test_bars_that_are_gone_leave_a_reason(app: WarmgateApp, client: FlaskClient) -> None:
    frame = "time,open,high,low,close,volume\n" + "".join(
        f"{day},100,{101 + row % 7},99,100.5,1\n" for row, day in enumerate(np.arange("2020", "2021", dtype="M8[D]"))
    )
    kept = client.post("/api/files?name=bars.csv", data=frame, content_type="application/octet-stream").get_json()
    config = SMALL | {"dataset": "file", "data_file": kept["file_id"], "total_steps": 30}
    run_id = client.post("/api/runs", json={"config": config}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    for path in (app.controller.data_dir / "files").iterdir():
        path.unlink()

    answer = get(client, f"/api/runs/{run_id}/episodes/1/candles")

    assert answer["candles"] is None
    assert kept["file_id"] in answer["reason"]
