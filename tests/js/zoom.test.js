import assert from "node:assert/strict";
import { test } from "node:test";

import { axisFor, inSight } from "../../static/js/curves/axes.js";
import { createDetail } from "../../static/js/curves/detail.js";
import { pinched } from "../../static/js/curves/pinch.js";
import { ordered, rounded, within } from "../../static/js/curves/stretch.js";
import { wholeOf } from "../../static/js/curves/zoom.js";
import { tracking } from "../../static/js/tracked.js";
import { DEFAULT_VIEW } from "../../static/js/view.js";

const RUN = { run_id: "r1", rewinds: 0, created_at: "2026-11-23T05:00:00Z", episodes: 9_000 };
const coarse = { cutShort: [false, false], episode: [1, 8_000], step: [10, 80_000], time: [1, 8], value: [1, 8], total: 8_000 };
const fine = { episode: [100, 101], step: [1_000, 1_010], time: [2, 3], value: [5, 6], total: 2 };
const EPISODES = axisFor("episode", []);
const PART = [100, 101];

function aTracked(curve) {
  return { ...tracking(), run: RUN, history: { reward: { upTo: 8_000, smoothing: 0.9, curve } } };
}

/** A detail whose requests are noted and answered with `fine`. */
function detailing() {
  const asked = [];
  let changes = 0;
  const answer = Promise.resolve({ reward: fine });
  const detail = createDetail(
    (...request) => (asked.push(request), answer),
    () => (changes += 1),
  );
  return { detail, asked, answer, changes: () => changes };
}

test("a part zoomed into is asked for once and then drawn finer", async () => {
  const { detail, asked, answer, changes } = detailing();
  const tracked = aTracked(coarse);
  assert.equal(detail.of(tracked, "reward", EPISODES, null), tracked);
  assert.equal(detail.of(tracked, "reward", EPISODES, PART), tracked); // coarse until the answer is there
  detail.of(tracked, "reward", EPISODES, PART);
  await answer;
  await answer;
  assert.deepEqual(asked, [["r1", ["reward"], { axis: "episode", from: 100, to: 101, up_to: 8_000, smoothing: 0.9 }]]);
  assert.equal(changes(), 1);
  assert.deepEqual(detail.of(tracked, "reward", EPISODES, PART).history.reward.curve, { ...fine, isPart: true });
  assert.equal(detail.of(tracked, "reward", EPISODES, null), tracked);
});

test("a part is asked for again after a rewind, with newer points, and after a failure", async () => {
  const asked = [];
  const answers = [Promise.reject(new Error("away")), ...Array(3).fill(Promise.resolve({ reward: fine }))];
  const detail = createDetail(
    (...request) => (asked.push(request), answers[asked.length - 1]),
    () => {},
  );
  const look = async (tracked) => {
    const { curve } = detail.of(tracked, "reward", EPISODES, PART).history.reward;
    await new Promise((resolve) => setTimeout(resolve));
    return curve.episode;
  };
  const tracked = aTracked(coarse);
  const later = { ...tracked, history: { reward: { ...tracked.history.reward, upTo: 8_800 } } };
  const rewound = { ...later, run: { ...RUN, rewinds: 1 } };
  const outdated = { ...rewound, history: { reward: { ...later.history.reward, upTo: 0 } } };
  assert.deepEqual(await look(tracked), coarse.episode); // fails
  assert.deepEqual(await look(tracked), coarse.episode);
  assert.deepEqual(await look(tracked), fine.episode);
  assert.equal(asked.length, 2);
  assert.deepEqual(await look(later), fine.episode); // until what is newer is there too
  assert.equal(asked[2][2].up_to, 8_800);
  assert.deepEqual(await look(rewound), coarse.episode);
  assert.equal(asked.length, 4);
  assert.deepEqual(await look(outdated), fine.episode);
  assert.equal(asked.length, 4);
});

test("a curve that has all of its points is never asked for again", () => {
  const { detail, asked } = detailing();
  const tracked = aTracked({ ...coarse, total: 2 });
  assert.equal(detail.of(tracked, "reward", EPISODES, PART), tracked);
  assert.equal(detail.of({ ...tracking(), run: RUN }, "reward", EPISODES, PART).run, RUN);
  assert.deepEqual(asked, []);
});

test("a part in time is asked for as the server counts it", () => {
  const startedAt = Date.parse(RUN.created_at);
  const minutes = axisFor("time", [{ curve: { ...coarse, time: [startedAt + 180_000] }, startedAt }]);
  assert.deepEqual(minutes.bounds([60, 120], startedAt), [startedAt + 60_000, startedAt + 120_000]);
  assert.deepEqual(inSight(minutes, [60, 120]), [1, 2]);
});

test("buttons zoom about the middle, move to the ends of the axis and show all again", () => {
  const whole = [0, 100];
  const after = (stretch, ...orders) => orders.reduce((now, order) => ordered(order, now, whole), stretch);
  assert.deepEqual(after(null, "in"), [25, 75]);
  assert.deepEqual(after(null, "in", "in", "out"), [25, 75]);
  assert.equal(after(null, "in", "out"), null);
  assert.deepEqual(after([80, 100], "out"), [60, 100]);
  assert.deepEqual(after([0, 20], "out"), [0, 40]);
  assert.deepEqual(after([25, 75], "earlier"), [0, 50]);
  assert.deepEqual(after([25, 75], "later", "later"), [50, 100]);
  assert.deepEqual(after([-5, 15], "earlier"), [-5, 15]);
  assert.equal(after([25, 75], "all"), null);
  const nothing = [0, 0]; // is known yet, of a link that is being loaded
  assert.equal(ordered("in", null, nothing), null);
  assert.deepEqual(ordered("out", [30, 40], nothing), [30, 40]);
  assert.equal(ordered("all", [3, 9], nothing), null);
});

test("a stretch has no more digits than a screen tells apart", () => {
  assert.deepEqual(rounded([10.123456, 20.98765]), [10.12, 20.99]);
  assert.deepEqual(rounded([10.4, 300_000.2]), [10, 300_000]);
  assert.deepEqual(rounded([0.00012345678, 0.0002]), [0.00012346, 0.0002]);
});

test("the whole axis goes to the last point of what the page draws", () => {
  const run = { ...RUN, gate: {} };
  const curve = (last) => ({ ...coarse, episode: [1, last], time: [0, Date.parse(RUN.created_at) + 240_000] });
  const one = (runId, last) => ({ ...tracking(), run: { ...run, run_id: runId }, history: { reward: { upTo: last, smoothing: 0, curve: curve(last) } } });
  const tracked = { r1: one("r1", 8), r2: one("r2", 20) };
  const state = { tracked, shownRunId: "r1", catalog: { metrics: [{ name: "reward" }] }, view: { ...DEFAULT_VIEW, selected: ["r1", "r2"] } };
  assert.deepEqual(wholeOf(state), [0, 8]);
  assert.deepEqual(wholeOf({ ...state, view: { ...state.view, page: "compare" } }), [0, 20]);
  assert.deepEqual(wholeOf({ ...state, tracked: {} }), [0, 0]);
});

test("what is under two fingers stays there", () => {
  const after = (stretch, ...fingers) => pinched(stretch, ...fingers).map((end) => Number(end.toFixed(9)));
  assert.deepEqual(after([0, 100], [0.4, 0.6], [0.3, 0.7]), [25, 75], "twice as far apart: half as much in sight");
  assert.deepEqual(after([0, 100], [0.2, 0.4], [0.4, 0.6]), [-20, 80], "both moved: all moves with them");
  assert.deepEqual(after([10, 20], [0.25, 0.75], [0.25, 0.75]), [10, 20]);
  const [from, to] = after([0, 100], [0.5, 0.5], [0.1, 0.9]);
  assert.ok(to - from > 5, "fingers at one place are taken to have some distance");
});

test("fingers cannot pull the axis beyond its ends", () => {
  assert.deepEqual(within([-20, 60], [0, 100]), [0, 80]);
  assert.deepEqual(within([50, 110], [0, 100]), [40, 100]);
  assert.equal(within([-1, 101], [0, 100]), null);
});
