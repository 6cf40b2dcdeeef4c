"""The Socket.IO bridge: events of runs out, start and stop in. Knows no run logic: both sides are calls elsewhere."""

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from runs.actions import Action
from runs.controller import RunController
from runs.events import Envelope
from runs.labels import Label
from runs.run import Run
from web import json as web_json
from web.commands import start_run, stop_run
from web.errors import error_answer
from web.websocket import Backlog, BoundedWebSocket, LiveLimits
from web.wire import action_json, label_json, live_event, run_json

logger = logging.getLogger(__name__)

Command = Callable[[RunController, object], Run]
COMMANDS: dict[str, Command] = {"start_training": start_run, "stop_training": stop_run}
BINARY = ("5", "6")  # how Socket.IO messages begin that announce others, of bytes, which it gathers without a bound


class LiveJson:
    """Strict in what it sends. NaN is read, as programs write it: what it was meant for objects, by name."""

    dumps = staticmethod(web_json.dumps)
    loads = staticmethod(json.loads)


class LiveServer(SocketIO):
    """Sends every event of every run to every client, and obeys `COMMANDS`.

    An event arrives here after it is stored, so that what a client catches up over REST is never less.
    """

    server: Any  # python-socketio's own, which publishes no types

    def __init__(self, app: Flask, controller: RunController, limits: LiveLimits) -> None:
        super().__init__(
            app,
            async_mode="threading",
            async_handlers=False,  # a client's requests in order and in its own thread, however many it sends
            manage_session=False,
            json=LiveJson,
            cors_allowed_origins=[],  # no check of its own, which believes X-Forwarded-Host: web/guard.py asks first
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.ping_timeout_s,
            max_http_buffer_size=limits.message_bytes,
        )
        engine = self.server.eio
        # a copy: the table itself belongs to the driver's module
        engine._async = engine._async | {
            "websocket": partial(BoundedWebSocket, limits=limits),
            "queue": partial(Backlog, limits.unread_packets),
        }
        engine.on("message", self._take)
        for name, command in COMMANDS.items():
            self.on_event(name, partial(_acknowledge, command, controller))
        self._boot_id = controller.boot_id
        controller.subscribe(self._send, lambda: self.client_count)
        controller.subscribe_to_labels(self._send_label)
        controller.subscribe_to_actions(self._send_action)

    @property
    def client_count(self) -> int:
        return len(self.server.eio.sockets)

    def shutdown(self) -> None:
        """End the thread that looks for silent clients."""
        self.server.shutdown()

    def _take(self, client: str, message: str | bytes) -> None:
        """Engine.IO would write two tracebacks about what is no Socket.IO, and go on with a client that speaks none."""
        try:
            if isinstance(message, bytes) or str(message).startswith(BINARY):
                raise ValueError("it is binary, and nothing here is")
            self.server._handle_eio_message(client, message)
        except Exception as error:  # noqa: BLE001  # commands answer for their own: the message cannot be read
            logger.warning("a live client was disconnected, as its message cannot be read: %s", error)
            self.server.eio.disconnect(client)

    def _send(self, envelope: Envelope, run: Run) -> None:
        name, payload = live_event(envelope, run)
        self.emit(name, payload)

    def _send_label(self, label: Label) -> None:
        """Outside the numbers of a run's events: what people write is no part of what happened in it."""
        self.emit("label", {"run_id": label.run_id, "boot_id": self._boot_id, "label": label_json(label)})

    def _send_action(self, run_id: str, action: Action) -> None:
        self.emit("action", {"run_id": run_id, "boot_id": self._boot_id, "action": action_json(action)})


def _acknowledge(command: Command, controller: RunController, *arguments: object) -> dict[str, Any]:
    """Obey, and answer as REST does; the first argument is the body."""
    try:
        run = command(controller, arguments[0] if arguments else None)
    except Exception as error:  # noqa: BLE001  # every error has its form; the unexpected ones are logged there
        return {"ok": False, **error_answer(error)[1]}
    return {"ok": True, "run_id": run.run_id, "run": run_json(run)}
