"""Who is let in, asked from outside: bytes on a socket against a real server that needs no token."""

import urllib.parse
from pathlib import Path

import pytest

from tests.web.helpers import OUR_OWN, Served
from tests.web.raw import LIVE, POLLING, UPGRADE, Answer, ask, host_of

JSON = {"Content-Type": "application/json"}
STOP = "/api/runs/20260101-000000-aaaa/stop"
EVERYWHERE = ["/", "/api/health", "/static/js/main.js", "/nothing", POLLING, LIVE]


def foreign_things() -> list[dict[str, str]]:
    return [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"Origin": "http://evil.example", "Forwarded": "host=evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ]


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("headers", foreign_things(), ids=str)
def test_a_foreign_page_gets_nothing_anywhere(standing: Served, path: str, headers: dict[str, str]) -> None:
    upgrade = UPGRADE if path == LIVE else {}

    answer = ask(standing.url, path, {**upgrade, **headers})

    assert answer.status == 403
    assert answer.code in ("foreign_origin", "foreign_page")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0", "-", "a@b", "["]
)
def test_a_rebound_name_gets_nothing_whatever_proxies_are_claimed(standing: Served, path: str, host: str) -> None:
    upgrade = UPGRADE if path == LIVE else {}
    claims = {"X-Forwarded-Host": host_of(standing.url), "X-Forwarded-For": "127.0.0.1", "Forwarded": "host=localhost"}

    answer = ask(standing.url, path, {**upgrade, **claims}, host=host)

    assert (answer.status, answer.code) == (403, "foreign_host")


def test_a_second_host_header_does_not_help(standing: Served) -> None:
    answer = ask(standing.url, "/api/health", {"host": "evil.example"}, host=host_of(standing.url))

    assert answer.status == 403


def test_links_from_elsewhere_may_be_followed(standing: Served) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert ask(standing.url, "/", link).status == 200
    assert ask(standing.url, STOP, {**link, **JSON, **OUR_OWN}, "POST", b"{}").status == 403


def test_a_program_without_an_origin_reads_and_listens_but_changes_nothing_without_the_header(standing: Served) -> None:
    assert ask(standing.url, "/api/runs").status == 200
    assert ask(standing.url, POLLING).status == 200
    assert ask(standing.url, LIVE, UPGRADE).status == 101
    assert ask(standing.url, STOP, JSON, "POST", b"{}").code == "missing_header"
    assert ask(standing.url, STOP, {**JSON, **OUR_OWN}, "POST", b"{}").code == "run_not_found"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/runs", STOP, "/api/files?name=bars.csv", "/", "/nothing", "/socket.ioX"])
@pytest.mark.parametrize("value", [None, "", "0", "true", "1, 1"])
def test_nothing_changes_without_our_header(standing: Served, method: str, path: str, value: str | None) -> None:
    own_page = {"Origin": standing.url.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    header = {} if value is None else {"X-Warmgate": value}

    answer = ask(standing.url, path, {**JSON, **own_page, **header}, method, b"{}")

    assert (answer.status, answer.code) == (403, "missing_header")
    assert standing.app.controller.runs() == []


SECRET = "[project]"  # what pyproject.toml, one folder up, begins with


@pytest.mark.parametrize("base", ["/static/", "/static/js/", "/assets/", "/api/runs/", "/api/", "/"])
@pytest.mark.parametrize(
    "way",
    [
        "../pyproject.toml",
        "../../pyproject.toml",
        "..%2fpyproject.toml",
        "%2e%2e/pyproject.toml",
        "%2e%2e%2fpyproject.toml",
        "%252e%252e%252fpyproject.toml",
        "..\\pyproject.toml",
        "..%5cpyproject.toml",
        "....//pyproject.toml",
        "%c0%ae%c0%ae/pyproject.toml",
        "//etc/passwd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "%00",
        "..%00/pyproject.toml",
        "main.js%00.css",
        "file:///etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_folders_meant_for_it(standing: Served, base: str, way: str) -> None:
    answer = ask(standing.url, base + way)

    assert answer.status in (301, 308, 400, 404), answer.body[:200]
    assert SECRET not in answer.body.decode("latin-1")
    assert "root:" not in answer.body.decode("latin-1")


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/x.csv", "%00.csv", "a%00b.csv", "..%2f..%2fx.csv", "x.csv%2f"])
def test_the_name_of_an_upload_is_no_path(standing: Served, name: str) -> None:
    around: Path = standing.app.controller.data_dir.parent
    before = set(around.rglob("*.csv"))

    content = b"time,open,high,low,close,volume\n"
    headers = {"Content-Type": "application/octet-stream", **OUR_OWN}
    answer = ask(standing.url, f"/api/files?name={name}", headers, "POST", content)

    assert answer.status == 400
    assert set(around.rglob("*.csv")) == before


def test_an_id_from_a_client_is_looked_up_and_never_used_as_a_path(standing: Served) -> None:
    for run_id in ("..", "%00", "a" * 5_000, "../files", "%F0%9F%92%A9", "__class__", "{run_id}", "'; drop table run"):
        quoted = urllib.parse.quote(run_id, safe="%")
        for tail in ("", "/episodes", "/episodes/1", "/evaluations"):
            assert ask(standing.url, f"/api/runs/{quoted}{tail}").status in (404, 308), run_id


@pytest.mark.parametrize(
    "request_line",
    ["GET  /  HTTP/1.1", "GET /\x00 HTTP/1.1", "GET http://evil.example/ HTTP/1.1", "\x16\x03\x01", "GET / HTTP/9.9"],
    ids=ascii,
)
def test_nonsense_instead_of_a_request_does_no_harm(standing: Served, request_line: str) -> None:
    method, _, rest = request_line.partition(" ")
    with_host = {"Accept": "*/*"}

    ask_anyway(standing, method, rest.removesuffix(" HTTP/1.1") or "/", with_host)

    assert ask(standing.url, "/api/health").status == 200


def ask_anyway(standing: Served, method: str, path: str, headers: dict[str, str]) -> Answer | None:
    try:
        return ask(standing.url, path, headers, method)
    except (IndexError, ValueError, ConnectionError):  # it hung up, or answered no HTTP
        return None


def test_every_answer_tells_browsers_to_stay_with_us(standing: Served) -> None:
    answers = [ask(standing.url, path) for path in EVERYWHERE[:5]]
    answers += [ask(standing.url, "/", host="evil.example"), ask(standing.url, STOP, method="POST")]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_bodies_that_a_form_can_send_are_refused_even_with_the_header(standing: Served, kind: str) -> None:
    answer = ask(standing.url, "/api/runs", {"Content-Type": kind, **OUR_OWN}, "POST", b'{"config": {}}')

    assert answer.status == 415
    assert standing.app.controller.runs() == []


def test_a_body_longer_than_it_says_is_not_a_second_request(standing: Served) -> None:
    smuggled = b'{"config":1}' + b"DELETE /api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n"
    headers = {**JSON, **OUR_OWN, "Transfer-Encoding": "chunked"}

    answer = ask(standing.url, "/api/runs", headers, "POST", smuggled)

    assert answer.status in (400, 411, 501)
    assert answer.body.count(b'"error"') == 1
