"""Files taken away: each table in each format, read back by pandas and pyarrow, equal to what REST shows."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S
from web.application import WarmgateApp
from web.export.columns import Column, Kind, Rows
from web.export.formats import FORMATS
from web.export.tables import TABLES
from web_app import create_app

UTC_MS = pd.DatetimeTZDtype("ms", "UTC")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, str]]:
    """A finished run with trades, undefined metrics and evaluations, and a client to ask for it."""
    app = create_app(tmp_path_factory.mktemp("exported"))
    client = app.test_client()
    started = client.post("/api/runs", json={"config": SMALL}, headers={"X-Warmgate": "1"}).get_json()
    assert app.controller.wait(TIMEOUT_S)
    yield client, started["run_id"]
    app.close()


def taken(run: tuple[FlaskClient, str], table: str, form: str) -> bytes:
    client, run_id = run
    answer = client.get(f"/api/runs/{run_id}/export/{table}.{form}")
    assert answer.status_code == 200, answer.text
    content: bytes = answer.data
    return content


def with_times(frame: pd.DataFrame) -> pd.DataFrame:
    for name in {"ended_at", "time"} & set(frame):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype(UTC_MS)
    return frame


def read_csv(content: bytes) -> pd.DataFrame:
    frame = pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])
    return with_times(frame)


def read_json(content: bytes) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(json.loads(content))
    return with_times(frame)


def as_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Plain values, with None for what is missing: formats differ in how they mark that."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(plain.columns, row, strict=True)) for row in plain.itertuples(index=False)]


@pytest.mark.parametrize("table", TABLES.names())
def test_all_formats_hold_the_same_to_the_bit(run: tuple[FlaskClient, str], table: str) -> None:
    parquet = pd.read_parquet(io.BytesIO(taken(run, table, "parquet")))

    assert list(parquet.columns) == [column.name for column in TABLES[table].columns]
    assert len(parquet) > 0
    assert as_records(read_csv(taken(run, table, "csv"))) == as_records(parquet)
    assert as_records(read_json(taken(run, table, "json"))) == as_records(parquet)


def test_metrics_are_those_of_every_episode(run: tuple[FlaskClient, str]) -> None:
    client, run_id = run
    shown = client.get(f"/api/runs/{run_id}/episodes").get_json()["episodes"]

    assert json.loads(taken(run, "metrics", "json")) == shown


def test_trades_are_those_of_every_episode_with_its_number(run: tuple[FlaskClient, str]) -> None:
    client, run_id = run
    shown = [
        {"episode": number, **trade}
        for number in range(1, 6)
        for trade in client.get(f"/api/runs/{run_id}/episodes/{number}").get_json()["trades"]
    ]

    assert json.loads(taken(run, "trades", "json")) == shown


def test_costs_of_trades_add_up_to_those_of_their_episodes_to_the_cent(app: WarmgateApp, client: FlaskClient) -> None:
    leveraged = {"max_long": 2.0, "max_short": 2.0, "no_trade_band": 1.0, "borrow_rate_pct": 50.0}
    config = SMALL | leveraged | {"financing_rate_pct": 50.0, "total_steps": 400}
    run_id = client.post("/api/runs", json={"config": config}).get_json()["run_id"]
    assert app.controller.wait(TIMEOUT_S)

    trades = pd.DataFrame(json.loads(taken((client, run_id), "trades", "json")))
    metrics = pd.DataFrame(json.loads(taken((client, run_id), "metrics", "json"))).set_index("episode")

    parts = trades.groupby("episode")[["costs", "holding_costs"]].sum().reindex(metrics.index, fill_value=0.0)
    assert parts.sum(axis="columns").to_numpy() == pytest.approx(metrics["costs"].to_numpy(), abs=0.005)
    assert parts["holding_costs"].max() > 100.0  # a great part: costs of trades alone are not all


def test_evaluations_have_a_row_for_every_curve(run: tuple[FlaskClient, str]) -> None:
    client, run_id = run
    shown = client.get(f"/api/runs/{run_id}/evaluations").get_json()["evaluations"]
    rows = json.loads(taken(run, "evaluations", "json"))

    for evaluation in shown:
        own = [row for row in rows if row["number"] == evaluation["number"]]
        curves = [evaluation["policy"], *evaluation["variants"], *evaluation["baselines"]]
        assert [row["name"] for row in own] == [curve["name"] for curve in curves]
        assert [row["return_pct"] for row in own] == [curve["metrics"]["return_pct"] for curve in curves]
        assert [row["superior_ability"] for row in own] == [evaluation["superior_ability"]] + [None] * (len(own) - 1)
        assert {row["window"] for row in own} == {evaluation["window"]}
        assert [row["role"] for row in own].count("variant") == len(evaluation["variants"])


def test_comparisons_are_those_that_are_defined(run: tuple[FlaskClient, str]) -> None:
    client, run_id = run
    shown = client.get(f"/api/runs/{run_id}/evaluations").get_json()["evaluations"]
    expected = [
        (evaluation["number"], benchmark, figure, interval["estimate"], interval["p_value"])
        for evaluation in shown
        for benchmark, comparison in evaluation["comparisons"].items()
        for figure in ("sharpe", "log_return")
        if comparison and (interval := comparison[figure])
    ]

    rows = json.loads(taken(run, "comparisons", "json"))

    names = ("number", "benchmark", "figure", "estimate", "p_value")
    assert [tuple(row[name] for name in names) for row in rows] == expected


def test_parquet_is_typed(run: tuple[FlaskClient, str]) -> None:
    schema = pq.read_schema(io.BytesIO(taken(run, "metrics", "parquet")))

    assert schema.field("episode").type == pa.int64()
    assert schema.field("trades").type == pa.int64()
    assert schema.field("reward").type == pa.float64()
    assert schema.field("terminated").type == pa.bool_()
    assert schema.field("ended_at").type == pa.timestamp("ms", tz="UTC")


def test_a_file_says_what_it_is(run: tuple[FlaskClient, str]) -> None:
    client, run_id = run
    for form, kind in (
        ("csv", "text/csv"),
        ("json", "application/json"),
        ("parquet", "application/vnd.apache.parquet"),
    ):
        answer = client.get(f"/api/runs/{run_id}/export/trades.{form}")
        assert answer.mimetype == kind
        assert answer.headers["Content-Disposition"] == f"attachment; filename=warmgate-{run_id}-trades.{form}"


@pytest.mark.parametrize(
    "name", ["nothing.csv", "metrics.xlsx", "metrics", "metrics.csv.exe", "../metrics.csv", "%00.csv"]
)
def test_what_is_not_offered_is_refused(run: tuple[FlaskClient, str], name: str) -> None:
    client, run_id = run

    assert client.get(f"/api/runs/{run_id}/export/{name}").status_code == 404


def test_a_run_that_is_not_there_has_no_files(client: FlaskClient) -> None:
    assert (
        client.get("/api/runs/20260101-000000-aaaa/export/metrics.csv").get_json()["error"]["code"] == "run_not_found"
    )


@pytest.mark.parametrize("form", FORMATS.names())
@pytest.mark.parametrize("table", TABLES.names())
def test_a_run_without_anything_gives_an_empty_file(
    app: WarmgateApp, client: FlaskClient, table: str, form: str
) -> None:
    config = SMALL | {"total_steps": ENDLESS, "episode_bars": 200, "synthetic_bars": 100_000}
    run_id = client.post("/api/runs", json={"config": config}).get_json()["run_id"]
    client.post(f"/api/runs/{run_id}/stop")
    assert app.controller.wait(TIMEOUT_S)
    content = taken((client, run_id), table, form)

    if form == "parquet":
        assert pd.read_parquet(io.BytesIO(content)).columns.tolist() == [each.name for each in TABLES[table].columns]
    elif form == "csv":
        assert content.decode().split("\r\n")[0] == ",".join(each.name for each in TABLES[table].columns)
    else:
        assert isinstance(json.loads(content), list)


COLUMNS = (
    Column("whole", Kind.INTEGER),
    Column("real", Kind.NUMBER),
    Column("text", Kind.TEXT),
    Column("truth", Kind.BOOLEAN),
    Column("time", Kind.TIME),
)
MOMENT = datetime(2026, 11, 23, 5, 12, 0, 123_000, tzinfo=UTC)
PIECES: list[Rows] = [
    [[2**53 + 1, 0.1 + 0.2, 'a "quoted", text', True, MOMENT], [None, None, None, None, None]],
    [],
    [[-1, 5e-324, "line\nbreak ü €", False, MOMENT]],
]


def written(form: str, pieces: list[Rows]) -> bytes:
    return b"".join(FORMATS[form].write(COLUMNS, pieces))


def test_values_that_break_careless_writers_come_back_from_parquet() -> None:
    table = pq.read_table(io.BytesIO(written("parquet", PIECES)))

    rows = [list(row.values()) for row in table.to_pylist()]
    assert rows == [row for piece in PIECES for row in piece]


def test_values_that_break_careless_writers_come_back_from_json() -> None:
    rows = json.loads(written("json", PIECES))

    told = "2026-11-23T05:12:00.123Z"
    assert [list(row.values()) for row in rows] == [
        [2**53 + 1, 0.1 + 0.2, 'a "quoted", text', True, told],
        [None, None, None, None, None],
        [-1, 5e-324, "line\nbreak ü €", False, told],
    ]


def test_values_that_break_careless_writers_come_back_from_csv() -> None:
    frame = pd.read_csv(io.BytesIO(written("csv", PIECES)), dtype={"whole": "Int64"})

    assert frame["whole"].tolist()[0] == 2**53 + 1
    assert frame["real"].tolist()[::2] == [0.1 + 0.2, 5e-324]
    assert frame["text"].tolist()[::2] == ['a "quoted", text', "line\nbreak ü €"]
    assert frame["truth"].tolist()[::2] == [True, False]
    assert frame.iloc[1].isna().all()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil")'])
def test_no_text_becomes_a_formula(text: str) -> None:
    frame = pd.read_csv(io.BytesIO(written("csv", [[[1, -1.0, text, True, MOMENT]]])), keep_default_na=False)

    assert frame["text"][0] == "'" + text
    assert frame["real"][0] == -1.0  # a number is none


def test_a_file_is_written_piece_by_piece() -> None:
    asked: list[int] = []

    def pieces() -> Iterator[Rows]:
        for number in range(3):
            asked.append(number)
            yield [[number, 0.5, "x", True, MOMENT]] * 10

    for form in FORMATS.names():
        asked.clear()
        asked_by_then = [len(asked) for part in FORMATS[form].write(COLUMNS, pieces()) if part]
        assert {1, 2, 3} <= set(asked_by_then), form  # something of each piece was sent before the next was read
