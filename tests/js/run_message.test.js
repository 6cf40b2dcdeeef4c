import assert from "node:assert/strict";
import { test } from "node:test";

import { createRunMessage } from "../../static/js/run_message.js";

test("what is told of a run is shown with it, and gone once another one has been shown", () => {
  const message = createRunMessage();
  assert.equal(message.of("one"), "");
  message.tell("one", "It cannot be paused.");
  assert.deepEqual(["one", "two", "one"].map(message.of), ["It cannot be paused.", "", ""]);
});

test("an answer that comes once another run is shown is not told there", () => {
  const message = createRunMessage();
  assert.equal(message.of("two"), "");
  message.tell("one", "It cannot be paused.");
  assert.equal(message.of("two"), "");
});

test("what is told of no run stays", () => {
  const message = createRunMessage();
  message.tell(null, "2 settings cannot be used.");
  assert.deepEqual(["one", "two", null].map(message.of), Array(3).fill("2 settings cannot be used."));
});
