import assert from "node:assert/strict";
import { test } from "node:test";

import { chartFigure } from "../../static/js/charts.js";
import { evaluationFigure } from "../../static/js/evaluation_chart.js";
import { sharpePoints } from "../../static/js/evaluation_data.js";
import { points, summary } from "../../static/js/chart_data.js";
import { bandNote, bySettings, countNote, groupNames, lineGroups, medianBand } from "../../static/js/compare/groups.js";
import { compareFigure, lineLook } from "../../static/js/compare/figure.js";
import { detailOf } from "../../static/js/compare/legend.js";
import { comparedMetric, metricGroups } from "../../static/js/compare/metrics.js";
import { parallelAxes } from "../../static/js/compare/parallel.js";
import { parallelFigure, titleLines } from "../../static/js/compare/parallel_figure.js";
import { resultsOf } from "../../static/js/compare/results.js";
import { axisFor, episodeTicks, placeOf } from "../../static/js/curves/axes.js";
import { curveOf, cutTexts, missingHistory, wholeValues } from "../../static/js/curves/curve.js";
import { originOf } from "../../static/js/curves/origin.js";
import { aboveZero, lineTraces, logNote, notAboveZero, valueAxis, valueTexts } from "../../static/js/curves/lines.js";
import { smoothed } from "../../static/js/curves/smoothing.js";
import { keep, within } from "../../static/js/curves/thin.js";
import { tracking } from "../../static/js/tracked.js";

const STARTED = "2026-11-23T05:00:00Z";
const OPENED = { step: 5000, episode: 2, episode_step: 2000 };

function anEpisode(number, more = {}) {
  const minutes = String(number).padStart(2, "0");
  const own = { episode: number, first_step: 3000 * (number - 1), steps: 3000, ended_at: `2026-11-23T05:${minutes}:00Z` };
  return { ...own, reward: number, ...more };
}

function aTracked({ episodes = [], evaluations = [], history = {}, run = {} } = {}) {
  const own = { run_id: "r1", created_at: STARTED, episodes: episodes.at(-1)?.episode ?? 0, gate: { opened: OPENED } };
  return { ...tracking(), isBehind: false, episodes, evaluations, history, run: { ...own, ...run } };
}

const TWO = aTracked({ episodes: [anEpisode(1, { sharpe: null }), anEpisode(2, { reward: -3.5, sharpe: -0.4 })] });
const [BY_EPISODE, BY_STEP, BY_TIME] = ["episode", "step", "time"].map((axis) => ({ axis, zoom: null, smoothing: 0 }));
const curve = (episode, value = episode) => ({
  ...{ episode, step: episode.map((one) => one * 3000), time: episode, value },
  cutShort: episode.map(() => false),
});

test("points keep undefined values as gaps and lie on the axis chosen", () => {
  assert.deepEqual(points(TWO, "sharpe", BY_EPISODE).y, [null, -0.4]);
  assert.deepEqual(points(TWO, "reward", BY_EPISODE).x, [1, 2]);
  assert.deepEqual(points(TWO, "reward", BY_STEP).x, [3000, 6000]);
  assert.deepEqual(points(TWO, "reward", BY_TIME).x, [60, 120].map((seconds) => seconds / 60));
  assert.equal(points(TWO, "reward", BY_TIME).axis.title, "minutes since the start");
});

test("points know their phase by the step at which the gate opened", () => {
  assert.deepEqual(points(TWO, "reward", BY_EPISODE).phases, ["warmup", "learning"]);
  const closed = aTracked({ episodes: [anEpisode(1)], run: { gate: { opened: null } } });
  assert.deepEqual(points(closed, "reward", BY_EPISODE).phases, ["warmup"]);
  assert.equal(points(closed, "reward", BY_EPISODE).gate, null);
});

test("the gate lies at its step, or at its share of its episode", () => {
  assert.equal(points(TWO, "reward", BY_STEP).gate, 5000);
  assert.equal(points(TWO, "reward", BY_EPISODE).gate, 1 + 2000 / 3000);
  assert.equal(points(TWO, "reward", BY_TIME).gate, 1 + 2000 / 3000);
});

test("the gate's unfinished episode is taken to be as long as the last one", () => {
  const one = aTracked({ episodes: [anEpisode(1)] });
  assert.ok(Math.abs(Number(points(one, "reward", BY_EPISODE).gate) - (1 + 2000 / 3000)) < 1e-12);
  assert.equal(placeOf(5000, [], []), null);
});

test("a chart's summary names its last defined point", () => {
  const sharpe = { name: "sharpe", label: "Sharpe" };
  assert.equal(summary(sharpe, points(TWO, "sharpe", BY_EPISODE)), "Sharpe: 1 point, −0.40 in episode 2.");
  assert.equal(summary(sharpe, { y: [null], cut: [null], episodes: [1] }), "Sharpe by episode: no points yet.");
});

test("an axis in time has the largest unit of which there are some", () => {
  const until = (seconds) => axisFor("time", [{ curve: curve([1], [1]), startedAt: 1 - seconds * 1000 }]).title;
  assert.deepEqual([5, 119, 120, 7199, 7200, 200_000].map(until), [
    "seconds since the start",
    "seconds since the start",
    "minutes since the start",
    "minutes since the start",
    "hours since the start",
    "days since the start",
  ]);
});

test("a fork's time begins with what it copied, alike in curves, validation and comparison", () => {
  const judged = { window: "validation", policy: { metrics: { sharpe: 1 } } };
  const validation = (number) => ({ ...anEpisode(number), ...judged, number, step: 3000 * number });
  const fork = aTracked({
    episodes: [anEpisode(1), anEpisode(2), anEpisode(9)],
    evaluations: [validation(1), validation(9)],
    run: { created_at: "2026-11-23T05:08:30Z" },
  });
  const origin = originOf(fork);
  assert.equal(origin, Date.parse(fork.episodes[0].ended_at));
  assert.deepEqual(points(fork, "reward", BY_TIME).x, [0, 1, 8]);
  assert.deepEqual(sharpePoints(fork.evaluations, "time", origin, curveOf(fork, "reward")).x, [0, 8]);
  const compared = compareFigure([{ run: fork.run, name: "a", tracked: fork }], REWARD, { ...LOOK, axis: "time" }, COLOURS);
  assert.deepEqual(compared.data[0].x, [0, 1, 8]);
  const history = { reward: { upTo: 8, curve: { ...curve([1]), time: [origin - 1] } } };
  const older = aTracked({ ...fork, episodes: [anEpisode(9)], history });
  assert.equal(originOf(older), origin - 1);
  assert.equal(originOf(TWO), Date.parse(STARTED));
  assert.equal(originOf({ ...TWO, run: null }, TWO.run), Date.parse(STARTED));
});

test("few episodes in sight are marked one by one, however few points they have", () => {
  const ticks = (...range) => episodeTicks("episode", range).tickvals;
  assert.deepEqual(ticks(0, 3), [0, 1, 2, 3]);
  assert.deepEqual(ticks(99.5, 102.2), [100, 101, 102]);
  assert.equal(ticks(0, 13), undefined);
  assert.equal(ticks(100.2, 100.8), undefined);
  assert.deepEqual(episodeTicks("step", [0, 3]), {});
});

test("a zoom onto three coarse points of a long run leaves the marks to the library", () => {
  const history = { reward: { upTo: 100_000, curve: curve([1, 50_000, 50_050, 50_100, 100_000]) } };
  const long = aTracked({ history, run: { episodes: 100_000 } });
  const marks = (range) => {
    return chartFigure(REWARD, points(long, "reward", { ...BY_EPISODE, zoom: range }), LOOK, COLOURS).layout.xaxis.tickvals;
  };
  assert.equal(marks([50_010, 50_089]), undefined);
  assert.equal(marks(null), undefined);
  assert.deepEqual(marks([50_049.5, 50_051.5]), [50_050, 50_051]);
});

const LINE = { name: "a", colour: "red", text: String, hover: "" };

test("only a short line has markers, since each is an element of its own", () => {
  const mode = (length) => {
    const x = Array.from({ length }, (_, index) => index);
    return lineTraces({ ...LINE, x, y: x, average: x, ids: x }, { smoothing: 0, isLog: false })[0].mode;
  };
  assert.deepEqual([100, 101].map(mode), ["lines+markers", "lines"]);
});

test("one stretch in seconds is in sight in every figure, whatever unit its axis has", () => {
  const look = { ...LOOK, axis: "time", zoom: [60, 90] };
  const judged = [{ ...anEpisode(2), window: "validation", number: 1, step: 6000, policy: { metrics: { sharpe: 1 } }, baselines: [] }];
  const one = { run: TWO.run, name: "a", tracked: TWO };
  const figures = [
    chartFigure(REWARD, points(TWO, "reward", look), look, COLOURS),
    compareFigure([one], REWARD, look, COLOURS),
    evaluationFigure(judged, { ...TWO, view: look }, COLOURS),
  ];
  for (const { layout } of figures) {
    assert.deepEqual(layout.xaxis.range, [1, 1.5]);
    assert.deepEqual(layout.meta, { unit: 60 });
    assert.equal(layout.yaxis.fixedrange, true);
  }
  const { xaxis } = chartFigure(REWARD, points(TWO, "reward", LOOK), LOOK, COLOURS).layout;
  assert.equal("range" in xaxis, false);
});

test("a long line keeps every spike, the newest point and the order", () => {
  const many = Array.from({ length: 100_000 }, (_, index) => Math.sin(index));
  many[4321] = 50;
  many[7654] = -50;
  many[9000] = null;
  const kept = keep(many, 2000);
  assert.ok(kept.length <= 2000, `${kept.length} points`);
  assert.ok(kept.includes(4321) && kept.includes(7654));
  assert.equal(kept.at(-1), 99_999);
  assert.deepEqual(
    kept,
    [...kept].sort((a, b) => a - b),
  );
  assert.deepEqual(keep([1, null, 3], 3), [0, 1, 2]);
});

test("a zoomed line has the points in sight and the next one on either side", () => {
  assert.deepEqual(within([1, 2, 3, 4, 5], [2.5, 3.5]), [1, 2, 3]);
  assert.deepEqual(within([1, 2, 3], [5, 6]), [2]);
  assert.deepEqual(within([1, 2, 3], null), [0, 1, 2]);
});

test("a smoothed line begins at its first value, skips gaps, and leaves a constant alone", () => {
  assert.deepEqual(smoothed([4, 4, null, 4], 0.9), [4, 4, null, 4].map((value) => value && 4));
  const [first, second] = smoothed([1, 3], 0.5);
  assert.equal(first, 1);
  assert.equal(second, (0.5 * 0.5 * 1 + 0.5 * 3) / 0.75);
  assert.deepEqual(smoothed([1, 5], 0), [1, 5]);
});

test("a smoothed line goes on from the average of what lies before it", () => {
  const values = [3, null, -1, 4, 1, null, 5];
  const whole = smoothed(values, 0.9);
  const before = { last: whole[3], count: 3 };
  smoothed(values.slice(4), 0.9, before).forEach((value, index) => {
    if (value === null) assert.equal(whole[4 + index], null);
    else assert.ok(Math.abs(value - Number(whole[4 + index])) < 1e-12);
  });
});

test("the average at a place is the same however much of the line is in sight", () => {
  const tracked = aTracked({ episodes: [7, 1, 9, 2].map((reward, index) => anEpisode(index + 1, { reward })) });
  const look = { axis: "episode", zoom: null, smoothing: 0.5 };
  const whole = points(tracked, "reward", look).average;
  assert.deepEqual(points(tracked, "reward", { ...look, zoom: [3, 4] }).average, whole.slice(1));
  assert.deepEqual(points(tracked, "reward", { ...look, zoom: [4, 9] }).average, whole.slice(2));
});

test("records go on from the average that the server made of all older values", () => {
  const older = { ...curve([1, 3], [9, 30]), total: 3, smoothed: { value: [9, 21], last: 21, count: 3 } };
  const history = { reward: { upTo: 3, smoothing: 0.5, curve: older } };
  const tracked = aTracked({ episodes: [anEpisode(4), anEpisode(5)], history });
  const { average, episode } = curveOf(tracked, "reward", 0.5);
  assert.deepEqual(episode, [1, 3, 4, 5]);
  assert.deepEqual(average, [9, 21, ...smoothed([4, 5], 0.5, { last: 21, count: 3 })]);
  assert.deepEqual(curveOf(tracked, "reward", 0.9).average, average); // until the server has averaged it anew
  assert.deepEqual(curveOf(tracked, "reward").average, [9, 30, 4, 5]);
  assert.deepEqual(curveOf(tracked, "sharpe", 0.5).average, [null, null]);
});

test("a thinned line that the server has not averaged yet has no average, a whole one needs none", () => {
  const tracked = (more) => {
    const history = { reward: { upTo: 3, smoothing: 0, curve: { ...curve([1, 3], [9, 30]), ...more } } };
    return aTracked({ episodes: [anEpisode(4)], history });
  };
  assert.deepEqual(curveOf(tracked({ total: 3 }), "reward", 0.5).average, [null, null, null]);
  assert.deepEqual(curveOf(tracked({ isPart: true }), "reward", 0.5).average, [null, null, null]);
  assert.deepEqual(curveOf(tracked({ total: 2 }), "reward", 0.5).average, smoothed([9, 30, 4], 0.5));
});

test("smoothing keeps the raw line faint behind, as it is", () => {
  const line = { ...LINE, x: [1, 2], y: [1, 3], average: [1, 2], ids: [1, 2] };
  const [raw, smooth] = lineTraces(line, { smoothing: 0.5, isLog: false });
  assert.deepEqual(raw.y, [1, 3]);
  assert.ok(raw.opacity < 0.5);
  assert.deepEqual(smooth.y, [1, 2]);
  assert.equal(lineTraces(line, { smoothing: 0, isLog: false }).length, 1);
});

test("the tooltip of a smoothed line has the point's own value and the smoothed one, with sign and unit", () => {
  const values = { y: [-1.5, 0.5, null], average: [-1.5, -0.25, null] };
  const texts = (metric, smoothing) => [0, 1, 2].map(valueTexts(metric, values, smoothing));
  const share = { name: "return_pct", unit: "%" };
  assert.deepEqual(texts(share, 0), ["−1.50 %", "+0.50 %", "–"]);
  assert.deepEqual(texts(share, 0.5)[1], "+0.50 %<br>smoothed −0.25 %");
  const look = { ...LOOK, axis: "step", smoothing: 0.5 };
  const { data } = chartFigure(REWARD, points(TWO, "reward", look), look, COLOURS);
  assert.deepEqual(data.map(({ hoverinfo }) => hoverinfo), ["skip", undefined], "one trace has the tooltip");
  assert.equal(data[1].hovertemplate, "episode %{customdata:,}, step %{x:,.0f}<br>Reward %{text}<extra></extra>");
  assert.match(data[1].text[1], /^−3\.50<br>smoothed −2\.00$/); // (0.5 · 0.5 · 1 + 0.5 · −3.5) / 0.75
});

test("a point between two gaps is a dot, since a line alone does not show it", () => {
  const x = Array.from({ length: 150 }, (_, index) => index);
  const y = x.map((one) => (one === 3 || one > 140 ? one : -1));
  const [line, dots] = lineTraces({ ...LINE, x, y, average: y, ids: x }, { smoothing: 0, isLog: true });
  assert.equal(line.mode, "lines");
  assert.deepEqual([dots.mode, dots.x, dots.y, dots.hoverinfo], ["markers", [3], [3], "skip"]);
  const many = x.map((one) => (one % 2 ? one : -1));
  const [, drawn] = lineTraces({ ...LINE, x: [...x, ...x], y: [...many, -1, ...many], average: [], ids: x }, { smoothing: 0, isLog: true });
  assert.ok(drawn.x.length <= 100, "each is an element of its own");
  assert.equal(lineTraces({ ...LINE, x, y, average: y, ids: x }, { smoothing: 0, isLog: false }).length, 1);
});

test("a smoothed line of a single point is a dot", () => {
  const traces = lineTraces({ ...LINE, x: [1], y: [2], average: [2], ids: [1] }, { smoothing: 0.5, isLog: false });
  assert.deepEqual(traces.map(({ mode }) => mode), ["lines", "lines", "markers", "markers"]);
});

test("an axis says what it does not show, and that it shows nothing", () => {
  assert.equal(logNote([1, 0, -2, null]), "2 points at or below 0: not on a log axis");
  assert.equal(logNote([0, -2, null]), "No value is above 0: a log axis cannot show them");
  assert.equal(logNote([1, null]), "");
  assert.equal(valueAxis([{ y: [0, null] }], true, 5).showticklabels, false);
  const lost = [member("a", { seed: 1 }, [-1, 0]), member("b", { seed: 2 }, [0, 2])];
  const grouped = compareFigure(lost, REWARD, { ...LOOK, isLog: true, isGrouped: true }, COLOURS);
  assert.equal(grouped.note, "1 point at or below 0: not on a log axis");
  assert.deepEqual(grouped.data.map(({ name, mode, y }) => [name, mode, y]).slice(2), [
    ["median", "lines", [null, 1]],
    ["median", "markers", [1]],
  ]);
  const none = compareFigure(lost.slice(0, 1), REWARD, { ...LOOK, isLog: true, isGrouped: true }, COLOURS);
  assert.deepEqual([none.note, none.hasPoints], ["No median is above 0: a log axis cannot show them", true]);
});

test("points that a logarithmic axis cannot show are counted", () => {
  assert.equal(notAboveZero([1, 0, -2, null]), 2);
  assert.deepEqual(aboveZero([1, 0, -2, null]), [1, null, null, null]);
  assert.deepEqual(valueAxis([{ y: [1, 0, 50] }], true, 5).ticktext, ["1", "2", "5", "10", "20", "50", "100", "200", "500"]);
  assert.deepEqual(valueAxis([{ y: [0.001, 1e6] }], true, 5).ticktext, ["0.001", "0.1", "10", "1,000", "100,000", "10,000,000"]);
  assert.deepEqual(valueAxis([{ y: [2, 3] }], true, 5), { type: "log", nticks: 5, fixedrange: true });
});

test("older points from the server end where the records begin", () => {
  const tracked = aTracked({
    episodes: [anEpisode(4), anEpisode(5)],
    history: { reward: { upTo: 3, curve: curve([1, 3, 4], [10, 30, 99]) } },
  });
  assert.deepEqual(curveOf(tracked, "reward").episode, [1, 3, 4, 5]);
  assert.deepEqual(curveOf(tracked, "reward").value, [10, 30, 4, 5]);
});

test("older points are asked for where records do not reach back to the first episode", () => {
  assert.deepEqual(missingHistory(TWO, ["reward"]).keys, []);
  const long = aTracked({ episodes: [anEpisode(4)], run: { episodes: 4 } });
  assert.deepEqual(missingHistory(long, ["reward"]), { keys: ["reward"], upTo: 3 });
  const known = { ...long, history: { reward: { upTo: 3, curve: curve([1, 2, 3]) } } };
  assert.deepEqual(missingHistory(known, ["reward", "sharpe"]).keys, ["sharpe"]);
  assert.deepEqual(missingHistory(aTracked({ run: { episodes: 9 } }), ["reward"]), { keys: ["reward"], upTo: 9 });
});

test("older points are asked for again where records have come to reach further back", () => {
  const history = { reward: { upTo: 8, smoothing: 0, curve: curve([1, 8]) } };
  const tracked = aTracked({ episodes: [anEpisode(5), anEpisode(9)], history });
  assert.deepEqual(missingHistory(tracked, ["reward"]), { keys: ["reward"], upTo: 4 });
});

test("older points are asked for again with another smoothing only where some are left out", () => {
  const missing = (total, smoothing) => {
    const history = { reward: { upTo: 8, smoothing: 0.5, curve: { ...curve([1, 8]), total } } };
    return missingHistory(aTracked({ episodes: [anEpisode(9)], history }), ["reward"], smoothing).keys;
  };
  assert.deepEqual([missing(8, 0.5), missing(8, 0.9), missing(8, 0), missing(2, 0.9)], [[], ["reward"], [], []]);
});

test("validation points are asked for once, and only where no evaluation is known from the first", () => {
  const beside = aTracked({ run: { episodes: 9 } });
  assert.deepEqual(missingHistory(beside, ["validation.sharpe"]).keys, ["validation.sharpe"]);
  const asked = { ...beside, history: { "validation.sharpe": { upTo: 9, curve: curve([]) } } };
  assert.deepEqual(missingHistory(asked, ["validation.sharpe"]).keys, []);
  const shown = aTracked({ evaluations: [{ number: 1 }], episodes: [anEpisode(1)] });
  assert.deepEqual(missingHistory(shown, ["validation.sharpe"]).keys, []);
  assert.deepEqual(missingHistory(aTracked(), ["validation.sharpe"]).keys, []);
});

const member = (id, config, values) => ({
  run: { run_id: id, created_at: STARTED, config },
  name: id,
  tracked: aTracked({ episodes: values.map((reward, index) => anEpisode(index + 1, { reward })) }),
});
const REWARD = { key: "reward", name: "reward", label: "Reward", title: "Reward", heading: "Reward", unit: "", help: "" };
const COLOURS = { series: ["rgb(1, 2, 3)", "rgb(4, 5, 6)"] };
const LOOK = { axis: "episode", zoom: null, smoothing: 0, isLog: false, isGrouped: false };

test("runs of the same settings but for the seed are one group", () => {
  const members = [member("a", { fee: 1, seed: 1 }, []), member("b", { fee: 2, seed: 1 }, []), member("c", { seed: 2, fee: 1 }, [])];
  assert.deepEqual(
    bySettings(members).map((group) => group.map(({ name }) => name)),
    [["a", "c"], ["b"]],
  );
});

test("a run that was changed while it went on is in no group with one that was not", () => {
  const changes = [{ step: 10, episode: 5, before: { fee: 1 }, after: { fee: 2 } }];
  const changed = (id, seed) => ({ run: { run_id: id, config: { fee: 1, seed }, changes }, name: id });
  const kept = (id, fee) => member(id, { fee, seed: 1 }, []);
  const members = [kept("a", 1), changed("b", 2), changed("c", 3), kept("d", 2)];
  assert.deepEqual(
    bySettings(members).map((group) => group.map(({ name }) => name)),
    [["a"], ["b", "c"], ["d"]],
  );
});

test("the note on bands counts runs and seeds, since several runs may have one seed", () => {
  const group = (...seeds) => seeds.map((seed) => ({ run: { config: { seed } } }));
  assert.match(bandNote([group(1, 2), group(1)]), /\(2 runs of 2 seeds at most\); bands go from the lowest to the highest\.$/);
  assert.match(bandNote([group(1, 1, 2, 2)]), /\(4 runs of 2 seeds at most\); bands hold the middle half of them\.$/);
});

test("a group is named by what tells it from the others", () => {
  const parameters = [
    { name: "fee", label: "Fee", unit: "bp", default: 0, primary: true, choices: [] },
    { name: "bars", label: "Bars", unit: "bars", default: 0, primary: true, choices: [] },
  ];
  assert.deepEqual(groupNames([{ fee: 1, bars: 9 }, { fee: 2, bars: 9 }], parameters), ["Fee 1 bp", "Fee 2 bp"]);
  assert.deepEqual(groupNames([{ fee: 0, bars: 9, seed: 1 }, { fee: 2, bars: 9, seed: 2 }], parameters)[0], "Fee 0 bp");
  const three = [{ fee: 0, bars: 1 }, { fee: 2, bars: 2 }, { fee: 2, bars: 3 }];
  assert.equal(groupNames(three, parameters)[1], "Bars 2, Fee 2 bp", "what the fewest have alike comes first");
});

test("three seeds make a median between the lowest and the highest", () => {
  const line = (...y) => ({ x: [1, 2], y });
  const band = medianBand([line(1, 10), line(3, 20), line(2, null)]);
  assert.deepEqual(band, { x: [1, 2], median: [2, 15], low: [1, 10], high: [3, 20], counts: [3, 2] });
});

test("from four seeds on the band is the middle half", () => {
  const lines = [1, 2, 3, 4, 5].map((y) => ({ x: [1], y: [y] }));
  const { median, low, high } = medianBand(lines);
  assert.deepEqual([low, median, high], [[2], [3], [4]]);
});

test("lines with points at other places are read between their points and not beyond", () => {
  const band = medianBand([
    { x: [0, 10], y: [0, 10] },
    { x: [4, 20], y: [8, 8] },
  ]);
  assert.deepEqual(band.x, [0, 4, 10, 20]);
  assert.deepEqual(band.median, [0, 6, 9, 8]);
  assert.deepEqual(band.counts, [1, 2, 2, 1]);
});

test("each run is a line that knows its episodes, and a group is a line with a band", () => {
  const members = [member("a", { seed: 1 }, [1, 2]), member("b", { seed: 2 }, [3, 0])];
  const single = compareFigure(members, REWARD, LOOK, COLOURS);
  assert.deepEqual(
    single.data.map(({ name, y }) => [name, y]),
    [
      ["a", [1, 2]],
      ["b", [3, 0]],
    ],
  );
  assert.deepEqual(single.data[1].customdata[1], { runId: "b", episode: 2 });
  const grouped = compareFigure(members, REWARD, { ...LOOK, isGrouped: true }, COLOURS);
  assert.deepEqual(
    grouped.data.map(({ name, y }) => [name, y]),
    [
      ["low", [1, 0]],
      ["high", [3, 2]],
      ["median", [2, 1]],
    ],
  );
  const averaged = compareFigure(members, REWARD, { ...LOOK, smoothing: 0.5, isGrouped: true }, COLOURS);
  assert.match(averaged.data[2].hovertemplate, /Reward, smoothed %\{text\}/);
  assert.equal(grouped.data[2].hovertemplate, "episode %{x:,.1~f}<br>median of %{customdata}: Reward %{text}<extra></extra>");
  assert.match(compareFigure(members, REWARD, { ...LOOK, isLog: true }, COLOURS).note, /^1 point at or below 0/);
});

test("a name is never markup in a figure", () => {
  const evil = { ...member("a", { seed: 1 }, [1]), name: "<b>%{x}</b> & co" };
  const [trace] = compareFigure([evil], REWARD, LOOK, COLOURS).data;
  assert.match(trace.hovertemplate, /^&lt;b>% \{x}&lt;\/b> &amp; co, episode/);
});

test("lines beyond the colours are dashed", () => {
  const looks = [0, 1, 2].map((index) => lineLook(index, COLOURS.series));
  assert.equal(looks[2].colour, looks[0].colour);
  assert.notEqual(looks[2].dash, looks[0].dash);
});

test("an unknown metric in the address is the first one", () => {
  const catalog = { metrics: [{ name: "reward" }], evaluation_metrics: [{ name: "sharpe" }] };
  assert.equal(comparedMetric(catalog, "validation.sharpe").key, "validation.sharpe");
  assert.equal(comparedMetric(catalog, "nonsense").key, "reward");
});

test("a run is told by what is unusual about it, then by what differs", () => {
  const detail = (status, labels = {}, problem = null) =>
    detailOf({ run: { run_id: "a", status }, tracked: { ...tracking(), problem } }, "Fee 1 bp", labels);
  assert.equal(detail("finished"), "Fee 1 bp");
  assert.equal(detail("running"), "running · Fee 1 bp");
  assert.equal(detail("finished", { a: { deleted_at: STARTED } }), "deleted · Fee 1 bp");
  assert.equal(detail("finished", {}, { message: "no such run" }), "no such run");
});

test("each trace knows the runs that it shows", () => {
  const members = [member("a", { seed: 1 }, [1, 2]), member("b", { seed: 2 }, [3, 0]), member("c", { fee: 1 }, [3, 0])];
  const metas = (look) => compareFigure(members, REWARD, { ...LOOK, ...look }, COLOURS).data.map(({ meta }) => meta.join(""));
  assert.deepEqual(metas({ smoothing: 0.5 }), ["a", "a", "b", "b", "c", "c"]);
  assert.deepEqual(metas({ isGrouped: true }), ["ab", "ab", "ab", "c", "c", "c"]);
  const axes = parallelAxes([{}, {}, {}], [], resultsOf(members, REWARD, {}));
  assert.deepEqual(parallelFigure(axes, members, COLOURS).data.map(({ meta }) => meta), [["a"], ["b"], ["c"]]);
});

test("results are the best validation and the mean of the last ten points of the metric", () => {
  const values = [99, ...Array(9).fill(1), 11];
  const members = [member("a", {}, values), member("b", {}, [4]), member("c", {}, [])];
  const [best, last] = resultsOf(members, REWARD, { b: 0.5 });
  assert.deepEqual([best.label, best.values], ["Best validation Sharpe", [null, 0.5, null]]);
  assert.deepEqual([last.label, last.values], ["Reward, mean of last 10", [2, 4, null]]);
});

test("the mean of the last ten is not told from points between which the server left out others", () => {
  const thinned = { episode: [1, 900, 4000], step: [1, 2, 3], time: [0, 0, 0], value: [1, 99, 99], cutShort: [false, false, false] };
  const long = (episodes, key = "reward") => {
    const history = { [key]: { upTo: 4000, smoothing: 0, curve: { ...thinned, total: 4000 } } };
    const tracked = aTracked({ history, episodes });
    return resultsOf([{ run: tracked.run, name: "a", tracked }], { ...REWARD, key }, {})[1].values[0];
  };
  const newest = (count) => Array.from({ length: count }, (_, index) => anEpisode(4001 + index, { reward: index }));
  assert.equal(long([]), null);
  assert.equal(long(newest(9)), null);
  assert.equal(long(newest(11)), 5.5, "1 to 10");
  assert.equal(long(newest(11), "validation.sharpe"), null);
});

const WHOLE = { terminated: false, truncated: true };
const FRAGMENT = { terminated: false, truncated: false, steps: 450 };
const CUT = aTracked({ episodes: [anEpisode(1, WHOLE), anEpisode(2, WHOLE), anEpisode(3, { ...FRAGMENT, reward: 100 })] });

test("an episode that was cut short is hollow, says so, and no line leads to it", () => {
  const { data } = chartFigure(REWARD, points(CUT, "reward", BY_EPISODE), LOOK, COLOURS);
  assert.deepEqual(data.map(({ y }) => y), [[1, 2, null], [100]]);
  assert.equal(data[1].marker.symbol, "circle-open");
  assert.deepEqual(data[1].text, ["+100.00<br>cut short after 450 of 3,000 steps"]);
  assert.deepEqual([data[1].customdata, data[1].showlegend], [[3], false]);
  const compared = compareFigure([{ run: CUT.run, name: "a", tracked: CUT }], REWARD, LOOK, COLOURS);
  assert.deepEqual(compared.data.map(({ y }) => y), [[1, 2, null], [100]]);
  assert.equal(summary(REWARD, points(CUT, "reward", BY_EPISODE)), "Reward: 3 points, +2.00 in episode 2.");
});

test("an episode that was cut short is in no average, mean or band, unless there is no other", () => {
  const smooth = points(CUT, "reward", { ...BY_EPISODE, smoothing: 0.5 });
  assert.deepEqual(smooth.average.map((value) => value && Math.round(value * 100)), [100, 167, null]);
  const one = { run: CUT.run, name: "a", tracked: CUT };
  assert.deepEqual(resultsOf([one], REWARD, {})[1].values, [1.5]);
  const { data } = compareFigure([one], REWARD, { ...LOOK, isGrouped: true }, COLOURS);
  assert.deepEqual(data[2].y, [1, 2]);
  assert.deepEqual(wholeValues({ value: [7], cutShort: [true] }), [7]);
});

test("a curve says how much of an episode there was only where it knows", () => {
  const of = (episode, step, cutShort) => cutTexts({ episode, step, cutShort }).at(-1);
  assert.equal(of([1], [450], [true]), "cut short after 450 steps");
  assert.equal(of([1, 2, 3], [3000, 3700, 4000], [false, false, true]), "cut short after 300 of 3,000 steps");
  assert.equal(of([1, 7], [3000, 20_000], [false, true]), "cut short");
  assert.equal(of([1, 2], [3000, 6000], [false, false]), null);
});

test("metrics of the same name are told apart where one is chosen", () => {
  const sharpe = { name: "sharpe", label: "Sharpe" };
  const groups = metricGroups({ metrics: [sharpe], evaluation_metrics: [sharpe] });
  assert.deepEqual(groups.map(({ metrics }) => metrics[0].choice), ["Training: Sharpe", "Validation: Sharpe"]);
});

test("parallel axes hold what differs and the results, numbers by size and names in order", () => {
  const parameters = [
    { name: "rate", label: "Rate", default: 1 },
    { name: "way", label: "Way", default: "a" },
    { name: "same", label: "Same", default: 0 },
  ];
  const configs = [
    { rate: 0.001, way: "b", same: 1 },
    { rate: 0.1, way: "a", same: 1 },
    { rate: 0.01, way: "c", same: 1 },
  ];
  const axes = parallelAxes(configs, parameters, [{ label: "Sharpe", values: [null, 2, 1], text: String }]);
  assert.deepEqual(
    axes.map(({ label }) => label),
    ["Rate (log)", "Way", "Sharpe"],
  );
  assert.deepEqual(
    axes[0].places.map((place) => Number(place.toFixed(9))),
    [0, 1, 0.5],
  );
  assert.deepEqual(axes[1].places, [0.5, 0, 1]);
  assert.deepEqual(axes[2].places, [null, 1, 0]);
  assert.deepEqual(axes[2].ticks, [
    { place: 0, text: "1" },
    { place: 1, text: "2" },
  ]);
});

test("results lie on axes of their own size, however wide they spread: a ratio near 0 is no small one", () => {
  const [axis] = parallelAxes([{}, {}, {}], [], [{ label: "Sharpe", values: [0.01, 1.01, 2.01], text: String }]);
  assert.equal(axis.label, "Sharpe");
  assert.deepEqual(axis.places.map((place) => Number(place?.toFixed(9))), [0, 0.5, 1]);
});

test("a run has the look of its group wherever it is drawn, and the key says how many there are", () => {
  const members = [member("a", { seed: 1 }, []), member("b", { fee: 1 }, []), member("c", { seed: 2 }, [])];
  const groups = (isGrouped) => lineGroups(members, isGrouped).map((group) => group.map(({ name }) => name));
  assert.deepEqual([groups(false), groups(true)], [[["a"], ["b"], ["c"]], [["a", "c"], ["b"]]]);
  assert.deepEqual([countNote(groups(false), false), countNote(groups(true), true)], ["3 runs", "3 runs in 2 groups"]);
  const axes = parallelAxes([{}, {}, {}], [], resultsOf(members, REWARD, {}));
  const colours = parallelFigure(axes, members, COLOURS, [0, 1, 0]).data.map(({ line }) => COLOURS.series.indexOf(line.color));
  assert.deepEqual(colours, [0, 1, 0]);
});

test("titles of axes have lines short enough to stand side by side, and lose no word", () => {
  const long = "Updates during warm-up (reproduces the bug)";
  assert.deepEqual(titleLines(long), ["Updates during", "warm-up", "(reproduces the", "bug)"]);
  assert.deepEqual(titleLines("Reward, mean of last 10"), ["Reward", "mean of last 10"]);
  assert.deepEqual(titleLines("Seed"), ["Seed"]);
});

test("many parallel axes stand so far apart that no text meets that of the next one", () => {
  const course = "automatic, from episode 6 on \u22122 nats";
  const axis = (label, texts) => ({ label, texts, places: [0, 1], ticks: texts.map((text, place) => ({ place, text })) });
  const long = axis("Updates during warm-up (reproduces the bug)", ["off", course]);
  const { layout, leastWidth } = parallelFigure([...Array(25).fill(axis("Seed", ["1", "2"])), long], [], COLOURS);
  assert.ok(leastWidth >= 25 * 110);
  const lines = layout.annotations.flatMap(({ text }) => text.split("<br>"));
  assert.ok(lines.every((line) => line.length <= 18), lines.join());
  const told = layout.annotations.filter(({ hovertext }) => hovertext).map(({ hovertext }) => hovertext);
  assert.deepEqual(told, [long.label, course], "what is cut is told in full");
});

test("an axis with many names marks only as many as there is room for", () => {
  const ticks = Array.from({ length: 24 }, (_, index) => ({ place: index / 23, text: String(index) }));
  const { layout } = parallelFigure([{ label: "", texts: [], places: [], ticks }], [], COLOURS);
  assert.equal(layout.annotations.length - 1, 12);
});
