"""Serves a WSGI application until SIGINT or SIGTERM, over a bounded number of connections.

Knows nothing of what it serves.
"""

import contextlib
import errno
import io
import logging
import signal
import socket
import threading
from types import FrameType
from typing import Any, NoReturn

from flask import Flask
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from web.reach import AddressError
from web.websocket import limit_waiting

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 256  # each holds a thread
PIECE_BYTES = 65_536
SILENCE_S = 30.0  # in which a client must have sent, or taken, something
_CROWDED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    b'{"error": {"code": "too_many_connections", "message": "the server is at its limit; close a tab"}}'
)


class _Reader(io.BufferedReader):
    """Gives a piece at a time: what a refused request still sends is read away by the 10 MB otherwise."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(PIECE_BYTES if size is None or size < 0 else min(size, PIECE_BYTES))


class RequestHandler(WSGIRequestHandler):
    """One request per connection, not logged: a page that polls would bury everything else."""

    def setup(self) -> None:
        limit_waiting(self.request, SILENCE_S)
        super().setup()
        self.rfile.close()
        self.rfile = _Reader(socket.SocketIO(self.request, "r"))

    def run_wsgi(self) -> None:
        self.close_connection = True  # else what a closed WebSocket still sends would be read as the next request
        super().run_wsgi()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logger.debug("%s %s %s", self.command, self.path.partition("?")[0], code)  # a query may hold the token


class Server(ThreadedWSGIServer):
    """One thread per connection, up to a number; who comes then is told so at once, without a thread."""

    def __init__(self, listener: socket.socket, app: Flask, max_connections: int) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, RequestHandler, fd=listener.fileno())
        self._room = threading.Semaphore(max_connections)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if self._room.acquire(blocking=False):
            return True
        with contextlib.suppress(OSError):  # nobody waits for a peer that takes nothing
            request.send(_CROWDED, socket.MSG_DONTWAIT)
        return False

    def process_request(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request(request, client_address)
        except Exception:  # no thread could be started: nobody else gives the place back
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()


def bind(address: str, port: int) -> socket.socket:
    """A socket that listens on an IP address of this machine; port 0 takes a free one.

    Raises:
        AddressError: the address is not one of this machine, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise AddressError(_why_not(address, port, error)) from error
    return listener


def server_on(listener: socket.socket, app: Flask, max_connections: int = MAX_CONNECTIONS) -> BaseWSGIServer:
    """A server on a duplicate of the listening socket."""
    return Server(listener, app, max_connections)


def url_of(server: BaseWSGIServer) -> str:
    """An address at which this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)
    return f"http://[{host}]:{server.port}/" if ":" in host else f"http://{host}:{server.port}/"


def interrupt_on_signals() -> None:
    """From now on SIGINT or SIGTERM raises KeyboardInterrupt in the main thread, once; later ones are ignored."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in signals:
        signal.signal(each, interrupt)


def _why_not(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {address} is in use by another program; choose another with --port, or stop that program"
        )
    return f"cannot listen on {address}, port {port}: {error.strerror}"
