"""The Socket.IO client that pip built is the one the lock file pins, complete, with its licence."""

import json

import warmgate_browser_client

from tests.source_reader import ROOT

FOLDER = ROOT / "browser_client"


def test_installed_client_is_the_pinned_version() -> None:
    pinned = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]["socket.io-client"]

    assert pinned == warmgate_browser_client.VERSION, "reinstall: pip install -r requirements.txt"
    assert f"Socket.IO v{pinned}" in warmgate_browser_client.asset_path().read_text(encoding="utf-8")[:200]


def test_installed_client_is_an_es_module_with_its_licence_beside_it() -> None:
    asset = warmgate_browser_client.asset_path()

    assert asset.suffix == ".js"
    assert " as io" in asset.read_text(encoding="utf-8")[-300:]
    assert "MIT" in asset.with_name("LICENSE.socket.io-client").read_text(encoding="utf-8")


def test_lock_file_pins_every_package_by_hash_and_names_no_registry() -> None:
    text = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert "://" not in text
