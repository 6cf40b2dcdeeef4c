"""The event bus of one run: stamps events in order and hands them, through one thread, to store and listeners.

`record` comes first, so whatever a listener shows is stored already. Knows no event but the progress that it thins
out, and neither database nor browser.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from runs.events import Envelope, RunEvent, RunProgress, RunStatusChanged
from runs.listeners import Listeners
from runs.run import Run
from training.events import EpisodeFinished

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 1 / 4  # as often as the page draws
PROGRESS_PER_S = 40  # over everybody who hears of it: a crowd hears less often, and costs training no more
EPISODES_IN_FLIGHT = 4  # their series can take megabytes: the next one waits, and training with it

Record = Callable[[Envelope], Run]
MonotonicClock = Callable[[], float]
EventListeners = Listeners[Envelope, Run]


def utc_now() -> datetime:
    return datetime.now(UTC)


class EventBus:
    """Any thread publishes; the thread "events-<run id>" delivers until `close`.

    Nothing is lost but progress: at most one every 1/4 s is stamped, or fewer for a large audience; the newest wins,
    and the last one always comes.
    Episodes are held back while several of them wait to be stored; nothing else ever waits.
    `record` returns the run after the event; where it raises, the event is not shown to anybody. A listener that
    raises is logged and skipped. Neither may publish an episode, nor wait: delivery would wait for itself.
    """

    def __init__(
        self, run: Run, record: Record, listeners: EventListeners, clock: MonotonicClock = time.monotonic
    ) -> None:
        """Numbers go on after those of `run`."""
        self._run_id = run.run_id
        self._boot_id = run.boot_id
        self._record = record
        self._listeners = listeners
        self._clock = clock
        self._lock = threading.Lock()  # guards the four below, and with them the order in the queue
        self._sequence = run.sequence
        self._pending: RunProgress | None = None
        self._progress_at = float("-inf")
        self._is_closed = False
        self._queue: queue.SimpleQueue[Envelope | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(EPISODES_IN_FLIGHT)
        self._delivered = threading.Condition()
        self._delivered_sequence = run.sequence
        self._thread = threading.Thread(target=self._deliver_all, name=f"events-{run.run_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def publish(self, event: RunEvent) -> int:
        """Stamp and queue an event. Returns the last stamped sequence number.

        Thinned-out progress is kept, not stamped. After `close` nothing is taken any more.
        """
        if isinstance(event, EpisodeFinished):
            assert threading.current_thread() is not self._thread, "a subscriber published an episode"
            self._room.acquire()  # before the lock: whoever waits here must not hold up anybody else
        with self._lock:
            if not self._is_closed:
                self._take(event)
            return self._sequence

    def flush(self) -> int:
        """Stamp the progress kept back, if any: nothing follows it for a while. Returns the last stamped number."""
        with self._lock:
            if not self._is_closed:
                self._stamp_pending()
            return self._sequence

    def wait_for(self, sequence: int, timeout_s: float | None = 10.0) -> bool:
        """Wait until the event of that number was delivered, or could not be. Returns False when time ran out."""
        with self._delivered:
            return self._delivered.wait_for(lambda: self._delivered_sequence >= sequence, timeout_s)

    def announce(self, run: Run) -> None:
        """Show the run in another status under the number of its last event. For `record` alone, where it has to wait
        before the next event can be stored.
        """
        event = RunStatusChanged(run.status, run.reason)
        self._listeners.tell(Envelope(run.run_id, run.boot_id, run.sequence, utc_now(), event), run)

    def close(self, timeout_s: float | None = None) -> bool:
        """Deliver what is queued and end the thread. Returns False when it did not end in time."""
        with self._lock:
            if not self._is_closed:
                self._stamp_pending()
                self._is_closed = True
                self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _take(self, event: RunEvent) -> None:
        if isinstance(event, RunProgress):
            self._pending = event
            if self._clock() - self._progress_at >= self._progress_interval_s:
                self._stamp_pending()
            return
        if isinstance(event, RunStatusChanged):
            self._stamp_pending()
        self._stamp(event)

    @property
    def _progress_interval_s(self) -> float:
        return max(PROGRESS_INTERVAL_S, self._listeners.audience / PROGRESS_PER_S)

    def _stamp_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            self._progress_at = self._clock()
            self._stamp(pending)

    def _stamp(self, event: RunEvent) -> None:
        self._sequence += 1
        self._queue.put(Envelope(self._run_id, self._boot_id, self._sequence, utc_now(), event))

    def _deliver_all(self) -> None:
        while (envelope := self._queue.get()) is not None:
            self._deliver(envelope)
            if isinstance(envelope.event, EpisodeFinished):
                self._room.release()
            with self._delivered:
                self._delivered_sequence = envelope.sequence
                self._delivered.notify_all()

    def _deliver(self, envelope: Envelope) -> None:
        try:
            run = self._record(envelope)
        except Exception:
            logger.exception("run %s: event %d was not recorded", envelope.run_id, envelope.sequence)
            return
        self._listeners.tell(envelope, run)
