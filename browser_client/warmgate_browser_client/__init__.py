"""The browser libraries of the dashboard: where they lie on this machine, and their versions.

Knows no web server and no network: the files were fetched when this package was built.
"""

import json
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_MANIFEST = json.loads((HERE / "package.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Library:
    """A minified script; the licence of its npm package lies beside it."""

    package: str
    file_name: str

    @property
    def version(self) -> str:
        """The one that package.json asked for."""
        return str(_MANIFEST["dependencies"][self.package])

    @property
    def path(self) -> Path:
        return HERE / self.file_name

    @property
    def licence_path(self) -> Path:
        return HERE / f"LICENSE.{self.package}"


PLOTLY = Library("plotly.js-finance-dist-min", "plotly-finance.min.js")
SOCKETIO = Library("socket.io-client", "socket.io.esm.min.js")  # an ES module
LIBRARIES = (PLOTLY, SOCKETIO)
