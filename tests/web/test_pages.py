"""The page and the scripts of installed packages."""

import gzip
import re
from pathlib import Path

from flask.testing import FlaskClient
from warmgate_browser_client import PLOTLY, SOCKETIO


def vendor_urls(client: FlaskClient) -> list[str]:
    return sorted(set(re.findall(r"/vendor/[\w.-]+", client.get("/").text)))


def test_the_page_names_the_scripts_with_their_versions(client: FlaskClient) -> None:
    assert vendor_urls(client) == [
        f"/vendor/plotly.js-finance-dist-min-{PLOTLY.version}.js",
        f"/vendor/socket.io-client-{SOCKETIO.version}.js",
    ]


def test_scripts_are_kept_for_ever_and_sent_small(client: FlaskClient) -> None:
    for url in vendor_urls(client):
        plain = client.get(url)
        small = client.get(url, headers={"Accept-Encoding": "gzip"})

        assert (plain.status_code, plain.mimetype) == (200, "text/javascript")
        assert "immutable" in plain.headers["Cache-Control"]
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"
        assert len(small.data) < len(plain.data) / 2
        assert gzip.decompress(small.data) == plain.data


def test_scripts_are_those_of_the_packages(client: FlaskClient) -> None:
    plotly, socketio = (client.get(url).data for url in vendor_urls(client))

    assert plotly == PLOTLY.path.read_bytes()
    assert socketio == SOCKETIO.path.read_bytes()


def test_no_other_file_is_served(client: FlaskClient) -> None:
    name = Path(__file__).name
    for path in ("/vendor/plotly.min.js", f"/vendor/{name}", "/vendor/..%2Fweb_app.py", "/static/../web_app.py"):
        assert client.get(path).status_code == 404


def test_the_page_asks_nothing_of_other_hosts(client: FlaskClient) -> None:
    assert re.findall(r'(?:src|href)="(?:https?:)?//', client.get("/").text) == []
