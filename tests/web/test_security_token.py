"""The access token from outside: who does not have it gets nothing, not even a WebSocket."""

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import socketio
import socketio.exceptions

from tests.runs.helpers import TIMEOUT_S
from tests.web.helpers import OUR_OWN, OfficialClient, Served, serving
from tests.web.raw import LIVE, POLLING, UPGRADE, Answer, ask, host_of, raw_websocket
from web.access import MIN_LENGTH, TOKEN_FILE, TOKEN_VARIABLE, TokenError, access_token
from web.reach import AddressError, plan_reach
from web.websocket import LiveLimits
from web_app import create_app, main

JSON = {"Content-Type": "application/json"}
EVERYWHERE = ["/", "/?token=", "/api/health", "/api/runs", "/static/js/main.js", "/assets/x", "/nothing", POLLING, LIVE]


@contextlib.contextmanager
def guarded(folder: Path, host: str = "127.0.0.1", public_url: str | None = None) -> Iterator[Served]:
    app = create_app(folder, LiveLimits(ping_interval_s=1.0), plan_reach(host, public_url=public_url, needs_token=True))
    try:
        with serving(app) as served:
            yield served
    finally:
        app.close()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that asks for its token."""
    with guarded(tmp_path_factory.mktemp("locked")) as served:
        yield served


def token_of(served: Served) -> str:
    assert served.app.token is not None
    return served.app.token


def signed_in(served: Served, host: str = "") -> Answer:
    return ask(served.url, f"/?token={token_of(served)}", host=host)


def cookie_of(answer: Answer) -> dict[str, str]:
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def wrong_headers(token: str, port: str) -> list[dict[str, str]]:
    almost = token[:-1] + ("A" if token[-1] != "A" else "B")
    shown = [almost, token[:-1], token + "x", token.swapcase(), "", "null", "\xff" * 43]
    bearers = [{"Authorization": f"Bearer {text}"} for text in shown]
    cookies = [{"Cookie": f"warmgate-{port}={text}"} for text in shown]
    elsewhere = [{"Authorization": token}, {"Authorization": f"Basic {token}"}, {"Cookie": f"warmgate-1={token}"}]
    return [
        {},
        *bearers,
        *cookies,
        *elsewhere,
        {"Cookie": token},
        {"X-Warmgate": token},
        {"Referer": f"/?token={token}"},
    ]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_nothing_is_answered_without_the_right_token(locked: Served, path: str) -> None:
    upgrade = UPGRADE if path == LIVE else {}
    port = host_of(locked.url).rpartition(":")[2]

    for headers in wrong_headers(token_of(locked), port):
        answer = ask(locked.url, path, {**upgrade, **headers})
        assert (answer.status, answer.code) == (401, "token_required"), headers
        assert token_of(locked) not in answer.body.decode()
        assert "set-cookie" not in answer.headers


def test_a_change_is_refused_without_the_token_too(locked: Served) -> None:
    for path in ("/api/runs", "/socket.io/?EIO=4&transport=polling&sid=x"):
        assert ask(locked.url, path, {**JSON, **OUR_OWN}, "POST", b"{}").status == 401


def test_the_printed_address_becomes_a_cookie_that_opens_everything(locked: Served) -> None:
    answer = signed_in(locked)

    assert (answer.status, answer.headers["location"], answer.headers["cache-control"]) == (303, "/", "no-store")
    flags = {flag.strip().lower() for flag in answer.headers["set-cookie"].split(";")[1:]}
    assert flags == {"httponly", "samesite=strict", "path=/"}
    cookie = cookie_of(answer)
    assert ask(locked.url, "/", cookie).status == 200
    assert ask(locked.url, "/api/runs", cookie).json == {"runs": []}
    assert ask(locked.url, LIVE, {**UPGRADE, **cookie}).status == 101


def test_the_cookie_alone_changes_nothing(locked: Served) -> None:
    cookie = cookie_of(signed_in(locked))

    assert ask(locked.url, "/api/runs", {**JSON, **cookie}, "POST", b"{}").code == "missing_header"
    assert ask(locked.url, "/api/runs", {**cookie, "Origin": "http://evil.example"}).code == "foreign_origin"


def test_a_wrong_token_in_the_address_signs_nobody_in_even_with_a_cookie(locked: Served) -> None:
    answer = ask(locked.url, "/?token=wrong", cookie_of(signed_in(locked)))

    assert answer.status == 401


def test_the_token_counts_in_the_address_of_the_page_only(locked: Served) -> None:
    for path in (f"/api/runs?token={token_of(locked)}", f"{POLLING}&token={token_of(locked)}"):
        assert ask(locked.url, path).status == 401


def test_a_browser_without_the_token_is_told_what_to_do(locked: Served) -> None:
    answer = ask(locked.url, "/", {"Accept": "text/html,*/*"})

    assert answer.status == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert b"Open the address that the server printed" in answer.body


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_the_official_client_connects_with_the_token_and_not_without(locked: Served, transport: str) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        OfficialClient().connect(locked.url, transports=[transport], wait_timeout=TIMEOUT_S)

    with requests.Session() as session:  # by itself, the client sends its headers with the handshake only
        bearer = {"Authorization": f"Bearer {token_of(locked)}"}
        session.headers.update(bearer)
        client = OfficialClient(http_session=session)
        client.connect(locked.url, bearer, transports=[transport], wait_timeout=TIMEOUT_S)
        answer = client.call("stop_training", timeout=TIMEOUT_S)
        client.disconnect()

    assert answer["error"]["code"] == "run_not_active"


def test_a_websocket_without_the_token_never_begins(locked: Served) -> None:
    with pytest.raises(AssertionError, match="401"), raw_websocket(locked.url):
        pass


def test_the_token_stays_the_same_and_private(tmp_path: Path) -> None:
    with guarded(tmp_path) as served:
        first = token_of(served)
        cookie = cookie_of(signed_in(served, "127.0.0.1:1"))
    with guarded(tmp_path) as served:
        assert token_of(served) == first
        assert ask(served.url, "/api/health", cookie, host="127.0.0.1:1").status == 200

    kept = tmp_path / TOKEN_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(first) == 43  # 32 bytes in base64


def test_another_folder_has_another_token(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    assert access_token(tmp_path, {}) != access_token(tmp_path / "other", {})


def test_a_token_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / TOKEN_FILE).write_text("x" * 20)
    (tmp_path / TOKEN_FILE).chmod(0o644)

    assert access_token(tmp_path, {}) == "x" * 20
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600


def test_the_users_own_token_is_taken_if_it_is_long_enough(tmp_path: Path) -> None:
    assert access_token(tmp_path, {TOKEN_VARIABLE: "k" * MIN_LENGTH}) == "k" * MIN_LENGTH
    for bad in ("", "short", "with space " * 3, "ümlaut" * 5, 'quote"' * 5, "semi;colon" * 5):
        with pytest.raises(TokenError, match=TOKEN_VARIABLE):
            access_token(tmp_path, {TOKEN_VARIABLE: bad})


def test_a_bad_token_of_the_user_ends_the_program_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "short")

    assert main(["--token", "--port", "0", "--data-dir", str(tmp_path)]) == 2
    assert "WARMGATE_TOKEN must be 16 or more characters" in capsys.readouterr().err


def test_an_open_address_answers_to_its_numbers_and_to_no_name(tmp_path: Path) -> None:
    with guarded(tmp_path, "0.0.0.0") as served:
        bearer = {"Authorization": f"Bearer {token_of(served)}"}
        for host, status in (("192.0.2.7:80", 200), ("[2001:db8::1]", 200), ("evil.example", 403), ("7.evil.ex", 403)):
            assert ask(served.url, "/api/health", bearer, host=host).status == status


def test_a_proxy_is_believed_only_as_far_as_it_was_named(tmp_path: Path) -> None:
    with guarded(tmp_path, public_url="https://warmgate.example.org/") as served:
        host = "warmgate.example.org"
        sign_in = signed_in(served, host)
        assert "secure" in sign_in.headers["set-cookie"].lower()
        for origin, status in (("https://warmgate.example.org", 200), ("https://other.example.org", 403)):
            headers = {**cookie_of(sign_in), "Origin": origin, "X-Forwarded-Host": "other.example.org"}
            assert ask(served.url, POLLING, headers, host=host).status == status
        assert ask(served.url, POLLING, cookie_of(sign_in), host="other.example.org").status == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "8.8.8.8", "2001:db8::1"])
def test_other_machines_need_the_token(host: str) -> None:
    with pytest.raises(AddressError, match="add --token"):
        plan_reach(host)

    assert plan_reach(host, needs_token=True).needs_token


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_this_machine_needs_none(host: str) -> None:
    assert not plan_reach(host).needs_token
