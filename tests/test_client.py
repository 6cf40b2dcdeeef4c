"""The Python client against a real server: DataFrames that agree with REST, orders, refusals, and its document."""

import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from warmgate_client import Client, ServerUnreachableError, WarmgateError

from runs.events import PolicyEvaluated
from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S, Heard
from tests.source_reader import ROOT, all_imports, parse_program
from tests.web.helpers import Served, serving
from training.events import ConfigChanged, EpisodeFinished
from web.reach import Reach
from web_app import create_app


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    app = create_app(tmp_path_factory.mktemp("standing"))
    with serving(app) as served:
        yield served
    app.close()


@pytest.fixture(scope="module")
def client(standing: Served) -> Client:
    return Client(standing.url)


@pytest.fixture(scope="module")
def run_id(standing: Served, client: Client) -> str:
    started = client.start("High fee", **SMALL)
    assert standing.app.controller.wait(TIMEOUT_S)
    assert client.wait(started, TIMEOUT_S) == "finished"
    return started


def test_runs_are_a_table_by_run_id(client: Client, run_id: str) -> None:
    runs = client.runs()

    row = runs.loc[run_id]
    assert (row["status"], row["episodes"], row["config.total_steps"], row["updates"]) == ("finished", 5, 90, 80)
    assert isinstance(row["created_at"], pd.Timestamp)
    assert row["ended_at"] > row["created_at"]
    assert row["created_at"].tz is not None


def test_a_run_is_listed_with_what_people_wrote_on_it(standing: Served, client: Client, run_id: str) -> None:
    validations = client.evaluations(run_id).query("role == 'policy' and window == 'validation'")
    before = client.runs().loc[run_id]
    standing.app.controller.write_label(run_id, name="first", tags=["a", "b"], notes="watch alpha")

    row = client.runs().loc[run_id]

    assert (before["name"], before["tags"], before["notes"]) == ("High fee", "", "")
    assert (row["name"], row["tags"], row["notes"]) == ("first", "a, b", "watch alpha")
    assert row["best_validation_sharpe"] == validations["sharpe"].max()


def test_a_run_is_listed_with_the_parameters_in_force(standing: Served, client: Client, run_id: str) -> None:
    heard = Heard()
    standing.app.controller.subscribe(heard)
    started = client.start(**SMALL | {"total_steps": ENDLESS})
    client.change(started, fee_bps=50)
    heard.wait_for_events(1, ConfigChanged)
    client.stop(started)
    client.wait(started, TIMEOUT_S, every_s=0.01)

    fees = client.runs()["config.fee_bps"]

    assert (fees[started], client.run(started)["config"]["fee_bps"]) == (50.0, 2.0)
    assert fees[run_id] == 2.0
    standing.app.controller.delete(started)


def test_a_server_without_runs_gives_an_empty_table(standing: Served, client: Client, run_id: str) -> None:
    standing.app.controller.delete(run_id)
    try:
        assert len(client.runs()) == 0
    finally:
        standing.app.controller.undelete(run_id)


def test_episodes_are_those_of_rest(standing: Served, client: Client, run_id: str) -> None:
    episodes = client.episodes(run_id)

    shown = standing.get(f"api/runs/{run_id}/episodes")["episodes"]
    assert episodes.index.tolist() == [1, 2, 3, 4, 5]
    for name in ("reward", "sharpe", "alpha", "trades", "phase", "terminated"):
        expected = [np.nan if each[name] is None else each[name] for each in shown]
        pd.testing.assert_series_equal(
            episodes[name], pd.Series(expected, episodes.index, name=name), check_dtype=False, check_exact=True
        )


def test_evaluations_and_comparisons_are_those_of_rest(standing: Served, client: Client, run_id: str) -> None:
    evaluations = client.evaluations(run_id)

    shown = standing.get(f"api/runs/{run_id}/evaluations")["evaluations"]
    policy = evaluations[evaluations["role"] == "policy"]
    assert policy["sharpe"].tolist() == [each["policy"]["metrics"]["sharpe"] for each in shown]
    assert policy["window"].tolist() == [each["window"] for each in shown]
    assert set(client.comparisons(run_id)["benchmark"]) <= {"buy_and_hold", "vol_target"}


def test_trades_come_with_the_time_of_their_bar(client: Client, run_id: str) -> None:
    trades = client.trades(run_id)

    assert trades.groupby("episode").size().to_dict() == client.episodes(run_id)["trades"].loc[3:].to_dict()
    series = client.series(run_id, 4)
    own = trades[trades["episode"] == 4].iloc[0]
    assert series.index[own["row"]] == own["time"]
    assert series["traded"].iloc[own["row"]] != 0


def test_a_run_is_ordered_about(standing: Served, client: Client, run_id: str) -> None:
    started = client.start(**SMALL | {"total_steps": ENDLESS})

    statuses = [client.pause(started), client.resume(started), client.stop(started)]

    assert statuses[:2] == ["paused", "running"]
    assert client.wait(started, TIMEOUT_S, every_s=0.01) == "stopped"
    assert client.health()["active_run"] is None


def test_a_run_is_stepped_in_on_and_what_was_done_is_a_table(standing: Served, client: Client, run_id: str) -> None:
    heard = Heard()
    standing.app.controller.subscribe(heard)
    started = client.start(**SMALL | {"total_steps": ENDLESS, "evaluate_every_episodes": 1_000_000})
    heard.wait_for_events(4, EpisodeFinished)
    client.pause(started)

    status, saved, judged = client.change(started, fee_bps=50), client.save(started), client.evaluate(started)

    run = client.run(started)
    assert status == "paused"
    assert run["pending_changes"] == [{"from_step": 0, "values": {"fee_bps": 50.0}}]
    assert saved == judged == run["checkpoint_step"] == run["progress"]["step"]
    heard.wait_for_events(1, PolicyEvaluated)
    client.stop(started)
    client.wait(started, TIMEOUT_S, every_s=0.01)
    assert client.evaluations(started)["step"].unique().tolist() == [judged]
    actions = client.actions(started)
    assert actions["kind"].tolist() == ["start", "pause", "change", "save", "evaluate", "stop"]
    assert actions.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert actions["time"].is_monotonic_increasing
    assert actions["time"].iloc[0].tz is not None
    assert (actions.loc[3, "step"], actions.loc[3, "who"]) == (saved, "127.0.0.1")
    assert actions.loc[3, "text"] == "Changed for the next episode: Fee 2 bp → 50 bp"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (lambda client, run_id: client.change(run_id, fee_bps=1), "run_not_active"),
        (lambda client, run_id: client.change(run_id), "bad_request"),
        (Client.save, "run_not_active"),
        (Client.evaluate, "run_not_active"),
    ],
)
def test_stepping_in_on_a_run_that_ended_is_refused(
    client: Client, run_id: str, order: Callable[[Client, str], object], code: str
) -> None:
    with pytest.raises(WarmgateError) as refused:
        order(client, run_id)

    assert refused.value.code == code


def test_waiting_has_an_end(client: Client, run_id: str) -> None:
    started = client.start(**SMALL | {"total_steps": ENDLESS})

    with pytest.raises(TimeoutError, match=f"run {started} is still running after 0 s"):
        client.wait(started, timeout_s=0.0, every_s=0.0)

    client.stop(started)
    client.wait(started, TIMEOUT_S, every_s=0.01)


def test_a_report_is_html(client: Client, run_id: str) -> None:
    assert client.report(run_id).lstrip().startswith("<!doctype html>")


def test_a_refusal_is_raised_in_the_words_of_the_server(client: Client) -> None:
    with pytest.raises(WarmgateError, match="Did you mean 'fee_bps'") as refused:
        client.start(fee=1)

    assert (refused.value.status, refused.value.code) == (400, "invalid_config")
    assert [problem["field"] for problem in refused.value.problems] == ["fee"]


@pytest.mark.parametrize("run_id", ["20260101-000000-aaaa", "../../etc", "a/b", "?x=1", "#", ""])
def test_an_id_stays_one_piece_of_the_path(client: Client, run_id: str) -> None:
    with pytest.raises(WarmgateError) as refused:
        client.episodes(run_id)

    assert refused.value.status in (404, 308)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ServerUnreachableError, match=r"no Warmgate server answers at http://127\.0\.0\.1:9"):
        Client("http://127.0.0.1:9").runs()


def test_a_port_that_is_none_is_named_too() -> None:
    with pytest.raises(ServerUnreachableError, match=r"no Warmgate server answers at http://127\.0\.0\.1:x"):
        Client("http://127.0.0.1:x").runs()


@pytest.mark.parametrize("status", ["200 OK", "503 Service Unavailable"])
def test_an_answer_that_breaks_off_is_none(status: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\n{{".encode())

        server = threading.Thread(target=answer)
        server.start()
        with pytest.raises(ServerUnreachableError, match="IncompleteRead"):
            Client(f"http://127.0.0.1:{listener.getsockname()[1]}").runs()
        server.join()


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "file:///etc/passwd", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the address must look like"):
        Client(url)


def test_the_token_is_read_from_the_printed_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(tmp_path_factory.mktemp("locked"), reach=Reach(needs_token=True))
    with serving(app) as served:
        assert len(Client(f"{served.url}?token={app.token}").runs()) == 0
        assert len(Client(served.url, token=app.token).runs()) == 0
        with pytest.raises(WarmgateError) as refused:
            Client(served.url).runs()
    app.close()

    assert refused.value.code == "token_required"


def test_the_document_does_what_it_shows(standing: Served, capsys: pytest.CaptureFixture[str]) -> None:
    document = (ROOT / "docs/client.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", document, flags=re.DOTALL)
    names: dict[str, object] = {}

    exec(example.replace("http://127.0.0.1:8000/", standing.url).replace("http://127.0.0.1:8000", standing.url), names)

    printed = capsys.readouterr().out
    assert names["status"] == "finished"
    assert "config.total_steps" in printed
    by_episode, episodes = names["costs_by_episode"], names["episodes"]
    assert isinstance(by_episode, pd.Series)
    assert isinstance(episodes, pd.DataFrame)
    paid = episodes["costs"].loc[lambda costs: costs > 0.0]
    assert by_episode.index.equals(paid.index)
    assert by_episode.to_numpy() == pytest.approx(paid.to_numpy(), abs=0.005)
    methods = {name for name in vars(Client) if not name.startswith("_")}
    table = document.split("| method | gives |")[1]
    assert methods <= set(re.findall(r"\b[a-z]+\b", table))


def test_it_needs_pandas_and_nothing_else() -> None:
    paths = sorted((ROOT / "client/warmgate_client").glob("*.py"))
    program = parse_program({f"warmgate_client/{path.name}": path.read_text(encoding="utf-8") for path in paths})

    libraries = {found.part for found in all_imports(program)} - {"warmgate_client"} - set(sys.stdlib_module_names)
    assert libraries == {"pandas"}
