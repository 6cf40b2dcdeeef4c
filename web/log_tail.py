"""The newest lines of the server's log, kept in memory for the page. Knows no route."""

import logging
import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from runs.events import Envelope, Notice, NoticeLevel, RunStatusChanged
from runs.run import Run

logger = logging.getLogger("warmgate.runs")

MAX_LINES = 200
MAX_TEXT = 4_000  # characters of a line, its traceback included
HIDDEN = "(hidden)"

_TOKEN = re.compile(r"(token=|Bearer )[^\s&\"']+", re.IGNORECASE)
_LEVELS = {
    NoticeLevel.INFO: logging.INFO,
    NoticeLevel.WARNING: logging.WARNING,
    NoticeLevel.ERROR: logging.ERROR,
}


@dataclass(frozen=True, slots=True)
class LogLine:
    time: datetime
    level: str  # "info", "warning" and so on
    source: str  # name of the logger
    text: str


class LogTail(logging.Handler):
    """Keeps the last `MAX_LINES` records of every logger, from `start` to `close`; any thread may log and read.

    What looks like an access token is never kept, nor is any text given to `hide`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=MAX_LINES)
        self._reading = threading.Lock()
        self._secrets: tuple[str, ...] = ()

    def start(self) -> None:
        logging.getLogger().addHandler(self)

    def close(self) -> None:
        logging.getLogger().removeHandler(self)
        super().close()

    def hide(self, secret: str) -> None:
        self._secrets = (*self._secrets, secret)

    def lines(self) -> list[LogLine]:
        """Oldest first."""
        with self._reading:
            return list(self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self._harmless(self.format(record))[:MAX_TEXT]
        except (TypeError, ValueError, KeyError):  # the arguments do not fit the message
            self.handleError(record)
            return
        time = datetime.fromtimestamp(record.created, UTC)
        with self._reading:
            self._lines.append(LogLine(time, record.levelname.lower(), record.name, text))

    def _harmless(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _TOKEN.sub(rf"\1{HIDDEN}", text)


def log_run(envelope: Envelope, run: Run) -> None:
    """Write what became of a run into the log: its statuses and notices."""
    match envelope.event:
        case RunStatusChanged(status, reason):
            logger.info("run %s is %s%s", run.run_id, status.value, f": {reason}" if reason else "")
        case Notice(level, text):
            logger.log(_LEVELS[level], "run %s: %s", run.run_id, text)
