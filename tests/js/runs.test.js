import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_LABEL, runName } from "../../static/js/labels.js";
import { initialState, reduce } from "../../static/js/reducer.js";
import { changesOf, tagsOf } from "../../static/js/runs/label_dialog.js";
import { rowsOf, sorted, turned, wanted } from "../../static/js/runs/rows.js";
import { differences, highlights, settingsOf } from "../../static/js/runs/settings.js";
import { keptUntil, reselected, stillDeleted, undoText } from "../../static/js/runs/undo.js";

const PARAMETERS = [
  { name: "dataset", label: "Dataset", default: "sp500", primary: true, choices: [{ name: "sp500" }, { name: "synthetic" }] },
  { name: "hidden_units", label: "Hidden units", unit: "units", default: 256, primary: false, choices: [] },
  { name: "seed", label: "Seed", default: 0, primary: true, choices: [] },
  { name: "fee_bps", label: "Fee", unit: "bp", default: 2, primary: true, choices: [] },
  { name: "target_entropy", label: "Target entropy", unit: "nats", default: null, primary: false, choices: [] },
];
const USUAL = { dataset: "sp500", hidden_units: 256, seed: 0, fee_bps: 2, target_entropy: null };

const aRun = (id, { config = {}, ...more } = {}) => ({
  run_id: id,
  status: "finished",
  created_at: `2026-11-23T05:12:0${id.length}Z`,
  ended_at: "2026-11-23T06:00:00Z",
  episodes: 3,
  ...more,
  config: { ...USUAL, ...config },
});
const aState = (runs, more = {}) => ({ runs, labels: {}, best: {}, catalog: { parameters: PARAMETERS }, ...more });
const ids = (rows) => rows.map(({ run }) => run.run_id);

test("highlights name what is not at its default, what is in sight first, the seed never", () => {
  const config = { ...USUAL, hidden_units: 16, seed: 9, dataset: "synthetic", fee_bps: 2.5 };
  assert.deepEqual(highlights(config, PARAMETERS), ["synthetic", "Fee 2.5 bp", "Hidden units 16"]);
  assert.deepEqual(highlights(USUAL, PARAMETERS), []);
});

test("highlights and search know what was changed while the run went on", () => {
  const changes = [{ episode: 5, after: { fee_bps: 20 } }];
  const [changed, usual] = rowsOf(aState([aRun("a", { changes }), aRun("b")]));
  assert.deepEqual(changed.highlights, ["Fee 2 bp, from episode 5 on 20 bp"]);
  assert.deepEqual(usual.highlights, []);
  assert.deepEqual(ids(wanted([changed, usual], { find: "fee_bps", status: "" }, PARAMETERS)), ["a"]);
});

test("a difference is shown with the values of all runs, and what is alike is left out", () => {
  const rows = differences([USUAL, { ...USUAL, target_entropy: -1 }, USUAL], PARAMETERS);
  assert.deepEqual(
    rows.map(({ parameter, texts }) => [parameter.name, texts]),
    [["target_entropy", ["automatic", "−1 nats", "automatic"]]],
  );
  assert.deepEqual(differences([USUAL, { ...USUAL }], PARAMETERS), []);
});

test("a setting that was changed while its run went on differs from one that was not", () => {
  const change = (episode, fee_bps) => ({ episode, after: { fee_bps } });
  const fees = (...runs) => differences(runs.map((changes) => settingsOf({ config: USUAL, changes })), PARAMETERS);
  const [row] = fees([], [change(5, 20)], [change(5, 20), change(7, USUAL.fee_bps)]);
  const usual = row.texts[0];
  const once = `${usual}, from episode 5 on 20 bp`;
  assert.deepEqual(row.texts.slice(1), [once, `${once}, from episode 7 on ${usual}`]);
  assert.equal(new Set(row.values).size, 3);
  assert.deepEqual(row.newest, [USUAL.fee_bps, 20, USUAL.fee_bps]);
  assert.deepEqual(fees([change(5, 20)], [change(5, 20)]), []);
  assert.deepEqual(fees([], [change(5, 20), change(5, USUAL.fee_bps)]), []);
});

test("rare settings come first, since those tell runs apart", () => {
  const common = { dataset: "synthetic" };
  const rows = rowsOf(aState([aRun("a", { config: common }), aRun("b", { config: { ...common, fee_bps: 20 } })]));
  assert.deepEqual(rows[1].highlights, ["Fee 20 bp", "synthetic"]);
});

test("undefined figures come last in either direction", () => {
  const rows = rowsOf(aState([aRun("a"), aRun("b"), aRun("c")], { best: { a: 1, c: -1 } }));
  assert.deepEqual(ids(sorted(rows, "best")), ["c", "a", "b"]);
  assert.deepEqual(ids(sorted(rows, "-best")), ["a", "c", "b"]);
});

test("runs are sorted by the time they trained, whatever pauses and stops lay between", () => {
  const trained = (id, seconds) => aRun(id, { progress: { active_s: seconds } });
  const rows = rowsOf(aState([trained("a", 40), trained("b", 8), aRun("c", { progress: null }), trained("d", null)]));
  assert.deepEqual(ids(sorted(rows, "duration")), ["b", "a", "c", "d"]);
  assert.deepEqual(ids(sorted(rows, "-duration")), ["a", "b", "c", "d"]);
});

test("an unknown column sorts by start", () => {
  const rows = rowsOf(aState([aRun("bb"), aRun("a")]));
  assert.deepEqual(ids(sorted(rows, "nonsense")), ["a", "bb"]);
});

test("a press on a column puts the best or the newest first, a second one turns the order round", () => {
  assert.equal(turned("-started", "best"), "-best");
  assert.equal(turned("-best", "best"), "best");
  assert.equal(turned("best", "best"), "-best");
  assert.equal(turned("best", "started"), "-started");
  assert.equal(turned("-started", "name"), "name");
  assert.equal(turned("name", "name"), "-name");
});

test("a run is found by any of its texts, all words wanted", () => {
  const labels = { a: { run_id: "a", name: "High fee", tags: ["keep"], notes: "slow" } };
  const rows = rowsOf(aState([aRun("a"), aRun("b", { config: { fee_bps: 20 }, status: "failed" })], { labels }));
  const found = (find, status = "") => ids(wanted(rows, { find, status }, PARAMETERS));
  assert.deepEqual(found("FEE"), ["a", "b"]);
  assert.deepEqual(found("fee keep"), ["a"]);
  for (const text of ["fee 20", "Fee 20 bp", "fee_bps", "fee bps 20"]) assert.deepEqual(found(text), ["b"], text);
  assert.deepEqual(found("fee", "failed"), ["b"]);
  assert.deepEqual(found("nothing"), []);
});

const named = (runs, labels = []) => {
  const listed = reduce(initialState(), { type: "runs", runs });
  const state = reduce(listed, { type: "labels", labels, best: {} });
  return state.runs.map((run) => runName(run, state.labels));
};
const startedAt = (id, time, more) => ({ ...aRun(id, more), created_at: new Date(`2026-11-${time}`).toISOString() });

test("runs that nobody named and that would be called the same say when they were started", () => {
  const first = startedAt("a", "23T14:02:10");
  const others = [startedAt("b", "23T15:30:00"), startedAt("c", "23T14:02:00", { config: { seed: 8 } })];
  assert.deepEqual(named([first]), ["sp500 · seed 0"]);
  assert.deepEqual(named([first, ...others]), ["sp500 · seed 0 · 14:02", "sp500 · seed 0 · 15:30", "sp500 · seed 8"]);
  const label = { run_id: "b", name: "High fee", tags: [], notes: "", deleted_at: null };
  assert.deepEqual(named([first, ...others], [label]), ["sp500 · seed 0", "High fee", "sp500 · seed 8"]);
});

test("the start is told as exactly as it takes, and the id where that is not enough", () => {
  const first = startedAt("20261123-140210-aaaa", "23T14:02:10");
  const name = "sp500 · seed 0 ·";
  const second = (time) => named([first, startedAt("20261123-140210-bbbb", time)])[1];
  assert.equal(second("23T14:02:11"), `${name} 14:02:11`);
  assert.match(second("24T14:02:00"), /^sp500 · seed 0 · 24 Nov( 2026)?, 14:02$/);
  assert.equal(second("23T14:02:10"), `${name} bbbb`);
});

test("tags are what stands between commas", () => {
  assert.deepEqual(tagsOf(" a, b c ,, "), ["a", "b c"]);
});

test("each act of deleting is taken back in turn, without the runs that came back another way", () => {
  const one = { runId: "a", name: "first" };
  const acts = [[one], [{ runId: "b", name: "second" }, { runId: "c", name: "third" }]];
  const label = (id, deletedAt) => [id, { ...NO_LABEL, run_id: id, deleted_at: deletedAt }];
  const labels = (...back) =>
    Object.fromEntries(["a", "b", "c"].map((id) => label(id, back.includes(id) ? null : "2026-11-23T05:12:00Z")));

  assert.equal(undoText(stillDeleted(acts, labels())), "Deleted 2 runs.");
  assert.equal(undoText(stillDeleted(acts, labels("b"))), "Deleted “third”.");
  assert.deepEqual(stillDeleted(acts, labels("b", "c")), [[one]]);
  assert.equal(undoText(stillDeleted(acts, labels("a", "b", "c"))), "");
});

test("an erased run is not taken back", () => {
  const label = { ...NO_LABEL, run_id: "a", deleted_at: "2026-11-23T05:12:00Z" };
  const acts = [[{ runId: "a", name: "first", place: -1 }]];
  assert.deepEqual(stillDeleted(acts, { a: label }), acts);
  assert.deepEqual(stillDeleted(acts, { a: { ...label, is_erased: true } }), []);
});

test("a deleted run says how long it can be restored", () => {
  const acts = [[{ runId: "a", name: "first", place: -1 }]];
  assert.equal(undoText(acts, 30), "Deleted “first”. Kept for 30 days.");
  assert.equal(undoText(acts, 0), "Deleted “first”. Kept until the next start.");
  const time = new Date("2026-11-23T12:00:00Z");
  assert.match(keptUntil(time.toISOString(), 10), /^kept until 3 Dec( 2026)?, \d\d:00$/);
  assert.equal(keptUntil(time.toISOString(), 0), "kept until the server's next start");
  assert.equal(keptUntil(time.toISOString(), null), "kept until somebody erases it");
});

test("only the fields that were changed in the dialog are written", () => {
  const opened = { name: "first", tags: ["keep", "slow"], notes: "a note" };
  assert.deepEqual(changesOf(opened, { ...opened, tags: ["keep", "slow"] }), {});
  assert.deepEqual(changesOf(opened, { ...opened, tags: ["keep"] }), { tags: ["keep"] });
  assert.deepEqual(changesOf(opened, { name: "", tags: [], notes: "a note" }), { name: "", tags: [] });
});

test("runs that come back are selected again at their places, others not", () => {
  const back = [
    { runId: "c", name: "", place: 2 },
    { runId: "a", name: "", place: 0 },
    { runId: "x", name: "", place: -1 },
    { runId: "b", name: "", place: 1 },
  ];
  assert.deepEqual(reselected(["b", "d"], back), ["a", "b", "c", "d"]);
  assert.deepEqual(reselected([], back.slice(0, 1)), ["c"]);
});
