/** Stepping in: what people did, as part of the state. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { standing } from "../../static/js/intervene/actions.js";
import { initialState, reduce } from "../../static/js/reducer.js";

const act = (number, step = number) => ({ number, step, kind: "pause", text: `action ${number}` });
const event = (runId, action) => ({
  type: "event",
  name: "action",
  payload: { run_id: runId, boot_id: "boot", action },
  at: 1,
});
const shown = reduce(initialState(), { type: "show", runId: "one" });
const numbers = (state) => state.actions.list.map(({ number }) => number);

test("an action that comes while the list is loaded is not lost", () => {
  const asked = reduce(shown, event("one", act(3)));
  const answered = reduce(asked, { type: "actions", runId: "one", actions: [act(1), act(2)] });

  assert.equal(asked.actions.isKnown, false);
  assert.deepEqual([numbers(answered), answered.actions.isKnown], [[1, 2, 3], true]);
  assert.equal(answered.sequence, 0, "an action is no event of the run");
});

test("actions of another run, and those of the run that was shown before, are not shown", () => {
  const state = reduce(reduce(shown, event("one", act(1))), event("two", act(7)));

  assert.deepEqual(numbers(state), [1]);
  assert.deepEqual(numbers(reduce(state, { type: "show", runId: "two" })), []);
  assert.deepEqual(numbers(reduce(state, { type: "actions", runId: "two", actions: [act(7)] })), [1]);
});

test("after a lost connection the list is asked for again and stays in sight meanwhile", () => {
  const known = reduce(shown, { type: "actions", runId: "one", actions: [act(1)] });
  const unsure = reduce(known, { type: "behind" });

  assert.deepEqual([numbers(unsure), unsure.actions.isKnown], [[1], false]);
});

test("going back takes the actions that it undid off the curves", () => {
  const actions = [act(1, 10), act(2, 80), act(3, 90), act(4, 50), act(5, 60)];

  assert.deepEqual(
    standing(actions).map(({ number }) => number),
    [1, 4, 5],
  );
});
