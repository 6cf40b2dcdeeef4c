import assert from "node:assert/strict";
import { test } from "node:test";

import { selectionText } from "../../static/js/runs/page.js";
import { absenceNote, comparedRuns } from "../../static/js/selection.js";
import { tracking } from "../../static/js/tracked.js";
import { DEFAULT_VIEW, MOST_SELECTED } from "../../static/js/view.js";

const gone = { ...tracking(), problem: { message: "no run", isFinal: true } };
const failing = { ...tracking(), problem: { message: "unreachable", isFinal: false } };
const view = (...selected) => ({ selected });

test("a selected run is known by what is followed of it, or else by the list", () => {
  const deleted = { run_id: "deleted", episodes: 3 };
  const tracked = { deleted: { ...tracking(), run: deleted }, listed: tracking(), gone };
  const state = { view: view("listed", "gone", "deleted"), runs: [{ run_id: "listed" }], tracked };
  assert.deepEqual(comparedRuns(state), [{ run_id: "listed" }, deleted]);
});

test("a link says how many of its runs this server does not have", () => {
  const tracked = { a: gone, b: gone, c: failing, d: tracking() };
  assert.equal(absenceNote({ tracked, view: view("c", "d") }), "");
  assert.equal(absenceNote({ tracked, view: view("a") }), "The run of this link is not on this server.");
  assert.equal(absenceNote({ tracked, view: view("a", "c") }), "1 of the 2 runs of this link is not on this server.");
  assert.match(absenceNote({ tracked, view: view("a", "b", "c") }), /^2 of the 3 runs of this link are not/);
});

test("a link with more runs than can be told apart says how many are compared, and how many of those are not here", () => {
  const ids = Array.from({ length: MOST_SELECTED + 6 }, (_, index) => `r${index}`);
  const runs = ids.map((run_id) => ({ run_id }));
  assert.equal(comparedRuns({ view: view(...ids), runs, tracked: {} }).length, 24);
  assert.equal(absenceNote({ tracked: {}, view: view(...ids.slice(6)) }), "");
  assert.match(absenceNote({ tracked: {}, view: view(...ids) }), /^The first 24 of the 30 runs .* to see the next\.$/);
  assert.match(absenceNote({ tracked: { r3: gone }, view: view(...ids) }), /next\. 1 of these is not on this server\.$/);
});

test("selected runs that the filter leaves out are counted, for they are deleted with the others", () => {
  const run = { status: "finished", config: { dataset: "sp500" } };
  const rows = ["first", "second"].map((id) => ({ run: { ...run, run_id: id }, name: id, notes: "", tags: [], highlights: [] }));
  const view = { ...DEFAULT_VIEW, selected: ["first", "second"] };
  assert.equal(selectionText(rows, view), "2 runs selected");
  assert.equal(
    selectionText(rows, { ...view, status: "failed" }),
    "2 runs selected, 2 of them not among the rows below",
  );
  const many = Array.from({ length: 24 }, (_, index) => `r${index}`);
  assert.equal(selectionText([], { ...view, selected: many }), "0 runs selected, as many as fit");
});
