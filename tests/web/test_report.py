"""The report of a run: whole, escaped, without a script, and the same for every kind of run."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from runs.events import ChangeRequested, Notice, NoticeLevel, RunEvent, RunStatus, RunStatusChanged
from runs.run import apply
from runs.store.run_store import RunStore
from tests.runs.helpers import (
    ENDLESS,
    RUN_ID,
    SMALL,
    TIMEOUT_S,
    envelope,
    episode_finished,
    run_before_its_first_event,
)
from training.config import RunConfig
from training.events import ConfigChanged
from web.application import WarmgateApp
from web.report.figures import gate_place
from web.report.words import counted, signed
from web_app import create_app

EVIL = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"' {{ 7 * 7 }}"


class Outline(HTMLParser):
    """Tags that open and close, attributes and texts; complains about what is left open."""

    VOID = ("meta", "link", "img", "br", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def report_of(client: FlaskClient, run_id: str) -> str:
    answer = client.get(f"/api/runs/{run_id}/report.html")
    assert answer.status_code == 200, answer.text
    return answer.text


def texts_of(report: str) -> str:
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", report, flags=re.DOTALL))


def finished_run(app: WarmgateApp, client: FlaskClient, **changes: Any) -> str:
    run_id: str = client.post("/api/runs", json={"config": SMALL | changes}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)
    return run_id


def test_a_report_has_everything_of_the_run(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    run = client.get(f"/api/runs/{run_id}").get_json()["run"]
    evaluations = client.get(f"/api/runs/{run_id}/evaluations").get_json()["evaluations"]

    report = report_of(client, run_id)
    text = texts_of(report)

    opened = run["gate"]["opened"]
    assert text.count(opened["fingerprint_before"]) == 2
    assert "Proved: while the gate was closed, no parameter and no optimizer state moved by a single bit." in text
    assert set(RunConfig().flat()) <= set(text.split())
    assert {evaluation["window"] for evaluation in evaluations} == {"validation", "test"}
    for curve in (*evaluations[-1]["variants"], *evaluations[-1]["baselines"]):
        assert curve["label"] in text
    for notice in run["notices"]:
        assert notice["text"] in text
    outline = Outline(report)
    assert outline.tags.count("figure") == 5 + 1 + 2 + 4  # metrics, validation, an account a window, the last episode
    assert report.count("gate opens") == 5
    assert outline.tags.count("table") == 2 + 2 + 4  # evaluations, round trips and trades, sections of parameters


def test_the_gate_stands_at_its_share_of_its_episode_as_on_the_page(app: WarmgateApp, client: FlaskClient) -> None:
    inside, between, never = (
        app.controller.run(finished_run(app, client, no_trading_warmup_steps=steps)) for steps in (50, 40, 500)
    )

    assert gate_place(app.controller, inside) == 2.5
    assert gate_place(app.controller, between) == 2.0
    assert gate_place(app.controller, never) is None


def test_the_lines_of_each_figure_can_be_told_apart(app: WarmgateApp, client: FlaskClient) -> None:
    report = report_of(client, finished_run(app, client))

    keys = re.findall(r'<ul class="legend">(.*?)</ul>', report, re.DOTALL)
    looks = [re.findall(r'<path class="([^"]+)"', key) for key in keys]
    assert ["line spread", "line own", "line held", "line reference"] in looks
    for own in looks:
        assert len(set(own)) == len(own)


def test_the_last_episode_is_told_by_its_figures_and_round_trips(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    last = client.get(f"/api/runs/{run_id}/episodes/4").get_json()

    before, _, text = " ".join(texts_of(report_of(client, run_id)).split()).partition("The last episode")

    earned = last["episode"]["return_pct"]
    assert f"Return {signed(earned)} % Buy & hold" in text
    for title in ("Episode 4: account", "Drawdown", "Episode 4: price and trades", "Actions", "Round trips"):
        assert title in text
    left_out = "Episode 5 was cut short after 10 steps by the end of the run, and is left out."
    assert (before.count(left_out), text.count(left_out)) == (5, 1)  # each curve says so too
    trips = last["round_trips"]
    assert counted(len(trips), "round trip") in text
    assert f"{signed(trips[0]['net'])} {signed(trips[0]['return_pct'])}" in text


def test_changed_parameters_stand_out(app: WarmgateApp, client: FlaskClient) -> None:
    report = report_of(client, finished_run(app, client))

    changed = re.findall(r'<tr class="changed"><td><code>(\w+)</code>', report)
    defaults = RunConfig().flat()
    assert set(changed) == {name for name, value in SMALL.items() if value != defaults[name]}


def test_settings_have_units_that_can_be_read_and_sections_their_titles(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client, seed=7, synthetic_seed=3, hidden_layers=1)

    text = " ".join(texts_of(report_of(client, run_id)).split())

    assert "Bars synthetic: Synthetic seed 3, Synthetic bars" in text
    assert "Seed 7" in text
    for words in ("evaluate_every_episodes 1 episode 1 episode", "torch_threads automatic", "hidden_layers 1 2 Hidden"):
        assert words in text, words
    assert "Training loop Parameter Value Default Meaning" in text
    assert "none" not in text.split()


def record(data_dir: Path, events: list[RunEvent]) -> None:
    """Stores a run that these events happened to."""
    store = RunStore.open(data_dir)
    run = run_before_its_first_event()
    store.create(run)
    for sequence, event in enumerate(events, start=1):
        after = apply(run, envelope(sequence, event))
        store.record(run, after, envelope(sequence, event))
        run = after
    store.close()


def test_a_changed_run_shows_the_configuration_in_force(tmp_path: Path) -> None:
    changed = ConfigChanged(20, 2, {"fee_bps": 2.0}, {"fee_bps": 50.0})
    events: list[RunEvent] = [ChangeRequested({"fee_bps": 50.0}), changed, RunStatusChanged(RunStatus.STOPPED, None)]
    record(tmp_path, events)
    app = create_app(tmp_path)

    text = " ".join(texts_of(report_of(app.test_client(), RUN_ID)).split())
    app.close()

    assert "Parameter At the start In force Default Meaning" in text
    assert "fee_bps 2 bp 50 bp 2 bp Fee" in text


def test_a_report_needs_nothing_and_runs_nothing(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client)
    answer = client.get(f"/api/runs/{run_id}/report.html?download")

    outline = Outline(answer.text)
    assert not {"script", "img", "iframe", "object", "base", "form"} & set(outline.tags)
    links = [value for name, value in outline.attributes if name in ("src", "href", "action", "data", "srcset")]
    assert links == ["data:,"]
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "style"]
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=warmgate-{run_id}.html"
    assert len(answer.data) < 1_000_000


def test_texts_of_people_and_errors_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    notice, end = Notice(NoticeLevel.WARNING, EVIL), RunStatusChanged(RunStatus.FAILED, EVIL)
    events: list[RunEvent] = [notice, episode_finished(1), end]
    record(tmp_path, events)
    app = create_app(tmp_path)
    app.controller.write_label(RUN_ID, name=EVIL[:50], tags=[EVIL[:20]], notes=EVIL)

    report = report_of(app.test_client(), RUN_ID)
    app.close()

    outline = Outline(report)
    assert not {"script", "img"} & set(outline.tags)
    assert EVIL in texts_of(report)
    assert "49" not in texts_of(report).partition("onerror")[2][:40]


def test_a_run_that_has_just_begun_has_a_report_too(app: WarmgateApp, client: FlaskClient) -> None:
    config = SMALL | {"total_steps": ENDLESS, "synthetic_bars": 100_000, "episode_bars": 50_000}
    run_id = client.post("/api/runs", json={"config": config}).get_json()["run_id"]
    client.post(f"/api/runs/{run_id}/pause")

    text = texts_of(report_of(client, run_id))

    assert "No episode was finished." in text
    assert "This run has no evaluation." in text
    assert text.count("Nothing to draw") == 5


def test_a_moved_parameter_is_not_called_a_proof(app: WarmgateApp, client: FlaskClient) -> None:
    run_id = finished_run(app, client, update_during_warmup=True)

    text = texts_of(report_of(client, run_id))

    assert "Something moved while the gate was closed" in text
    assert "Proved" not in text


def test_a_run_that_is_not_there_has_no_report(client: FlaskClient) -> None:
    assert client.get("/api/runs/20260101-000000-aaaa/report.html").status_code == 404
