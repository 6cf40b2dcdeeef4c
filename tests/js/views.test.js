import assert from "node:assert/strict";
import { test } from "node:test";

import { toBeHeard } from "../../static/js/announcer.js";
import { describeConnection } from "../../static/js/connection.js";
import { bounds } from "../../static/js/field.js";
import { describeGate, describeProof } from "../../static/js/gate.js";
import { titleText } from "../../static/js/page_title.js";
import { initialState } from "../../static/js/reducer.js";
import { announcement, failureText, whileMoving } from "../../static/js/status.js";
import { tracking } from "../../static/js/tracked.js";

const OPENED = {
  step: 5000,
  episode: 2,
  episode_step: 2000,
  updates_while_gated: 0,
  fingerprint_before: "aa",
  fingerprint_after: "aa",
};

function aRun(more = {}) {
  return {
    run_id: "r1",
    status: "running",
    gate: { warmup_steps: 5000, strategy: "forced_neutral", is_open: false, opened: null },
    progress: null,
    config: { total_steps: 30000, buffer_capacity: 200000 },
    ...more,
  };
}

test("a closed gate counts down and shows that no update was taken", () => {
  const view = describeGate(
    aRun({ progress: { step: 3210, total_steps: 30000, steps_until_open: 1790, updates_while_gated: 0 } }),
  );
  assert.equal(view.gate, "closed");
  assert.equal(view.line, "1,790 steps until the gate");
  assert.deepEqual(view.forced, { done: 3210, of: 5000 });
  assert.deepEqual(view.learning, { done: 0, of: 25000 });
  assert.equal(view.verdict, "good");
});

test("an open gate says where it opened", () => {
  const gate = { warmup_steps: 5000, strategy: "forced_neutral", is_open: true, opened: OPENED };
  const view = describeGate(aRun({ gate, progress: { step: 6000, total_steps: 30000, updates_while_gated: 0 } }));
  assert.equal(view.line, "Warm-up complete at step 5000: network updates start");
  assert.deepEqual(view.learning, { done: 1000, of: 25000 });
});

test("updates taken while gated are alarming, before and after the gate opens", () => {
  const closed = describeGate(aRun({ progress: { step: 10, total_steps: 30000, updates_while_gated: 20 } }));
  assert.equal(closed.verdict, "bad");
  const gate = {
    warmup_steps: 5000,
    strategy: "forced_neutral",
    is_open: true,
    opened: { ...OPENED, updates_while_gated: 9 },
  };
  assert.equal(describeGate(aRun({ gate })).updates, 9);
  assert.equal(describeGate(aRun({ gate })).verdict, "bad");
  assert.equal(describeGate(aRun({ gate })).line, "Warm-up complete at step 5000: network updates go on, after 9 while gated");
});

test("a run that is shorter than its warm-up is told so", () => {
  const view = describeGate(aRun({ config: { total_steps: 100, buffer_capacity: 10 } }));
  assert.match(view.line, /ends before the gate opens/);
  assert.equal(describeGate(aRun({ status: "stopped" })).line, "The run ended before the gate opened.");
});

test("speed and time left are claimed only of a run that moves and is heard of", () => {
  const progress = { steps_per_s: 9, eta_s: 47 };
  const claimed = (status, connection) => whileMoving(aRun({ status, progress }), { connection });
  for (const connection of ["live", "polling", "connecting"]) assert.equal(claimed("running", connection), progress);
  assert.equal(claimed("running", "disconnected"), null);
  assert.equal(claimed("paused", "live"), null);
});

test("equal fingerprints are the proof and different ones are not", () => {
  const run = (opened) => aRun({ gate: { opened } });
  assert.equal(describeProof(run(OPENED)).verdict, "good");
  assert.equal(describeProof(run({ ...OPENED, fingerprint_after: "bb" })).verdict, "bad");
  assert.equal(describeProof(run(null)).verdict, "none");
});

test("the badge tells live, catching up, stale and disconnected apart", () => {
  const followed = (more) => ({ ...tracking(), isBehind: false, ...more });
  const idle = { ...initialState(), connection: "live", runs: [aRun()], shownRunId: "r1", lastEventAt: 0 };
  const live = { ...idle, tracked: { r1: followed() } };
  assert.equal(describeConnection(live, 1000).text, "live");
  assert.equal(describeConnection({ ...live, tracked: { r1: tracking() } }, 1000).text, "catching up");
  const gone = followed({ isBehind: true, problem: { message: "no run", isFinal: true } });
  assert.equal(describeConnection({ ...live, tracked: { r1: gone } }, 1000).text, "live");
  const beside = { ...live, tracked: { ...live.tracked, r2: tracking() } };
  assert.equal(describeConnection(beside, 1000).text, "live");
  const comparing = { ...beside, view: { ...beside.view, page: "compare" } };
  assert.equal(describeConnection(comparing, 1000).text, "catching up");
  assert.equal(describeConnection(live, 9500).text, "stale for 9 s");
  assert.equal(describeConnection({ ...live, runs: [aRun({ status: "paused" })] }, 9500).text, "live");
  const gap = { ...live, connection: "disconnected", lastEventAt: 1000 };
  assert.equal(describeConnection(gap, 9500).text, "disconnected, retrying · stale for 8 s");
  assert.equal(describeConnection({ ...gap, lastEventAt: 0 }, 9500).text, "disconnected, retrying", "never heard");
  assert.match(describeConnection({ ...live, connection: "polling" }, 0).text, /polling every/);
});

test("a change of tone is heard, and seconds that are counted are not", () => {
  const [live, stale] = [{ tone: "good", text: "live" }, { tone: "waiting", text: "stale for 6 s" }];
  assert.equal(toBeHeard(null, live), live);
  assert.equal(toBeHeard(live, stale), stale);
  assert.equal(toBeHeard(stale, { tone: "waiting", text: "stale for 7 s" }), stale);
  assert.equal(toBeHeard(stale, live), live);
});

test("the announcement changes with status and phase and not with each step", () => {
  const at = (step, phase) => announcement(aRun({ progress: { step, phase } }), "live");
  assert.equal(at(1, "warmup"), at(2, "warmup"));
  assert.notEqual(at(2, "warmup"), at(3, "learning"));
});

test("of a run that nobody hears of only the past is announced, unless it had ended", () => {
  const said = (status) => announcement(aRun({ status, progress: { step: 1, phase: "learning" } }), "disconnected");
  assert.equal(said("running"), "Run r1 was running, phase learning, when it was last heard of.");
  assert.equal(said("finished"), "Run r1 is finished.");
});

test("the title of the tab says how far the run is, or how it ended, and what calls for attention", () => {
  const config = { total_steps: 30000, dataset: "sp500", seed: 0 };
  const title = (more, alerts = 0, page = "run") =>
    titleText({ view: { ...initialState().view, page }, run: aRun({ config, ...more }), labels: {} }, alerts);
  const progress = { step: 18900 };
  assert.equal(title({ progress }), "63 % · sp500 · seed 0 – Warmgate");
  assert.equal(title({ progress: { step: 29999 } }), "99 % · sp500 · seed 0 – Warmgate");
  assert.equal(title({ progress, status: "paused" }), "paused · 63 % · sp500 · seed 0 – Warmgate");
  assert.equal(title({ progress, status: "finished" }), "finished · sp500 · seed 0 – Warmgate");
  assert.equal(title({ status: "failed" }, 2), "(2) failed · sp500 · seed 0 – Warmgate");
  assert.equal(title({}, 0, "runs"), "All runs – Warmgate");
  assert.equal(title({}, 1, "compare"), "(1) Compare – Warmgate");
  assert.equal(titleText({ ...initialState() }, 0), "Warmgate");
});

test("bounds read as a range or as a limit on one side", () => {
  const none = { minimum: null, maximum: null, exclusive_minimum: null, exclusive_maximum: null };
  assert.equal(bounds({ ...none, minimum: 0, maximum: 1000 }), "0\u00a0–\u2060\u00a01,000");
  assert.equal(bounds({ ...none, exclusive_minimum: 0, maximum: 0.1 }), "above 0, at most 0.1");
  assert.equal(bounds({ ...none, minimum: 0, exclusive_maximum: 1 }), "at least 0, below 1");
  assert.equal(bounds(none), "");
});

test("a server that is gone moves nothing of a run that is shown: the badge tells of it", () => {
  const gone = { run: null, problem: null, failure: "The server cannot be reached.", connection: "disconnected" };
  assert.equal(failureText(gone), "The server cannot be reached.");
  assert.equal(failureText({ ...gone, run: aRun() }), "");
  assert.equal(failureText({ ...gone, run: aRun(), problem: { message: "no answer", isFinal: false } }), "");
  assert.equal(failureText({ ...gone, run: aRun(), failure: "Error 500", connection: "live" }), "Error 500");
  assert.equal(failureText({ ...gone, problem: { message: "There is no run “x”.", isFinal: true }, connection: "live" }), "There is no run “x”.");
});
