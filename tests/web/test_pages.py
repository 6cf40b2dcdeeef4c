"""The page and the scripts of installed packages."""

import gzip
import re
from pathlib import Path

from flask.testing import FlaskClient
from warmgate_browser_client import PLOTLY, SOCKETIO


def asset_urls(client: FlaskClient) -> list[str]:
    """Of the style, our script, Plotly and the Socket.IO client."""
    found = set(re.findall(r"/assets/[\w.-]+", client.get("/").text))
    return sorted(found, key=lambda url: (url.rpartition(".")[2], url))


def test_the_page_names_its_assets_by_version_or_content(client: FlaskClient) -> None:
    style, script, plotly, socketio = asset_urls(client)

    assert re.fullmatch(r"/assets/page-[0-9a-f]{12}\.css", style)
    assert re.fullmatch(r"/assets/page-[0-9a-f]{12}\.js", script)
    assert plotly == f"/assets/plotly.js-finance-dist-min-{PLOTLY.version}.js"
    assert socketio == f"/assets/socket.io-client-{SOCKETIO.version}.js"


def test_assets_are_kept_for_ever_and_sent_small(client: FlaskClient) -> None:
    for url in asset_urls(client):
        plain = client.get(url)
        small = client.get(url, headers={"Accept-Encoding": "gzip"})

        assert plain.status_code == 200
        assert plain.mimetype == ("text/css" if url.endswith(".css") else "text/javascript")
        assert "immutable" in plain.headers["Cache-Control"]
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"
        assert len(small.data) < len(plain.data) / 2
        assert gzip.decompress(small.data) == plain.data


def test_scripts_are_those_of_the_packages(client: FlaskClient) -> None:
    _, _, plotly, socketio = (client.get(url).data for url in asset_urls(client))

    assert plotly == PLOTLY.path.read_bytes()
    assert socketio == SOCKETIO.path.read_bytes()


def test_no_other_file_is_served(client: FlaskClient) -> None:
    name = Path(__file__).name
    for path in ("/assets/plotly.min.js", f"/assets/{name}", "/assets/..%2Fweb_app.py", "/static/../web_app.py"):
        assert client.get(path).status_code == 404


def test_the_page_asks_nothing_of_other_hosts(client: FlaskClient) -> None:
    assert re.findall(r'(?:src|href)="(?:https?:)?//', client.get("/").text) == []
