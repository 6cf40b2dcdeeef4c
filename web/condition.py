"""The server's own condition over REST: what its process takes of the machine, and the end of its log."""

from pathlib import Path
from typing import Any

from flask import Blueprint

from web.json import plain
from web.log_tail import LogTail
from web.machine import read_machine
from web.openapi import answers
from web.openapi.operation import describe


def add_condition_routes(api: Blueprint, tail: LogTail, data_dir: Path) -> None:
    @api.get("/machine")
    @describe("What the server's process takes of the machine", answers=answers.MachineReading)
    def show_machine() -> dict[str, Any]:
        reading: dict[str, Any] = plain(read_machine(data_dir))
        return reading

    @api.get("/log")
    @describe("The newest lines of the server's log, oldest first", answers=answers.Log)
    def show_log() -> dict[str, Any]:
        return {"lines": plain(tail.lines())}
