"""Who hears of something, and how many people hear through them. Knows nothing of what is heard."""

import logging
from collections.abc import Callable
from typing import Generic, TypeVarTuple

logger = logging.getLogger(__name__)

Heard = TypeVarTuple("Heard")
Audience = Callable[[], int]


class Listeners(Generic[*Heard]):
    """Any thread may call every method; whoever is added hears everything from then on."""

    def __init__(self) -> None:
        self._listeners: tuple[Callable[[*Heard], object], ...] = ()
        self._audiences: tuple[Audience, ...] = ()

    def add(self, listener: Callable[[*Heard], object], audience: Audience | None = None) -> None:
        """`audience` says to how many the listener passes each thing on at the moment."""
        self._listeners = (*self._listeners, listener)
        if audience is not None:
            self._audiences = (*self._audiences, audience)

    @property
    def audience(self) -> int:
        return sum(audience() for audience in self._audiences)

    def tell(self, *heard: *Heard) -> None:
        """Done and stored it is: a listener that raises is logged and skipped."""
        for listener in self._listeners:
            try:
                listener(*heard)
            except Exception:
                logger.exception("a listener failed: %r", listener)
