"""Two threads for work that falls into halves. Knows no network.

A matrix product of the sizes of this field gains little from a second thread; two products side by side gain all there
is. So each thread computes alone, and what is shared out is what is independent in the algorithm.
"""

import queue
import threading
import weakref
from collections.abc import Callable

Task = Callable[[], object]

_Reply = BaseException | None


class Crew:
    """The calling thread and, where there are two, a helper that lives as long as the crew.

    Tasks that are given together must not write what the other reads: then results do not depend on `threads`.
    """

    def __init__(self, threads: int) -> None:
        self._has_helper = threads > 1
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[_Reply] = queue.SimpleQueue()
        if self._has_helper:
            ends = self._tasks, self._replies  # not the crew itself, which could never end then
            helper = threading.Thread(target=_help, args=ends, name="learner-helper", daemon=True)
            helper.start()
            weakref.finalize(self, _end, helper, self._tasks)

    def run(self, mine: Task, other: Task) -> None:
        """Return when both are done; raises what one of them raised.

        Whoever is interrupted in it must not use the crew again: its helper may still be at work.
        """
        if not self._has_helper:
            mine()
            other()
            return
        self._tasks.put(other)
        try:
            mine()
        finally:
            error = self._replies.get()  # also when `mine` failed: nothing may go on behind the caller's back
        if error is not None:
            try:
                raise error
            finally:
                del error  # it holds this frame, which would hold it


def _help(tasks: "queue.SimpleQueue[Task | None]", replies: "queue.SimpleQueue[_Reply]") -> None:
    while (task := tasks.get()) is not None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001  # the caller raises it
            replies.put(error)
        else:
            replies.put(None)


def _end(helper: threading.Thread, tasks: "queue.SimpleQueue[Task | None]") -> None:
    tasks.put(None)
    helper.join()
