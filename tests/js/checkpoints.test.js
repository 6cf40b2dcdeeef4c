import assert from "node:assert/strict";
import { test } from "node:test";

import { changes, describe } from "../../static/js/checkpoints/panel.js";

const CHECKPOINT = {
  step: 5000,
  episodes: 2,
  created_at: "2026-11-23T05:12:00.000Z",
  reason: "gate",
  sha256: "ab",
  size_bytes: 1_234_567,
  is_pinned: false,
  validation_sharpe: null,
  is_best: false,
};

test("a checkpoint is told in words, and what is unknown is a dash", () => {
  const [episodes, reason, , size, sharpe, marks] = describe(CHECKPOINT);
  assert.deepEqual([episodes, reason, size, sharpe, marks], ["2", "before the gate opens", "1.2 MB", "–", ""]);
});

test("the best one and a pinned one are marked", () => {
  const [, , , , sharpe, marks] = describe({ ...CHECKPOINT, is_best: true, is_pinned: true, validation_sharpe: 0.5 });
  assert.deepEqual([sharpe, marks], ["+0.50", "best, pinned"]);
});

test("the list is asked for again once what it depends on has changed", () => {
  const run = { run_id: "r1", checkpoint_step: 100, rewinds: 0, status: "running" };
  const state = { run, evaluations: [{ number: 1 }] };
  const [version] = changes(state, "", 0);
  assert.deepEqual(changes({ run: null, evaluations: [] }, version, 0), []);
  assert.deepEqual(changes(structuredClone(state), version, 0), []);
  assert.equal(changes(state, version, 1).length, 1, "a checkpoint was pinned, also while the list was loaded");
  for (const other of [{ run_id: "r2" }, { checkpoint_step: 200 }, { rewinds: 1 }, { status: "stopped" }])
    assert.equal(changes({ ...state, run: { ...run, ...other } }, version, 0).length, 1);
  assert.equal(changes({ ...state, evaluations: [{ number: 1 }, { number: 2 }] }, version, 0).length, 1);
});
