/** Comparing what something was made from. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { areSame } from "../../static/js/same.js";

test("lists are the same where all of their values are the very same, and none is missing", () => {
  const run = { run_id: "r1" };
  assert.ok(areSame([run, undefined], [run, undefined]));
  assert.ok(!areSame([run, undefined], [run]), "what is not there yet is not known");
  assert.ok(!areSame([run], [{ ...run }]));
  assert.ok(!areSame([run], [run, run]));
});
