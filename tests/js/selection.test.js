import assert from "node:assert/strict";
import { test } from "node:test";

import { absenceNote, selectedRuns } from "../../static/js/selection.js";
import { tracking } from "../../static/js/tracked.js";

const gone = { ...tracking(), problem: { message: "no run", isFinal: true } };
const failing = { ...tracking(), problem: { message: "unreachable", isFinal: false } };
const view = (...selected) => ({ selected });

test("a selected run is known by what is followed of it, or else by the list", () => {
  const deleted = { run_id: "deleted", episodes: 3 };
  const tracked = { deleted: { ...tracking(), run: deleted }, listed: tracking(), gone };
  const state = { view: view("listed", "gone", "deleted"), runs: [{ run_id: "listed" }], tracked };
  assert.deepEqual(selectedRuns(state), [{ run_id: "listed" }, deleted]);
});

test("a link says how many of its runs this server does not have", () => {
  const tracked = { a: gone, b: gone, c: failing, d: tracking() };
  assert.equal(absenceNote({ tracked, view: view("c", "d") }), "");
  assert.equal(absenceNote({ tracked, view: view("a") }), "The run of this link is not on this server.");
  assert.equal(absenceNote({ tracked, view: view("a", "c") }), "1 of the 2 runs of this link is not on this server.");
  assert.match(absenceNote({ tracked, view: view("a", "b", "c") }), /^2 of the 3 runs of this link are not/);
});
