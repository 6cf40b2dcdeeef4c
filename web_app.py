"""Start Warmgate: `python web_app.py`, then open the printed address. `create_app` is the application by itself."""

import argparse
import logging
import os
import sys
import threading
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from werkzeug.serving import BaseWSGIServer

from runs.data_folder import default_data_folder
from runs.erasing import KEEP_DELETED
from runs.errors import StorageError
from runs.trainer import Rehearsal
from web.access import TOKEN_VARIABLE, TokenError
from web.application import WarmgateApp
from web.bundle import BundleError
from web.pages import LibraryError
from web.reach import AddressError, Reach, plan_reach
from web.server import bind, interrupt_on_signals, server_on, url_of
from web.websocket import LiveLimits

USAGE_ERROR = 2
SHUTDOWN_LIMIT_S = 4.8
MOST_DAYS = 36_500

logger = logging.getLogger("warmgate")


def create_app(
    data_dir: Path | None = None,
    limits: LiveLimits | None = None,
    reach: Reach | None = None,
    keep_deleted: timedelta | None = KEEP_DELETED,
) -> WarmgateApp:
    """The application on a data folder (default: the user's own), not yet served. Its `close` frees the folder.

    What was deleted longer than `keep_deleted` ago is erased first; None keeps it all.

    Raises:
        StorageError: the folder or the database in it cannot be used.
        TokenError: the access token that `reach` asks for cannot be used or kept.
        BundleError, LibraryError: the page's scripts cannot be put together.
    """
    root, folder = Path(__file__).parent, data_dir or default_data_folder()
    return WarmgateApp(root, folder, read_version(root), limits or LiveLimits(), reach or Reach(), keep_deleted)


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code: 0 ended on request, 2 could not start."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        reach = plan_reach(options.host, public_url=options.public_url, needs_token=options.token)
        with bind(reach.address, options.port) as listener:
            app = create_app(options.data_dir, reach=reach, keep_deleted=options.keep_deleted)
            server = server_on(listener, app)
    except (AddressError, StorageError, TokenError, BundleError, LibraryError) as error:
        print(f"web_app.py: {error}", file=sys.stderr)
        return USAGE_ERROR
    _serve(app, server, _address(app, reach.public_url or url_of(server)))
    return 0


def read_version(root: Path) -> str:
    """The version in pyproject.toml, the only place that has it."""
    with (root / "pyproject.toml").open("rb") as file:
        version: str = tomllib.load(file)["project"]["version"]
    return version


def _address(app: WarmgateApp, url: str) -> str:
    """What a person opens; it carries the access token where one is needed."""
    return url if app.token is None else f"{url.rstrip('/')}/?token={app.token}"


def _serve(app: WarmgateApp, server: BaseWSGIServer, address: str) -> None:
    rehearsal = Rehearsal()
    try:
        interrupt_on_signals()
        rehearsal.start()
        data_dir = app.controller.data_dir
        print(f"Warmgate is running at {address} (data in {data_dir}; Ctrl-C to stop)", flush=True)
        server.serve_forever()  # returns at the first signal
    except KeyboardInterrupt:  # it came before serving began
        logger.debug("stopped while starting")
    _shut_down(app, rehearsal)


def _shut_down(app: WarmgateApp, rehearsal: Rehearsal) -> None:
    """End within 5 s whatever hangs: what is stored is safe at any moment."""
    watchdog = threading.Timer(SHUTDOWN_LIMIT_S, _give_up)
    watchdog.name, watchdog.daemon = "shutdown-watchdog", True
    watchdog.start()
    if not app.close():
        logger.warning("the step in progress did not end in time; its run is stored as stopped")
    rehearsal.stop(timeout_s=0.1)
    watchdog.cancel()
    watchdog.join()
    logger.info("stopped")


def _give_up() -> None:
    logger.error("shutting down took too long; the active run will be shown as interrupted")
    _exit_at_once(1)


def _exit_at_once(code: int) -> NoReturn:
    """Without the interpreter's clean-up: for torch it takes 3 s, and a thread may still compute with it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="web_app.py", description="Train a trading agent and watch it in a browser.")
    parser.add_argument("--host", default="127.0.0.1", help="IP address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, metavar="FOLDER", help="default: warmgate in the user's data folder")
    token_help = f"require an access token, which is part of the printed address; {TOKEN_VARIABLE} sets your own"
    parser.add_argument("--token", action="store_true", help=token_help)
    keep_help = f"erase a deleted run at the first start so many days later, or never (default: {KEEP_DELETED.days})"
    parser.add_argument("--keep-deleted", type=_time, default=KEEP_DELETED, metavar="DAYS|never", help=keep_help)
    parser.add_argument("--public-url", metavar="URL", help="address under which a proxy shows the server")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 65535, found {text!r}")
    return int(text)


def _time(text: str) -> timedelta | None:
    if text == "never":
        return None
    if not text.isdecimal() or int(text) > MOST_DAYS:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of days up to {MOST_DAYS:,}, or never, found {text!r}"
        )
    return timedelta(days=int(text))


if __name__ == "__main__":
    _exit_at_once(main())
