"""Serves a WSGI application on a loopback address until SIGINT or SIGTERM. Knows nothing of what it serves."""

import errno
import logging
import signal
import socket
from types import FrameType
from typing import NoReturn

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from web.security import LOOPBACK_HOSTS

logger = logging.getLogger(__name__)


class AddressError(Exception):
    """The server cannot listen where it was asked to; the message is a sentence for a person."""


class RequestHandler(WSGIRequestHandler):
    """One request per connection, not logged: a page that polls would bury everything else."""

    def run_wsgi(self) -> None:
        self.close_connection = True  # else what a closed WebSocket still sends would be read as the next request
        super().run_wsgi()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logger.debug("%s %s", self.requestline, code)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on a loopback address; port 0 takes a free one.

    Raises:
        AddressError: the address is not a loopback address of this machine, or the port is taken.
    """
    address = _loopback_address(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise AddressError(_why_not(host, port, error)) from error
    return listener


def server_on(listener: socket.socket, app: Flask) -> BaseWSGIServer:
    """A server with one thread per connection, on a duplicate of the listening socket."""
    host, port = listener.getsockname()[:2]
    return make_server(host, port, app, threaded=True, request_handler=RequestHandler, fd=listener.fileno())


def url_of(server: BaseWSGIServer) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"http://{host}:{server.port}/"


def interrupt_on_signals() -> None:
    """From now on SIGINT or SIGTERM raises KeyboardInterrupt in the main thread, once; later ones are ignored."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in signals:
        signal.signal(each, interrupt)


def _loopback_address(host: str) -> str:
    if host not in LOOPBACK_HOSTS:
        allowed = ", ".join(sorted(LOOPBACK_HOSTS))
        raise AddressError(
            f"Warmgate listens on this machine only, found --host {host}; allowed: {allowed}. "
            "To reach it from elsewhere, forward a port: ssh -L 8000:127.0.0.1:8000 <this machine>"
        )
    return "127.0.0.1" if host == "localhost" else host


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program; choose another with --port, or stop that program"
    return f"cannot listen on {host}, port {port}: {error.strerror}"
