import assert from "node:assert/strict";
import { test } from "node:test";

import { createQueue } from "../../static/js/queue.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A queue over what is left to do, with what each piece answers; tells what was asked for, in order. */
function queueOf(left, answers = {}) {
  const store = { state: left };
  const asked = [];
  const work = async (piece) => {
    asked.push(piece);
    if (answers[piece]) throw answers[piece];
    store.state = store.state.filter((other) => other !== piece);
  };
  return { goOn: createQueue(store, { due: (state) => state, key: String, work }), asked, answers };
}

test("one piece after the other is done until nothing is due", async () => {
  const { goOn, asked } = queueOf(["a", "b"]);
  await Promise.all([goOn(), goOn()]);
  assert.deepEqual(asked, ["a", "b"]);
});

test("a piece that fails holds up no other and is tried again later", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { goOn, asked, answers } = queueOf(["a", "b"], { a: { status: 0 } });
  await goOn();
  assert.deepEqual(asked, ["a", "b"]);
  await goOn();
  assert.deepEqual(asked, ["a", "b"], "it rests");
  delete answers.a;
  context.mock.timers.tick(2000);
  await settle();
  assert.deepEqual(asked, ["a", "b", "a"]);
});

test("what the server refuses is not asked for again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { goOn, asked } = queueOf(["a"], { a: { status: 400 } });
  await goOn();
  context.mock.timers.tick(60_000);
  await settle();
  await goOn();
  assert.deepEqual(asked, ["a"]);
});
