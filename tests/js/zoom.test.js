import assert from "node:assert/strict";
import { test } from "node:test";

import { axisFor } from "../../static/js/curves/axes.js";
import { createZoom } from "../../static/js/curves/zoom.js";
import { tracking } from "../../static/js/tracked.js";

const RUN = { run_id: "r1", rewinds: 0, created_at: "2026-11-23T05:00:00Z", episodes: 9_000 };
const coarse = { episode: [1, 8_000], step: [10, 80_000], time: [1, 8], value: [1, 8], total: 8_000 };
const fine = { episode: [100, 101], step: [1_000, 1_010], time: [2, 3], value: [5, 6], total: 2 };
const EPISODES = axisFor("episode", []);

function aTracked(curve) {
  return { ...tracking(), run: RUN, history: { reward: { upTo: 8_000, smoothing: 0.9, curve } } };
}

/** A zoom whose requests are noted and answered with `fine`. */
function zooming() {
  const asked = [];
  let changes = 0;
  const answer = Promise.resolve({ reward: fine });
  const zoom = createZoom(
    (...request) => (asked.push(request), answer),
    () => (changes += 1),
  );
  return { zoom, asked, answer, changes: () => changes };
}

test("a part zoomed into is asked for once and then drawn finer", async () => {
  const { zoom, asked, answer, changes } = zooming();
  const tracked = aTracked(coarse);
  assert.equal(zoom.detailed(tracked, "reward", EPISODES), tracked);
  zoom.to([100, 101]);
  assert.equal(zoom.detailed(tracked, "reward", EPISODES), tracked); // coarse until the answer is there
  zoom.detailed(tracked, "reward", EPISODES);
  await answer;
  await answer;
  assert.deepEqual(asked, [["r1", ["reward"], { axis: "episode", from: 100, to: 101, up_to: 8_000, smoothing: 0.9 }]]);
  assert.equal(changes(), 2);
  assert.deepEqual(zoom.detailed(tracked, "reward", EPISODES).history.reward.curve, { ...fine, isPart: true });
  zoom.to(null);
  assert.equal(zoom.detailed(tracked, "reward", EPISODES), tracked);
});

test("a part is asked for again after a rewind, with newer points, and after a failure", async () => {
  const asked = [];
  const answers = [Promise.reject(new Error("away")), ...Array(3).fill(Promise.resolve({ reward: fine }))];
  const zoom = createZoom(
    (...request) => (asked.push(request), answers[asked.length - 1]),
    () => {},
  );
  const look = async (tracked) => {
    const { curve } = zoom.detailed(tracked, "reward", EPISODES).history.reward;
    await new Promise((resolve) => setTimeout(resolve));
    return curve.episode;
  };
  const tracked = aTracked(coarse);
  const later = { ...tracked, history: { reward: { ...tracked.history.reward, upTo: 8_800 } } };
  const rewound = { ...later, run: { ...RUN, rewinds: 1 } };
  const outdated = { ...rewound, history: { reward: { ...later.history.reward, upTo: 0 } } };
  zoom.to([100, 101]);
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
  const { zoom, asked } = zooming();
  const tracked = aTracked({ ...coarse, total: 2 });
  zoom.to([100, 101]);
  assert.equal(zoom.detailed(tracked, "reward", EPISODES), tracked);
  assert.equal(zoom.detailed({ ...tracking(), run: RUN }, "reward", EPISODES).run, RUN);
  assert.deepEqual(asked, []);
});

test("a range belongs to its run and axis, and time is asked for as the server counts it", () => {
  const { zoom } = zooming();
  zoom.rangeOf("r1 time");
  zoom.to([1, 2]);
  assert.deepEqual(zoom.rangeOf("r1 time"), [1, 2]);
  assert.equal(zoom.rangeOf("r1 step"), null);
  const startedAt = Date.parse(RUN.created_at);
  const minutes = axisFor("time", [{ curve: { ...coarse, time: [startedAt + 180_000] }, startedAt }]);
  assert.deepEqual(minutes.bounds([1, 2], startedAt), [startedAt + 60_000, startedAt + 120_000]);
});
