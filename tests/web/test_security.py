"""Who is let in: hosts, origins, bodies, and what a page may do."""

import pytest
from flask.testing import FlaskClient

from tests.web.helpers import Served, fetch

POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_loopback_names_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/health", "/static/x.js", POLLING])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "192.168.1.5:8000", "[::1", "", "@"],
)
def test_a_foreign_host_is_refused_everywhere(client: FlaskClient, host: str, path: str) -> None:
    response = client.get(path, headers={"Host": host, "X-Forwarded-Host": "localhost"})

    assert response.status_code == 403
    assert response.json is not None
    assert response.json["error"]["code"] == "foreign_host"


@pytest.mark.parametrize(
    ("host", "origin", "is_welcome"),
    [
        ("localhost:8000", "http://localhost:8000", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("[::1]:8000", "http://[::1]:8000", True),
        ("localhost:8000", "http://localhost:9000", False),
        ("localhost:8000", "http://127.0.0.1:8000", False),
        ("localhost:8000", "https://localhost:8000", False),
        ("localhost:8000", "http://evil.example", False),
        ("localhost:8000", "null", False),
        ("localhost:8000", "", False),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/runs/x/stop"), ("GET", "/api/health"), ("GET", POLLING)])
def test_only_our_own_pages_may_ask(
    client: FlaskClient, host: str, origin: str, method: str, path: str, is_welcome: bool
) -> None:
    response = client.open(path, method=method, headers={"Host": host, "Origin": origin})

    assert (response.status_code != 403) is is_welcome


def test_a_foreign_page_opens_no_websocket(served: Served) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": "http://evil.example",
    }

    status, body = fetch(served.url + "socket.io/?EIO=4&transport=websocket", headers=upgrade)

    assert (status, body["error"]["code"]) == (403, "foreign_origin")


def test_pages_run_our_own_scripts_only(client: FlaskClient) -> None:
    headers = client.get("/").headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy  # so default-src holds: nothing inline, nothing evaluated
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_answers_and_refusals_carry_the_headers_too(client: FlaskClient) -> None:
    for path in ("/api/health", "/api/nothing", "/nothing"):
        assert client.get(path).headers["X-Content-Type-Options"] == "nosniff"
