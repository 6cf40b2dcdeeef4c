"""The WebSocket of a client that may be slow, silent or hostile: bounded messages, bounded waiting.

Socket.IO alone would take any size before it looks at it, and wait on a stalled reader until TCP gives up. Rests on
parts of engineio and simple_websocket that they keep to themselves: requirements.txt holds both to one minor version,
and `tests/web/test_security_limits.py` fails where the next one differs.
"""

import contextlib
import functools
import queue
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import simple_websocket
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from simple_websocket.ws import LocalProtocolError
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage


@dataclass(frozen=True)
class LiveLimits:
    """What clients may take. Each WebSocket holds three threads of the server."""

    ping_interval_s: float = 25.0
    ping_timeout_s: float = 20.0
    message_bytes: int = 100_000  # a whole configuration takes 2,000
    unread_packets: int = 1_000  # minutes of the busiest run
    clients: int = 64

    @property
    def silence_s(self) -> float:
        """A client that answers pings is never silent for longer."""
        return self.ping_interval_s + self.ping_timeout_s


class Backlog(queue.Queue[Any]):
    """What a client has not read yet. One that leaves too much of it is given up, and all of it is let go.

    It comes back, sees a gap in the sequence numbers and catches up over REST.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._is_given_up = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Never waits: the thread that sends to everybody must not be held up by one."""
        if not self._is_given_up:
            super().put(item, block, timeout)
            if self.qsize() > self._limit:
                self._give_up()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Raises queue.Empty for a client that was given up, which ends its connection."""
        return super().get(block and not self._is_given_up, timeout)

    def join(self) -> None:
        """Waits for nobody: Engine.IO would wait here, for ever, for a client that has gone or takes nothing."""

    def _give_up(self) -> None:
        with self.mutex:
            self._is_given_up = True
            self.queue.clear()


class BoundedWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]  # engineio publishes no types
    """engineio's WebSocket for threads, with `LiveLimits`."""

    def __init__(self, handler: Callable[..., Any], server: Any, limits: LiveLimits) -> None:
        super().__init__(handler, server)
        self._limits = limits

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        limit_waiting(environ["werkzeug.socket"], self._limits.silence_s)
        self.ws = _Connection(environ, max_message_size=self._limits.message_bytes)
        try:
            self.app(self)
        finally:
            self._forget()
        raise ConnectionError("the WebSocket has ended")  # which is how Werkzeug is told that nothing is left to answer

    def send(self, message: str | bytes) -> Any:
        try:
            return super().send(message)
        except OSError:
            self.ws.hang_up()  # else closing would wait for the same stalled reader
            raise

    def wait(self) -> str | bytes | None:
        """The next message, or None when the client is gone."""
        try:
            message: str | bytes | None = self.ws.receive(timeout=self._limits.silence_s)
        except simple_websocket.ConnectionClosed:
            return None
        return message

    def _forget(self) -> None:
        """Engine.IO would do so where this returned; else who left keeps its place until silent clients are sought."""
        client = self.app.__self__
        if client.closed:
            client.server.sockets.pop(client.sid, None)

    def close(self) -> None:
        with contextlib.suppress(OSError, simple_websocket.ConnectionClosed, LocalProtocolError):  # closed meanwhile
            super().close()


class _Connection(simple_websocket.Server):  # type: ignore[misc]  # simple_websocket publishes no types
    """Wakes who waits for a message whenever the connection ends, from either side, and lets the peer know at once.

    By itself it reports a message that is too large before it is marked as closed, and who waits could miss it.
    """

    def send(self, data: str | bytes) -> None:
        if not self.connected:
            raise simple_websocket.ConnectionClosed(self.close_reason, self.close_message)
        self.sock.sendall(_frame(data))

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        try:
            super().close(reason, message)
        finally:
            self.event.set()

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):  # the peer may be gone already
            self.sock.shutdown(socket.SHUT_RDWR)

    def _thread(self) -> None:
        super()._thread()
        self.connected = False
        self.event.set()
        self.hang_up()


@functools.lru_cache(maxsize=16)
def _frame(message: str | bytes) -> bytes:
    """What a server sends for it: the same bytes to everybody, as it masks nothing and compresses nothing."""
    event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
    return Connection(ConnectionType.SERVER).send(event)


def limit_waiting(connection: socket.socket, silence_s: float) -> None:
    """Nobody waits longer on one read or write of the connection.

    In the kernel: Python's own timeout would let `send` return with half a frame sent.
    """
    seconds, fraction = divmod(silence_s, 1.0)
    interval = struct.pack("ll", int(seconds), int(fraction * 1_000_000))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, interval)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, interval)
