import assert from "node:assert/strict";
import { test } from "node:test";

import { alertsOf, arrivals, together, withDismissed } from "../../static/js/alerts/alerts.js";
import { createWatch } from "../../static/js/alerts/watch.js";
import { initialState, reduce } from "../../static/js/reducer.js";
import { createStore } from "../../static/js/store.js";

const at = (second) => `2026-11-23T05:12:${String(second).padStart(2, "0")}.000Z`;
const notice = (second, level, text = `at ${second}`) => ({ time: at(second), level, text });
const episode = (number, second) => ({ episode: number, ended_at: at(second) });

function aRun(notices, more = {}) {
  const config = { dataset: "sp500", seed: 0 };
  return { run_id: "r1", config, status: "running", reason: null, ended_at: null, notices, ...more };
}

test("alerts are the run's notices, newest first, with the episode under way", () => {
  const run = aRun([notice(1, "info"), notice(15, "warning"), notice(31, "error")]);
  const alerts = alertsOf(run, [episode(1, 10), episode(2, 20), episode(3, 30)]);
  assert.deepEqual(
    alerts.map(({ level, episode: during }) => [level, during]),
    [
      ["error", null], // it is still under way
      ["warning", 2],
      ["info", 1],
    ],
  );
  assert.deepEqual(alertsOf(null, []), []);
});

test("an alert older than the known episodes is given to none of them", () => {
  const [alert] = alertsOf(aRun([notice(1, "info")]), [episode(7, 10), episode(8, 20)]);
  assert.equal(alert.episode, null);
});

test("a run that failed says so", () => {
  const [alert] = alertsOf(aRun([], { status: "failed", reason: "loss is not finite", ended_at: at(9) }), []);
  assert.deepEqual([alert.level, alert.text], ["error", "The run failed: loss is not finite"]);
});

test("only serious alerts that come while a run is watched are news, whichever run is shown", () => {
  const known = new Map();
  const told = (runId, ...notices) =>
    arrivals(known, runId, alertsOf(aRun(notices, { run_id: runId }), [])).map(({ text }) => text);
  const old = notice(1, "error");
  assert.deepEqual(told("r1", old), []);
  assert.deepEqual(told("r1", old, notice(2, "info"), notice(3, "warning")), ["at 3"]);
  assert.deepEqual(told("r2", notice(5, "error")), []);
  assert.deepEqual(told("r1", old, notice(2, "info"), notice(3, "warning"), notice(4, "error")), ["at 4"]);
  assert.deepEqual(told("r2", notice(5, "error"), notice(6, "error")), ["at 6"]);
});

test("alerts of two runs stand in order of time", () => {
  const own = alertsOf(aRun([notice(1, "info"), notice(9, "error")]), []);
  const other = alertsOf(aRun([notice(5, "warning")], { run_id: "r2" }), []);
  assert.deepEqual(
    together(own, other).map(({ runId, text }) => [runId, text]),
    [
      ["r1", "at 9"],
      ["r2", "at 5"],
      ["r1", "at 1"],
    ],
  );
});

test("dismissed alerts are remembered once each, and not without end", () => {
  assert.deepEqual(withDismissed(["a"], ["b", "a"]), ["a", "b"]);
  const many = Array.from({ length: 700 }, (_, index) => String(index));
  assert.deepEqual(withDismissed(many, ["x"]).length, 500);
  assert.equal(withDismissed(many, ["x"]).at(-1), "x");
});

test("a hidden page, which draws nothing, tells of what is new in the shown run and in the one in training, once", () => {
  globalThis.requestAnimationFrame = () => 1; // no frame ever comes
  const store = createStore(reduce, initialState());
  const told = [];
  store.listen(createWatch(({ runId, text }) => told.push([runId, text])).look);
  const run = (runId, notices, more = {}) => ({ ...aRun(notices, more), run_id: runId, sequence: 0, episodes: 0 });
  const hear = (sequence, changed) =>
    store.dispatch({ type: "event", name: "run_status", at: 0, payload: { run_id: changed.run_id, sequence, run: changed } });
  const old = notice(1, "error");
  const shown = run("shown", [old], { status: "stopped" });
  store.dispatch({ type: "runs", runs: [run("trained", [old]), shown] });
  store.dispatch({ type: "show", runId: "shown" });
  const records = { episodes: [], evaluations: [], curves: {}, curvesUpTo: 0, hasRecords: true };
  store.dispatch({ type: "caught_up", run: shown, ...records });
  assert.deepEqual(told, []);

  hear(1, { ...shown, notices: [old, notice(2, "warning")] });
  hear(1, run("trained", [old], { status: "failed", reason: "loss is not finite", ended_at: at(3) }));
  store.dispatch({ type: "view", change: { page: "compare" } });
  assert.deepEqual(told, [
    ["shown", "at 2"],
    ["trained", "The run failed: loss is not finite"],
  ]);
});
