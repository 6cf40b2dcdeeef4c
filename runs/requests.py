"""What any thread asks of the training thread, which answers between two steps. Knows no run."""

import threading
from concurrent.futures import Future
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Requests(Generic[Answer]):
    """One answer serves all who wait for it."""

    def __init__(self) -> None:
        self.is_waiting = False  # may be read at any time
        self._lock = threading.Lock()  # guards the three
        self._requests: list[Future[Answer]] = []
        self._refusal: Exception | None = None

    def add(self) -> "Future[Answer]":
        """After `close` it is answered already."""
        request: Future[Answer] = Future()
        with self._lock:
            if self._refusal is not None:
                request.set_exception(self._refusal)
                return request
            self._requests.append(request)
            self.is_waiting = True
        return request

    def answer(self, result: Answer | Exception) -> bool:
        """Let those who asked go on. Returns False where nobody waits any more."""
        with self._lock:
            requests, self._requests = self._requests, []
            self.is_waiting = False
        for request in requests:
            if isinstance(result, Exception):
                request.set_exception(result)
            else:
                request.set_result(result)
        return bool(requests)

    def withdraw(self, request: "Future[Answer]") -> bool:
        """Nobody waits for this answer any more. Returns False where it has been given, or is being given."""
        with self._lock:
            if request not in self._requests:
                return False
            self._requests.remove(request)
            self.is_waiting = bool(self._requests)
            return True

    def close(self, refusal: Exception) -> None:
        """Nobody will answer from here on: refuse those who wait, and whoever asks later."""
        with self._lock:
            self._refusal = refusal
        self.answer(refusal)
