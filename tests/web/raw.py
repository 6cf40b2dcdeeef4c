"""Bytes on a socket: HTTP requests and WebSocket frames that no library would send."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.runs.helpers import TIMEOUT_S

LIVE = "/socket.io/?EIO=4&transport=websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
TEXT, BINARY, CLOSE = 1, 2, 8


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def code(self) -> str:
        """That of the error, or an empty text."""
        code: str = json.loads(self.body)["error"]["code"] if self.status >= 400 and self.body[:1] == b"{" else ""
        return code

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextlib.contextmanager
def connection_to(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=TIMEOUT_S) as connection:
        yield connection


def host_of(url: str) -> str:
    return urlsplit(url).netloc


def ask(
    url: str, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes = b"", host: str = ""
) -> Answer:
    """One request, byte for byte as given, with a Host header unless it is "-"."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [] if host == "-" else [f"Host: {host or host_of(url)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}"] if body or method != "GET" else []
    with connection_to(url) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """Up to the end of the body, or of the head where a WebSocket begins."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        fields = iter(stream.readline, b"\r\n")
        pairs = (line.decode("latin-1").strip().partition(": ") for line in fields if line)
        headers = {name.lower(): value for name, _, value in pairs}
        length = int(headers.get("content-length", -1))
        return Answer(status, headers, b"" if status == 101 else stream.read(length))


@contextlib.contextmanager
def raw_websocket(url: str, headers: dict[str, str] | None = None) -> Iterator[socket.socket]:
    """A connection on which the WebSocket handshake succeeded; nothing was said yet."""
    with connection_to(url) as connection:
        lines = [f"GET {LIVE} HTTP/1.1", f"Host: {host_of(url)}"]
        lines += [f"{name}: {value}" for name, value in {**UPGRADE, **(headers or {})}.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1) or b"\r\n\r\n"
        assert b" 101 " in head, head
        yield connection


def frame_head(length: int, opcode: int = TEXT, *, is_last: bool = True) -> bytes:
    """The head of a client's frame with a mask of zeros, so that the payload follows as it is."""
    first = (0x80 if is_last else 0) | opcode
    if length < 126:
        return struct.pack("!BB4x", first, 0x80 | length)
    if length < 65_536:
        return struct.pack("!BBH4x", first, 0x80 | 126, length)
    return struct.pack("!BBQ4x", first, 0x80 | 127, length)


def bytes_taken(connection: socket.socket, total: int) -> int:
    """How many of `total` bytes could be sent before the other side hung up."""
    chunk = b"x" * 65_536
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < total:
            sent += connection.send(chunk[: total - sent])
    return sent


def is_hung_up(connection: socket.socket) -> bool:
    """Waits for the end of the stream."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True
