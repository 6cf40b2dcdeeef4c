"""One request and its answer, or an error in the server's own words. Knows no run and no DataFrame."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

TIMEOUT_S = 60.0


class WarmgateError(Exception):
    """The server refused. `code` and `status` are for programs, the message and `problems` for people."""

    def __init__(self, status: int, code: str, message: str, problems: list[dict[str, str]]) -> None:
        self.status = status
        self.code = code
        self.problems = problems
        super().__init__(message)


class ServerUnreachableError(WarmgateError):
    """Nobody answers at that address, or not to the end."""

    def __init__(self, url: str, cause: object) -> None:
        super().__init__(0, "unreachable", f"no Warmgate server answers at {url}: {cause}", [])


class Connection:
    """A server's address and the access token, if it asks for one. The printed address with its token will do."""

    def __init__(self, url: str, token: str | None, timeout_s: float) -> None:
        parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"the address must look like http://127.0.0.1:8000, found {url!r}")
        self.url = f"{parts.scheme}://{parts.netloc}"
        given = urllib.parse.parse_qs(parts.query).get("token", [None])[0]
        self._token = token or given
        self._timeout_s = timeout_s
        # no proxies and no redirects: the token goes to this server and to nobody else
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def get(self, path: str) -> Any:
        return json.loads(self.read(path))

    def read(self, path: str) -> bytes:
        """The answer's bytes, whatever they are."""
        return self._send("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        return json.loads(self._send("POST", path, json.dumps({} if body is None else body).encode()))

    def _send(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = {"X-Warmgate": "1", "Accept": "application/json"}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        request = urllib.request.Request(f"{self.url}/api{path}", body, headers, method=method)
        try:
            status, content = self._answer(request)
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnreachableError(self.url, getattr(error, "reason", error)) from error
        if status >= 300:
            raise _refusal(status, content)
        return content

    def _answer(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            answer = self._opener.open(request, timeout=self._timeout_s)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return answer.status, answer.read()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def part(text: object) -> str:
    """A piece of a path that stays one piece."""
    return urllib.parse.quote(str(text), safe="")


def _refusal(status: int, content: bytes) -> WarmgateError:
    try:
        error = json.loads(content)["error"]
        return WarmgateError(status, error["code"], error["message"], error.get("problems", []))
    except (ValueError, KeyError, TypeError):
        return WarmgateError(status, "unreadable", f"the server answered {status} without a reason", [])
