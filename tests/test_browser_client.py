"""The browser libraries that pip built are those that the lock file pins, complete, with their licences."""

import json

import pytest
from warmgate_browser_client import LIBRARIES, PLOTLY, SOCKETIO, Library

from tests.source_reader import ROOT

FOLDER = ROOT / "browser_client"
LIBRARY = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.package)


@LIBRARY
def test_an_installed_library_is_the_pinned_version(library: Library) -> None:
    pinned = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"][library.package]

    assert pinned == library.version, "reinstall: pip install -r requirements.txt"
    assert f"v{pinned}" in library.path.read_text(encoding="utf-8")[:200]


@LIBRARY
def test_an_installed_library_has_its_licence_beside_it(library: Library) -> None:
    assert "Permission is hereby granted, free of charge" in library.licence_path.read_text(encoding="utf-8")


def test_the_libraries_are_loaded_as_the_page_loads_them() -> None:
    assert " as io" in SOCKETIO.path.read_text(encoding="utf-8")[-300:]  # an ES module
    assert ".Plotly = " in PLOTLY.path.read_text(encoding="utf-8")  # a script that leaves a name behind


def test_lock_file_pins_every_package_by_hash_and_names_no_registry() -> None:
    text = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert "://" not in text
