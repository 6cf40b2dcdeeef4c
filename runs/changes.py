"""What people want changed in a live run, on its way to the training thread. Knows no status and no store."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runs.events import ChangeRequested, PlannedChange
from training.changes import changed_live
from training.config import RunConfig

Publish = Callable[[ChangeRequested], int]


@dataclass(frozen=True, slots=True)
class AcceptedChange:
    """What the next episode begins with, by name, and what it would have begun with; the event's number says so."""

    number: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class ChangeQueue:
    """Any thread may ask; the training thread takes, first come first served."""

    def __init__(self, config: RunConfig, planned: Iterable[PlannedChange], publish: Publish) -> None:
        """`config` is the one in force before those that are `planned` already."""
        self._publish = publish
        self._lock = threading.Lock()  # guards the two below, and the order of what is published
        self._planned = deque(planned)
        self._ahead = config  # in force once all of them are taken
        for change in self._planned:
            self._ahead = self._ahead.changed(change.values)

    @property
    def planned(self) -> tuple[PlannedChange, ...]:
        """Those that wait."""
        with self._lock:
            return tuple(self._planned)

    def request(self, values: Mapping[str, Any]) -> AcceptedChange | None:
        """Have the next episode begin with these values, or the one that the last planned change is made before.

        None where that episode begins with them anyway.

        Raises:
            ConfigError: a value out of range, or a parameter that cannot change.
        """
        with self._lock:
            before = self._ahead.flat()
            self._ahead = changed_live(self._ahead, values)
            wanted = {name: value for name, value in self._ahead.flat().items() if value != before[name]}
            if not wanted:
                return None
            joins_last = bool(self._planned) and self._planned[-1].from_step == 0
            number = self._publish(ChangeRequested(wanted, joins_last))  # before it can be taken
            last = self._planned.pop() if joins_last else PlannedChange(0, {})
            self._planned.append(last.joined(wanted))
            return AcceptedChange(number, {name: before[name] for name in wanted}, wanted)

    def next(self, step: int) -> Mapping[str, Any] | None:
        """`training.changes.NextChange`."""
        with self._lock:
            is_due = self._planned and self._planned[0].from_step <= step
            return self._planned.popleft().values if is_due else None
