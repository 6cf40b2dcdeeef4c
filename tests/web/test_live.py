"""Socket.IO with the official Python client against a real server: the whole path, gaps, commands and limits."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S
from tests.web.helpers import STAMP, LiveClient, Served, connected, fetch, threads_of_clients, wait_until
from web.websocket import LiveLimits

LONG: dict[str, Any] = {"config": SMALL | {"total_steps": ENDLESS}}
SOCKET_PATH = "socket.io/?EIO=4&transport=websocket"


def without_stamp(payload: dict[str, Any]) -> dict[str, Any]:
    """The Episode in an `episode` event; its own sequence number is part of it."""
    return {name: value for name, value in payload.items() if name not in {*STAMP} - {"sequence"}}


def stop(live: LiveClient) -> None:
    assert live.call("stop_training")["ok"]
    live.wait_for_status("stopped")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_client_starts_a_run_leaves_comes_back_and_misses_nothing(served: Served, transport: str) -> None:
    with connected(served.url, transport) as live:
        started = live.call("start_training", LONG)
        run_id = started["run_id"]
        before = live.wait_for(2, "episode")
        first_sequences = [payload["sequence"] for _, payload in live.run_events]

    with connected(served.url, transport) as live:
        live.wait_for(1, "episode")
        caught_up = served.get(f"api/runs/{run_id}/episodes")
        live.wait_until(lambda: live.run_events[-1][1]["sequence"] > caught_up["sequence"])
        stop(live)
        after = list(live.run_events)

    assert started["ok"]
    assert started["run"]["status"] == "running"
    assert first_sequences == list(range(1, len(first_sequences) + 1))
    later_sequences = [payload["sequence"] for _, payload in after]
    assert later_sequences == list(range(later_sequences[0], later_sequences[-1] + 1))
    assert later_sequences[0] <= caught_up["sequence"] + 1  # between snapshot and stream there is no gap

    stored = {episode["episode"]: episode for episode in served.get(f"api/runs/{run_id}/episodes")["episodes"]}
    assert sorted(stored) == list(range(1, len(stored) + 1))
    shown = [*before, *(payload for name, payload in after if name == "episode")]
    assert [stored[payload["episode"]] for payload in shown] == [without_stamp(payload) for payload in shown]
    run = served.get(f"api/runs/{run_id}")["run"]
    assert (run["status"], run["sequence"], run["episodes"]) == ("stopped", later_sequences[-1], len(stored))


def test_every_event_is_stamped(served: Served) -> None:
    with connected(served.url) as live:
        run_id = live.call("start_training", {"config": SMALL})["run_id"]
        finished = live.wait_for_status("finished")

    health = served.get("api/health")
    assert {name for name, _ in live.events} >= {"run_status", "progress", "episode"}
    for _, payload in live.run_events:
        assert (payload["run_id"], payload["boot_id"]) == (run_id, health["boot_id"])
        assert payload["time"].endswith("Z")
    assert [payload["sequence"] for _, payload in live.run_events] == list(range(1, finished["sequence"] + 1))
    assert finished["run"] == served.get(f"api/runs/{run_id}")["run"]


def test_the_gate_is_shown_when_it_opens(served: Served) -> None:
    with connected(served.url) as live:
        live.call("start_training", {"config": SMALL})
        live.wait_for_status("finished")

    opened = next(payload for payload in live.named("run_status") if payload["run"]["gate"]["is_open"])
    assert opened["run"]["gate"]["opened"]["step"] == 50
    assert opened["run"]["notices"][-1]["text"] == "Warm-up complete at step 50: network updates start"
    assert {payload["progress"]["updates_while_gated"] for payload in live.named("progress")} == {0}


def test_two_clients_see_the_same(served: Served) -> None:
    with connected(served.url) as one, connected(served.url, "polling") as other:
        one.call("start_training", {"config": SMALL})
        one.wait_for_status("finished")
        other.wait_for_status("finished")

    assert one.run_events == other.run_events


def test_rest_commands_are_shown_live(served: Served) -> None:
    with connected(served.url) as live:
        run_id = served.post("api/runs", LONG)["run_id"]
        for order, status in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
            served.post(f"api/runs/{run_id}/{order}")
            live.wait_for_status(status)


@pytest.mark.parametrize(
    ("name", "body", "path"),
    [
        ("start_training", {"config": {"fee": 1}}, "api/runs"),
        ("start_training", [1], "api/runs"),
        ("start_training", {"config": {"dataset": "sp50"}}, "api/runs"),
        ("stop_training", {"run_id": "20260101-000000-aaaa"}, "api/runs/20260101-000000-aaaa/stop"),
    ],
)
def test_a_refusal_is_acknowledged_in_the_words_of_rest(served: Served, name: str, body: object, path: str) -> None:
    with connected(served.url) as live:
        answer = live.call(name, body)

    status, rest = fetch(served.url + path, body)
    assert status >= 400
    assert answer == {"ok": False, **rest}


@pytest.mark.parametrize("body", [{"run_id": 5}, {"id": "x"}, "text", 7], ids=str)
def test_a_stop_without_the_right_form_is_refused(served: Served, body: object) -> None:
    with connected(served.url) as live:
        answer = live.call("stop_training", body)

    assert answer["ok"] is False
    assert answer["error"]["code"] == "bad_request"


def test_stopping_when_nothing_runs_is_refused(served: Served) -> None:
    with connected(served.url) as live:
        answer = live.call("stop_training")

    assert answer["error"] == {"code": "run_not_active", "message": "no run is active, so there is nothing to stop"}


def test_a_second_start_names_the_active_run(served: Served) -> None:
    with connected(served.url) as live:
        run_id = live.call("start_training", LONG)["run_id"]
        answer = live.call("start_training", LONG)

    assert answer["error"]["code"] == "run_in_progress"
    assert run_id in answer["error"]["message"]


@contextlib.contextmanager
def raw_websocket(url: str, **options: Any) -> Iterator[websocket.WebSocket]:
    """A client that follows no rule but the WebSocket protocol's own; the Engine.IO greeting is read already."""
    connection = websocket.create_connection(
        url.replace("http", "ws") + SOCKET_PATH, timeout=TIMEOUT_S, suppress_origin=True, **options
    )
    try:
        assert str(connection.recv()).startswith("0{")
        yield connection
    finally:
        connection.close(timeout=0)


def test_not_a_number_is_refused_for_what_it_was_meant(served: Served) -> None:
    with raw_websocket(served.url) as connection:
        connection.send("40")
        assert str(connection.recv()).startswith("40")
        connection.send('420["start_training",{"config":{"fee_bps":NaN}}]')
        (answer,) = json.loads(str(connection.recv()).removeprefix("430"))

    assert answer["ok"] is False
    assert [problem["field"] for problem in answer["error"]["problems"]] == ["fee_bps"]


def test_nonsense_does_no_harm(served: Served) -> None:
    for text in ("4", "4nonsense", '42["start_training"', '42["no_such_event",{}]', "42[NaN]", "9", "\x00"):
        with raw_websocket(served.url) as connection:
            connection.send("40")
            connection.send(text)

    with connected(served.url) as live:
        assert live.call("stop_training")["ok"] is False


class TestCrowd:
    @pytest.fixture
    def limits(self) -> LiveLimits:
        return LiveLimits(clients=3)

    def test_one_client_too_many_is_turned_away(self, served: Served) -> None:
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(connected(served.url))
            status, body = fetch(served.url + "socket.io/?EIO=4&transport=polling")
            assert (status, body["error"]["code"]) == (503, "too_many_clients")
            assert served.get("api/health")["status"] == "ok"

        wait_until(lambda: served.app.live.client_count < 3)  # until the last goodbye was read
        with connected(served.url) as live:
            assert live.call("stop_training")["ok"] is False


class TestImpatience:
    @pytest.fixture
    def limits(self) -> LiveLimits:
        return LiveLimits(ping_interval_s=0.2, ping_timeout_s=0.3)

    def test_a_large_message_ends_its_connection(self, served: Served) -> None:
        before = set(threading.enumerate())
        with raw_websocket(served.url) as connection:
            with contextlib.suppress(OSError, websocket.WebSocketException):  # the server may hang up in the middle
                connection.send("40")
                connection.send("4" + "x" * 3_000_000)
            wait_until(lambda: not threads_of_clients(before))

        assert served.get("api/health")["status"] == "ok"

    def test_a_stalled_reader_leaves_no_thread_behind(self, served: Served) -> None:
        before = set(threading.enumerate())
        with raw_websocket(served.url, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]) as connection:
            with contextlib.suppress(OSError, websocket.WebSocketException):  # it may be given up as silent already
                connection.send("40")
                connection.recv()
            for _ in range(200):  # more than any socket buffer holds, and nobody reads
                served.app.live.emit("progress", {"filler": "x" * 100_000})
            wait_until(lambda: not threads_of_clients(before))
