import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { createDrawQueue } from "../../static/js/draw_queue.js";

let frames = [];
let now = 0;

beforeEach((context) => {
  frames = [];
  now = 0;
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  context.mock.method(performance, "now", () => now);
  context.mock.timers.enable({ apis: ["setTimeout"] });
});

function nextFrame() {
  for (const callback of frames.splice(0)) callback();
}

/** A job that is due until it is drawn, which takes so long; `draws` has the times at which it was. */
function addJob(queue, takesMs = 0) {
  const job = { isWanted: true, draws: [] };
  queue.add({
    isDue: () => job.isWanted,
    draw() {
      job.isWanted = false;
      job.draws.push(now);
      now += takesMs;
    },
  });
  return job;
}

test("nothing is drawn before the next frame, and once however often it was asked for", () => {
  const queue = createDrawQueue();
  const job = addJob(queue);
  queue.ask();
  queue.ask();
  assert.deepEqual(job.draws, []);
  assert.equal(frames.length, 1);
  nextFrame();
  nextFrame();
  assert.deepEqual(job.draws, [0]);
});

test("what is due again too early is drawn a quarter of a second after it was", (context) => {
  const queue = createDrawQueue();
  const job = addJob(queue);
  queue.ask();
  nextFrame();
  now = 100;
  job.isWanted = true;
  queue.ask();
  nextFrame();
  assert.deepEqual(job.draws, [0]);
  now = 250;
  context.mock.timers.tick(149);
  assert.equal(frames.length, 0);
  context.mock.timers.tick(1);
  nextFrame();
  assert.deepEqual(job.draws, [0, 250]);
});

test("drawing that takes long leaves three quarters of the time to the rest", () => {
  const queue = createDrawQueue();
  const job = addJob(queue, 200);
  queue.ask();
  nextFrame();
  job.isWanted = true;
  now = 799;
  queue.ask();
  nextFrame();
  assert.deepEqual(job.draws, [0]);
  now = 800;
  queue.ask();
  nextFrame();
  assert.deepEqual(job.draws, [0, 800]);
});

test("many at once are spread over frames, the first one first", () => {
  const queue = createDrawQueue();
  const jobs = [30, 30, 30].map((takesMs) => addJob(queue, takesMs));
  queue.ask();
  nextFrame();
  assert.deepEqual(
    jobs.map(({ draws }) => draws.length),
    [1, 1, 0],
  );
  nextFrame();
  assert.deepEqual(jobs[2].draws, [60]);
  assert.equal(frames.length, 0);
});
