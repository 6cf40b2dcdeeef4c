"""What any thread asks of the training thread, which answers between two steps. Knows no run."""

import threading
from concurrent.futures import Future
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Requests(Generic[Answer]):
    """One answer serves all who wait for it."""

    def __init__(self) -> None:
        self.is_waiting = False  # may be read at any time
        self._lock = threading.Lock()  # guards both
        self._requests: list[Future[Answer]] = []

    def add(self) -> "Future[Answer]":
        request: Future[Answer] = Future()
        with self._lock:
            self._requests.append(request)
            self.is_waiting = True
        return request

    def answer(self, result: Answer | Exception) -> None:
        """Let those who asked go on."""
        with self._lock:
            requests, self._requests = self._requests, []
            self.is_waiting = False
        for request in requests:
            if isinstance(result, Exception):
                request.set_exception(result)
            else:
                request.set_result(result)
