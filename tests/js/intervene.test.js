/** Stepping in: what people did, as part of the state. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { matches, words } from "../../static/js/form_search.js";
import { standing } from "../../static/js/intervene/actions.js";
import { configAt, expectedConfig } from "../../static/js/intervene/changes.js";
import { markParts, marksKey, marksOf } from "../../static/js/intervene/marks.js";
import { askedText, waitingText } from "../../static/js/intervene/panel.js";
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
  const told = reduce(unsure, { type: "actions", runId: "one", actions: [act(1)] });
  assert.equal(told.actions.list, known.actions.list, "nothing is new, so nothing is drawn again");
  assert.deepEqual(numbers(reduce(unsure, { type: "actions", runId: "one", actions: [act(1), act(2)] })), [1, 2]);
});

test("going back takes the actions that it undid off the curves", () => {
  const actions = [act(1, 10), act(2, 80), act(3, 90), act(4, 50), act(5, 60)];

  assert.deepEqual(
    standing(actions).map(({ number }) => number),
    [1, 4, 5],
  );
});

test("people's orders are marked where they were given, and changes where they took effect", () => {
  const list = [
    { ...act(1, 0), kind: "start", text: "Started" },
    { ...act(2, 30), text: "Paused" },
    { ...act(3, 30), kind: "resume", text: "Resumed" },
    { ...act(5, 30), text: "Paused again" },
    { ...act(4, 35), kind: "change", text: "Changed for the next episode" },
  ];
  const run = { changes: [{ step: 40, before: { fee_bps: 2 }, after: { fee_bps: 7 } }] };
  const catalog = { parameters: [{ name: "fee_bps", label: "Fee", unit: "bp" }] };

  assert.deepEqual(marksOf({ run, actions: { list, isKnown: true }, catalog }, [20, 40, 60], [1, 2, 3]), [
    { x: 1.5, kind: "pause", level: 0, text: "Paused, step 30<br>Paused again, step 30" },
    { x: 1.5, kind: "resume", level: 1, text: "Resumed, step 30" },
    { x: 2, kind: "change", level: 0, text: "Changed: Fee 2 bp → 7 bp, step 40" },
  ]);
  const soon = [act(1, 1000), { ...act(2, 1010), kind: "resume" }, act(3, 1100)];
  const levels = marksOf({ run: null, actions: { list: soon, isKnown: true } }, [1000, 2000], [1000, 2000]).map(({ level }) => level);
  assert.deepEqual(levels, [0, 1, 0], "what would cover another stands above it");
  assert.deepEqual(marksOf({ run, actions: { list, isKnown: true } }, [], []), []);
  assert.deepEqual(marksOf({ run: null }, [20], [1]), []);
});

test("each kind has its own shape and colour, and the key says what it means", () => {
  const kinds = ["pause", "resume", "change", "evaluate", "save", "stop", "roll_back"];
  const marks = kinds.map((kind, x) => ({ x, kind, level: 0, text: kind }));
  const names = ["warmup", "buy", "learning", "reference", "muted", "sell", "ink"];
  const colours = Object.fromEntries(names.map((name) => [name, name]));
  const { shapes, traces } = markParts([...marks, { x: 6, kind: "stop", level: 1, text: "" }], colours);

  assert.equal(new Set(traces.map(({ marker }) => marker.symbol)).size, kinds.length);
  assert.deepEqual(new Set(traces.map(({ marker }) => marker.color)), new Set(names));
  assert.deepEqual(traces.find(({ name }) => name === "stopped").x, [5, 6]);
  assert.equal(shapes.length, kinds.length, "one line for each place");
  assert.equal(marksKey([marks[5], marks[0], marks[5]]), "✕ stopped · ■ paused");
  assert.equal(marksKey([]), "");
});

test("what waits for the next episode is said in the form's own words", () => {
  const parameters = [
    { name: "fee_bps", label: "Fee", unit: "bp" },
    { name: "target_entropy", label: "Target entropy", unit: "nats" },
  ];
  const pending = [{ values: { fee_bps: 5 } }, { values: { fee_bps: 7, target_entropy: null } }];

  assert.equal(waitingText({ pending_changes: pending, config_in_force: { fee_bps: 2 } }, parameters), "From the next episode on: Fee 7 bp, Target entropy automatic.");
  assert.equal(waitingText({ pending_changes: [], config_in_force: {} }, parameters), "");
  const asItIs = { pending_changes: pending.slice(0, 1), config_in_force: { fee_bps: 5 } };
  assert.equal(waitingText(asItIs, parameters), "");
  const config = { fee_bps: 2, target_entropy: -1, seed: 0 };
  assert.deepEqual(expectedConfig({ config_in_force: config, pending_changes: pending }), {
    fee_bps: 7,
    target_entropy: null,
    seed: 0,
  });
});

test("an evaluation that was asked for is under way until it is there, or its run has ended without it", () => {
  const [running, stopped] = ["running", "stopped"].map((status) => ({ status }));
  const others = [{ window: "validation", step: 250 }, { window: "test", step: 1250 }];
  const judged = [...others, { window: "validation", step: 1250 }];
  assert.equal(askedText(1250, running, others), "The policy of step 1,250 is being evaluated on the validation bars.");
  assert.equal(askedText(1250, running, judged), "The policy of step 1,250 was evaluated on the validation bars.");
  assert.equal(askedText(1250, stopped, judged), "The policy of step 1,250 was evaluated on the validation bars.");
  assert.equal(askedText(1250, stopped, others), "");
});

test("a fork begins with the configuration that its checkpoint goes on with", () => {
  const run = { config: { fee_bps: 2, seed: 0 }, changes: [{ step: 40, after: { fee_bps: 7 } }] };

  assert.deepEqual(configAt(run, 40), { fee_bps: 2, seed: 0 });
  assert.deepEqual(configAt(run, 41), { fee_bps: 7, seed: 0 });
});

test("a setting is found by words of its label, name, help and choices", () => {
  const fee = { name: "fee_bps", label: "Fee", help: "Commission per traded notional." };
  const found = (parameter, text) => matches(parameter, words(text), "Environment and costs");
  const device = { name: "device", label: "Device", help: "Where", choices: [{ name: "cuda", help: "The GPU." }] };

  for (const text of ["fee", "FEE bps", "fee_bps", "commission traded", "cost", "environment fee", ""])
    assert.ok(found(fee, text), text);
  assert.ok(found(device, "gpu"));
  assert.ok(!found(fee, "fee gpu"));
});
