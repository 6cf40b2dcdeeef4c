"""What one asks a Warmgate server for. Knows no socket; `Connection` does."""

import io
import time
from typing import Any

import pandas as pd

from warmgate_client.connection import TIMEOUT_S, Connection, part

ENDED = ("finished", "stopped", "failed", "interrupted")


class Client:
    """A server by its address; `token` where it was started with --token, unless the address carries it.

    `timeout_s` is how long it may stay silent in an answer. Every method raises WarmgateError when the server refuses,
    and ServerUnreachableError when there is none.

    Raises:
        ValueError: that is no address of a server.
    """

    def __init__(
        self, url: str = "http://127.0.0.1:8000", token: str | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._connection = Connection(url, token, timeout_s)

    def __repr__(self) -> str:
        return f"Client({self._connection.url!r})"

    def health(self) -> dict[str, Any]:
        """Version, and which run is active."""
        answer: dict[str, Any] = self._connection.get("/health")
        return answer

    def runs(self) -> pd.DataFrame:
        """All runs, newest first, by run id: name, tags and notes, status, best validation Sharpe, progress, and the
        parameters as `config.…`: as they are in force, with all changes since the start.
        """
        runs = self._connection.get("/runs")["runs"]
        answer = self._connection.get("/labels")
        labels = {label["run_id"]: label for label in answer["labels"]}
        best = answer["best_validation_sharpes"]
        rows = [_labelled(run, labels, best) | _flat(run) for run in runs]
        return _timed(pd.DataFrame(rows, index=pd.Index([run["run_id"] for run in runs], name="run_id")), "created_at")

    def run(self, run_id: str) -> dict[str, Any]:
        """One run with everything that REST tells of it."""
        run: dict[str, Any] = self._connection.get(f"/runs/{part(run_id)}")["run"]
        return run

    def episodes(self, run_id: str) -> pd.DataFrame:
        """Every episode with all of its metrics, by episode; undefined ones are NaN."""
        return self._table(run_id, "metrics").set_index("episode")

    def trades(self, run_id: str) -> pd.DataFrame:
        """Every trade of every episode; `time` is that of its bar.

        `costs` are those of its bar, `holding_costs` the interest until the next trade; both of all trades of an
        episode add up to its `costs` in `episodes`.
        """
        trades = self._table(run_id, "trades")
        return trades.assign(time=pd.to_datetime(trades["time_ms"], unit="ms", utc=True))

    def evaluations(self, run_id: str) -> pd.DataFrame:
        """Every evaluated curve: `role` tells the policy from its variants and from the baselines."""
        return self._table(run_id, "evaluations")

    def comparisons(self, run_id: str) -> pd.DataFrame:
        """How far each evaluated policy is above its benchmarks, with intervals and p-values."""
        return self._table(run_id, "comparisons")

    def actions(self, run_id: str) -> pd.DataFrame:
        """What people did to the run, in order: when, at which step, from where, and what it changed."""
        return _timed(self._table(run_id, "actions"), "time").set_index("number")

    def series(self, run_id: str, episode: int) -> pd.DataFrame:
        """One episode bar by bar, by time."""
        columns = self._connection.get(f"/runs/{part(run_id)}/episodes/{part(episode)}")["series"]
        columns.pop("non_finite", None)
        bars = pd.DataFrame(columns)
        return bars.set_index(pd.to_datetime(bars.pop("time_ms"), unit="ms", utc=True).rename("time"))

    def start(self, name: str = "", **config: Any) -> str:
        """Start a run with these parameters, the others at their defaults, under this name. Returns its id."""
        run_id: str = self._connection.post("/runs", {"config": config, "name": name})["run_id"]
        return run_id

    def pause(self, run_id: str) -> str:
        """Let a running run rest after the step in progress. Returns the status after it."""
        return self._order(run_id, "pause")

    def resume(self, run_id: str) -> str:
        """Let a paused run, or one that ended early, go on. Returns the status after it."""
        return self._order(run_id, "resume")

    def stop(self, run_id: str) -> str:
        """Ask for the end after the step in progress. Returns the status after it."""
        return self._order(run_id, "stop")

    def change(self, run_id: str, **parameters: Any) -> str:
        """Let the next episode of an active run begin with these values; not every parameter may change.

        After a resume that has later changes to make again they wait until the last of those is made.
        """
        return self._order(run_id, "changes", parameters)

    def save(self, run_id: str) -> int:
        """Save an active run after the step in progress. Returns the step of the checkpoint."""
        step: int = self._connection.post(f"/runs/{part(run_id)}/checkpoints")["checkpoint"]["step"]
        return step

    def evaluate(self, run_id: str) -> int:
        """Have an active run's policy judged on the validation bars out of turn; `evaluations` has it when it is done.

        Returns the step of the policy.
        """
        step: int = self._connection.post(f"/runs/{part(run_id)}/evaluations")["step"]
        return step

    def wait(self, run_id: str, timeout_s: float | None = None, every_s: float = 1.0) -> str:
        """Return when the run has ended, with its last status, asking every `every_s` seconds.

        Raises:
            TimeoutError: time ran out before.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while (status := str(self.run(run_id)["status"])) not in ENDED:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"run {run_id} is still {status} after {timeout_s:g} s")
            time.sleep(every_s)
        return status

    def report(self, run_id: str) -> str:
        """The run as one HTML file."""
        return self._connection.read(f"/runs/{part(run_id)}/report.html").decode()

    def _table(self, run_id: str, table: str) -> pd.DataFrame:
        content = self._connection.read(f"/runs/{part(run_id)}/export/{table}.csv")
        frame = pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])
        return _timed(frame, "ended_at")

    def _order(self, run_id: str, order: str, body: object = None) -> str:
        """The status after it."""
        status: str = self._connection.post(f"/runs/{part(run_id)}/{order}", body)["run"]["status"]
        return status


def _labelled(run: dict[str, Any], labels: dict[str, Any], best: dict[str, float]) -> dict[str, Any]:
    """What people wrote on the run, the tags as one text, and its best validation Sharpe ratio, NaN without one."""
    label = labels.get(run["run_id"], {"name": "", "tags": [], "notes": ""})
    written = {"name": label["name"], "tags": ", ".join(label["tags"]), "notes": label["notes"]}
    return written | {"best_validation_sharpe": best.get(run["run_id"], float("nan"))}


def _flat(run: dict[str, Any]) -> dict[str, Any]:
    """One level, and no lists: what a table can hold."""
    config = {f"config.{name}": value for name, value in run["config_in_force"].items()}
    progress = {name: value for name, value in (run["progress"] or {}).items() if name != "non_finite"}
    own = ("status", "reason", "created_at", "ended_at", "episodes", "last_reward")
    return {name: run[name] for name in own} | progress | config


def _timed(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    for name in ("ended_at", *names):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame
