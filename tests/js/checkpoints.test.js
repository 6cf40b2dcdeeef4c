import assert from "node:assert/strict";
import { test } from "node:test";

import { describe } from "../../static/js/checkpoints/panel.js";

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
  assert.deepEqual([sharpe, marks], ["0.500", "best, pinned"]);
});
