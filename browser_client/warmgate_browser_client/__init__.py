"""Where the official Socket.IO browser client lies on this machine, and its version.

Knows no web server and no network: the file was fetched when this package was built.
"""

from importlib.metadata import version
from pathlib import Path

VERSION = version("warmgate-browser-client")  # the package takes the client's own version number


def asset_path() -> Path:
    """The minified ES module, `socket.io.esm.min.js`; its licence lies beside it."""
    return Path(__file__).with_name("socket.io.esm.min.js")
