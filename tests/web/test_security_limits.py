"""Clients that send too much, take nothing or come in crowds, on bare sockets: what they cost stays bounded."""

import contextlib
import logging
import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.web.helpers import Served, connected, serving, threads_of_clients, wait_until
from tests.web.raw import (
    BINARY,
    CLOSE,
    POLLING,
    TEXT,
    ask,
    bytes_taken,
    connection_to,
    frame_head,
    host_of,
    is_hung_up,
    raw_websocket,
    read_answer,
)
from web.security import MAX_BODY_BYTES
from web.websocket import Backlog, LiveLimits
from web_app import create_app

LARGE = 30_000_000


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_of_30_mb_before_any_greeting_is_cut_off_while_it_comes_in(standing: Served, opcode: int) -> None:
    with raw_websocket(standing.url) as connection:
        connection.sendall(frame_head(LARGE, opcode))

        assert bytes_taken(connection, LARGE) < LARGE  # the rest found no taker, so it was never held
    assert ask(standing.url, "/api/health").status == 200


def test_a_message_in_many_small_frames_is_cut_off_too(standing: Served) -> None:
    frame = frame_head(1_000, is_last=False)
    with raw_websocket(standing.url) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(frame + b"x" * 1_000)
        for _ in range(200_000):
            connection.sendall(frame_head(1_000, 0, is_last=False) + b"x" * 1_000)
        pytest.fail("200 MB were taken")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(standing: Served) -> None:
    head = f"POST /api/runs HTTP/1.1\r\nHost: {host_of(standing.url)}\r\nContent-Type: application/json\r\n"
    head += f"X-Warmgate: 1\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
    with connection_to(standing.url) as connection:
        connection.sendall(head.encode())

        assert read_answer(connection).code == "request_entity_too_large"


def test_a_body_without_an_end_is_refused(standing: Served) -> None:
    head = f"POST /api/runs HTTP/1.1\r\nHost: {host_of(standing.url)}\r\nContent-Type: application/json\r\n"
    head += "X-Warmgate: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connection_to(standing.url) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(20_000):
                connection.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
            pytest.fail("200 MB were taken")


@pytest.mark.parametrize("line", [b"GET /" + b"x" * 70_000, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200])
def test_a_head_without_an_end_is_refused(standing: Served, line: bytes) -> None:
    with connection_to(standing.url) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(line)

        assert is_hung_up(connection)


def test_an_upload_may_be_larger_but_has_its_own_limit(standing: Served) -> None:
    head = f"POST /api/files?name=a.csv HTTP/1.1\r\nHost: {host_of(standing.url)}\r\n"
    head += f"Content-Type: application/octet-stream\r\nX-Warmgate: 1\r\nContent-Length: {10**9}\r\n\r\n"
    with connection_to(standing.url) as connection:
        connection.sendall(head.encode())

        assert read_answer(connection).status == 413


class TestCrowds:
    @pytest.fixture
    def crowded(self, tmp_path: Path) -> Iterator[Served]:
        app = create_app(tmp_path, LiveLimits(ping_interval_s=600.0, ping_timeout_s=600.0, clients=2))
        with serving(app, max_connections=5) as served:
            yield served
        app.close()

    def test_a_live_connection_too_many_is_turned_away_however_it_asks(self, crowded: Served) -> None:
        ways = ["", "&sid=", "&xsid=1", "&SID=1", "&b64=1&sid"]
        assert [ask(crowded.url, POLLING).status for _ in range(2)] == [200, 200]

        assert {ask(crowded.url, POLLING + way).code for way in ways} == {"too_many_clients"}
        assert ask(crowded.url, "/api/health").status == 200

    @pytest.mark.parametrize("transports", [("websocket",), ("polling", "websocket")])
    def test_who_leaves_makes_room_at_once(self, crowded: Served, transports: tuple[str, ...]) -> None:
        for _ in range(3):
            with connected(crowded.url, *transports):
                assert crowded.app.live.client_count == 1
            wait_until(lambda: crowded.app.live.client_count == 0)

    def test_a_connection_too_many_is_told_so_without_a_thread(self, crowded: Served) -> None:
        before = set(threading.enumerate())
        with contextlib.ExitStack() as stack:
            for _ in range(5):
                stack.enter_context(connection_to(crowded.url))
            wait_until(lambda: len(set(threading.enumerate()) - before) == 5)
            with connection_to(crowded.url) as sixth:
                assert read_answer(sixth).code == "too_many_connections"
            assert len(set(threading.enumerate()) - before) == 5

        wait_until(lambda: set(threading.enumerate()) <= before)
        assert ask(crowded.url, "/api/health").status == 200

    def test_connections_for_which_there_was_no_thread_leave_their_places_free(
        self, crowded: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(thread: threading.Thread) -> NoReturn:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            for _ in range(6):
                with connection_to(crowded.url) as turned_away:
                    assert is_hung_up(turned_away)

        assert ask(crowded.url, "/api/health").status == 200


MALFORMED = {
    "no number": "4",
    "no type": "49",
    "no JSON": "42[[[[",
    "no name": "42[]",
    "no list": "42{}",
    "nested": "42" + "[" * 50_000,
    "many parts of bytes": '45999999999-["x"]',
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED)
def test_who_speaks_no_socketio_is_let_go_in_one_line(
    served: Served, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(served.url) as reader, raw_websocket(served.url) as odd:
        odd.sendall(frame_head(2) + b"40")
        wait_until(lambda: served.app.live.client_count == 2)
        odd.sendall(frame_head(len(message)) + message.encode())

        assert is_hung_up(odd)
        wait_until(lambda: served.app.live.client_count == 1)
        assert reader.call("stop_training")["error"]["code"] == "run_not_active"
    assert [(entry.levelname, entry.exc_info) for entry in caplog.records if entry.levelno >= logging.WARNING] == [
        ("WARNING", None)
    ]


class TestMalformed:
    @pytest.fixture
    def limits(self) -> LiveLimits:
        return LiveLimits(ping_interval_s=1.0, ping_timeout_s=600.0)  # a thread that is to ping sleeps no longer

    def test_who_says_goodbye_right_after_it_keeps_no_thread(self, served: Served) -> None:
        before = set(threading.enumerate())
        with raw_websocket(served.url) as odd:
            odd.sendall(frame_head(2) + b"40")
            wait_until(lambda: served.app.live.client_count == 1)
            odd.sendall(frame_head(4) + b"42[]" + frame_head(0, CLOSE))

            assert is_hung_up(odd)
        wait_until(lambda: not threads_of_clients(before))

    @pytest.mark.parametrize("packet", ["42[]", "6", '45999999999-["x"]'])
    def test_who_posts_it_is_answered_and_keeps_no_thread(self, served: Served, packet: str) -> None:
        before = set(threading.enumerate())
        sid = polling_session(served)

        ask(served.url, f"{POLLING}&sid={sid}", {}, "POST", packet.encode())  # it is answered at all

        assert ask(served.url, f"{POLLING}&sid={sid}").status == 400
        wait_until(lambda: not threads_of_clients(before))


def polling_session(served: Served) -> str:
    """The id of a client that has joined over HTTP."""
    sid = ask(served.url, POLLING).body.split(b'"sid":"')[1].split(b'"')[0].decode()
    assert ask(served.url, f"{POLLING}&sid={sid}", {}, "POST", b"40").status == 200
    return sid


class TestStalledReaders:
    @pytest.fixture
    def limits(self) -> LiveLimits:
        return LiveLimits(ping_interval_s=600.0, ping_timeout_s=600.0, unread_packets=10)

    def test_who_leaves_too_much_unread_is_let_go_with_all_of_it(self, served: Served) -> None:
        with connected(served.url) as reader, raw_websocket(served.url) as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.sendall(frame_head(2) + b"40")
            wait_until(lambda: served.app.live.client_count == 2)
            for number in range(80):  # 8 MB: more than any socket buffer and the limit together
                served.app.live.emit("progress", {"number": number, "filler": "x" * 100_000})
                reader.wait_for(number + 1, "progress")  # who reads misses nothing meanwhile

            backlogs = [client.queue for client in list(served.app.live.server.eio.sockets.values())]
            assert max(backlog.qsize() for backlog in backlogs) <= 10
            assert [payload["number"] for payload in reader.named("progress")] == list(range(80))

    def test_a_client_that_stops_polling_is_let_go_and_may_come_back(self, served: Served) -> None:
        sid = polling_session(served)
        for number in range(25):
            served.app.live.emit("progress", {"number": number})

        assert ask(served.url, f"{POLLING}&sid={sid}").status == 400
        assert served.app.live.client_count == 0
        assert ask(served.url, POLLING).status == 200


def test_a_backlog_keeps_order_until_its_limit_and_nothing_after(  # what Engine.IO relies on, in one thread
) -> None:
    backlog = Backlog(3)
    for packet in (1, 2, 3):
        backlog.put(packet)
    assert [backlog.get(), backlog.get()] == [1, 2]

    for packet in (4, 5, 6):
        backlog.put(packet)

    assert backlog.qsize() == 0
    with pytest.raises(queue.Empty):
        backlog.get()
    backlog.put(7)
    assert backlog.qsize() == 0


def test_nobody_waits_until_a_backlog_is_read() -> None:
    backlog = Backlog(3)
    backlog.put(1)
    backlog.join()


def test_a_client_that_says_nothing_does_not_keep_its_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.server.SILENCE_S", 0.2)
    app = create_app(tmp_path)
    before = set(threading.enumerate())
    with serving(app) as served, connection_to(served.url) as silent:
        silent.sendall(b"GET / HT")

        assert is_hung_up(silent)
    app.close()
    wait_until(lambda: set(threading.enumerate()) <= before)
