"""Who hears of a run's events, and how many people hear through them. Knows no event."""

import logging
from collections.abc import Callable

from runs.events import Envelope
from runs.run import Run

logger = logging.getLogger(__name__)

Listener = Callable[[Envelope, Run], None]
Audience = Callable[[], int]


class Listeners:
    """Any thread may call every method; whoever is added hears everything from then on."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._audiences: tuple[Audience, ...] = ()

    def add(self, listener: Listener, audience: Audience | None = None) -> None:
        """`audience` says to how many the listener passes each event on at the moment."""
        self._listeners = (*self._listeners, listener)
        if audience is not None:
            self._audiences = (*self._audiences, audience)

    @property
    def audience(self) -> int:
        return sum(audience() for audience in self._audiences)

    def tell(self, envelope: Envelope, run: Run) -> None:
        """Show an event that is stored; a listener that raises is logged and skipped."""
        for listener in self._listeners:
            try:
                listener(envelope, run)
            except Exception:
                logger.exception("run %s: a listener failed on event %d", envelope.run_id, envelope.sequence)
