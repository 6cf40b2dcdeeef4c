/** Parameters and their values in words, and as they are typed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { readNumber } from "../../static/js/field.js";
import { changeText, inWords, named, settingText, unitOf, withHelpInWords } from "../../static/js/parameters.js";

const FEE = { name: "fee_bps", label: "Fee", unit: "bp", type: "number" };
const EVERY = { label: "Save every", unit: "episodes" };

test("a value has the unit of its parameter, unless the label says it", () => {
  assert.equal(settingText(FEE, 5), "Fee 5 bp");
  assert.equal(settingText({ label: "Total steps", unit: "steps" }, 30000), "Total steps 30,000");
  assert.equal(settingText({ label: "Updates per step", unit: "updates/step" }, 2), "Updates per step 2");
  assert.deepEqual([settingText(EVERY, 1), settingText(EVERY, 2)], ["Save every 1 episode", "Save every 2 episodes"]);
  assert.equal(settingText({ label: "Validation from", unit: "as YYYY-MM-DD or empty" }, ""), "Validation from empty");
  assert.equal(settingText({ label: "Target entropy", unit: "nats" }, null), "Target entropy automatic");
  assert.equal(unitOf({ label: "Seed", unit: "" }), "");
});

test("a change is told with units, and by the name where nobody knows a label", () => {
  assert.equal(changeText(named([FEE], "fee_bps"), 2, 5), "Fee 2 bp → 5 bp");
  assert.equal(changeText(named([], "fee_bps"), 2, 5), "fee bps 2 → 5");
});

test("numbers are read with grouped thousands too, and what is none stays as it was typed", () => {
  assert.deepEqual(
    [" 12000 ", "12,000", "1,234,567.5", "-1,000", "1e-3", ".5", "5.", ""].map(readNumber),
    [12000, 12000, 1234567.5, -1000, 0.001, 0.5, 5, null],
  );
  const none = ["12,00", "0,5", "0,005", "0,100", "1,0000", "0x10", "0b1", "1e", "Infinity", "1_000", "twelve"];
  assert.deepEqual(none.map(readNumber), none);
});

test("the server's texts call parameters and choices as the page does", () => {
  const labels = { test_from: "Test from" };
  assert.equal(inWords("Goes with `test_from`; empty is fine.", labels), "Goes with “Test from”; empty is fine.");
  assert.equal(inWords("only `downside_penalised` reads it", labels), "only “downside penalised” reads it");
  const choices = [{ name: "a", help: "Needs `fee_bps`." }];
  const { parameters } = withHelpInWords({ parameters: [{ ...FEE, help: "Not `a_b`.", choices }], metrics: [] });
  assert.deepEqual([parameters[0].help, parameters[0].choices[0].help], ["Not “a b”.", "Needs “Fee”."]);
});
