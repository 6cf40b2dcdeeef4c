/** What a run's status allows, and what else is in the way of an order. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { obstacleTo, STATUSES } from "../../static/js/standing.js";

const config = { dataset: "sp500", seed: 0 };
const aRun = (status, more) => ({ run_id: "r1", status, config, progress: { updates: 3 }, ...more });
const other = aRun("running", { run_id: "r2" });
const showing = (run, more) => ({ connection: "live", catalog: {}, labels: {}, runs: run ? [run] : [], run, ...more });
const mayBe = (order, more) => Object.keys(STATUSES).filter((status) => obstacleTo(order, showing(aRun(status), more)) === "");

test("a status allows what the server would do", () => {
  const early = ["stopped", "failed", "interrupted"];
  const ended = ["finished", ...early];

  assert.deepEqual(mayBe("pause"), ["running"]);
  assert.deepEqual(mayBe("resume"), ["paused", ...early]);
  assert.deepEqual(mayBe("stop"), ["running", "paused", "evaluating"]);
  for (const order of ["change", "save", "evaluate"]) assert.deepEqual(mayBe(order), ["running", "paused"], order);
  for (const order of ["start", "fork", "roll_back", "delete"]) assert.deepEqual(mayBe(order), ended, order);
});

test("one run is trained at a time", () => {
  const runs = [other, aRun("stopped")];
  for (const order of ["start", "fork", "resume"]) {
    assert.deepEqual(mayBe(order, { runs }), order === "resume" ? ["paused"] : [], order);
    assert.equal(obstacleTo(order, showing(aRun("stopped"), { runs })), "“sp500 · seed 0” is running, and one run is trained at a time.");
  }
  assert.equal(obstacleTo("roll_back", showing(aRun("stopped"), { runs })), "");
});

test("a deleted run stays as it is", () => {
  const labels = { r1: { deleted_at: "2026-01-01T00:00:00Z" } };
  for (const order of ["resume", "fork", "roll_back", "pin"])
    assert.match(obstacleTo(order, showing(aRun("stopped"), { labels })), /undelete it first/, order);
});

test("each obstacle is told by its reason", () => {
  const gated = aRun("running", { progress: { updates: 0 } });
  assert.match(obstacleTo("evaluate", showing(gated)), /once the policy has taken an update/);
  assert.equal(obstacleTo("save", showing(gated)), "");
  assert.match(obstacleTo("evaluate", showing(aRun("finished"))), /^The run is finished/);
  assert.match(obstacleTo("change", showing(aRun("evaluating"))), /being judged/);
  assert.match(obstacleTo("roll_back", showing(aRun("stopping"))), /^Stop the run first/);
  for (const order of ["pause", "resume", "evaluate"]) assert.equal(obstacleTo(order, showing(null)), "There is no run.");
  assert.equal(obstacleTo("start", showing(null)), "");
  assert.equal(obstacleTo("start", showing(null, { runs: null })), "The page is loading.");
  for (const order of ["start", "pause", "pin"])
    assert.equal(obstacleTo(order, showing(aRun("running"), { connection: "disconnected" })), "The server cannot be reached.");
});

test("another run than the shown one may be asked about", () => {
  const state = showing(aRun("finished"), { runs: [other, aRun("finished")] });
  assert.deepEqual([obstacleTo("delete", state), obstacleTo("delete", state, other) !== ""], ["", true]);
});
