import assert from "node:assert/strict";
import { test } from "node:test";

import { cpuPercent, loadTexts } from "../../static/js/machine/load.js";
import { isSeen } from "../../static/js/machine/panel.js";

const READING = { clock_s: 100, cpu_s: 50, cpu_count: 2, threads: 9, memory_bytes: 412e6, machine_memory_bytes: 16.4e9 };

test("load is the processor time between two readings, in percent of one processor", () => {
  assert.equal(cpuPercent(READING, { ...READING, clock_s: 104, cpu_s: 56 }), 150);
  assert.equal(cpuPercent(null, READING), null);
});

test("readings of two processes have no load between them", () => {
  assert.equal(cpuPercent(READING, { ...READING, clock_s: 110, cpu_s: 1 }), null);
  assert.equal(cpuPercent(READING, READING), null);
});

test("a reading is told in words, with what there is in all", () => {
  const next = { ...READING, clock_s: 102, cpu_s: 52.5 };
  assert.deepEqual(loadTexts(READING, next), {
    cpu: "63 %",
    processors: "of 2 processors",
    memory: "412 MB",
    machine: "of 16.4 GB",
  });
});

test("what the system does not tell is a dash", () => {
  assert.deepEqual(loadTexts(null, null), { cpu: "–", processors: "", memory: "–", machine: "" });
  assert.equal(loadTexts(null, { ...READING, memory_bytes: null }).memory, "–");
  assert.equal(loadTexts(null, READING).processors, "");
});

test("it is asked for wherever the server answers and the page is in sight", (context) => {
  globalThis.document = /** @type {any} */ ({ visibilityState: "visible" });
  context.after(() => Reflect.deleteProperty(globalThis, "document"));
  const view = /** @type {any} */ ({ page: "run" });
  const answering = ["live", "polling", "connecting", "disconnected"].map((connection) =>
    isSeen(/** @type {any} */ ({ connection, view })),
  );
  assert.deepEqual(answering, [true, true, false, false]);
  assert.equal(isSeen({ connection: "polling", view: { ...view, page: "compare" } }), false);
  Object.assign(document, { visibilityState: "hidden" });
  assert.equal(isSeen({ connection: "live", view }), false);
});
