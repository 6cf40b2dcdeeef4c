import assert from "node:assert/strict";
import { test } from "node:test";

import { createReader, SHORTCUTS } from "../../static/js/keys/shortcuts.js";

/** Presses keys `gap` milliseconds apart and returns what they did. */
function press(keys, where = "page", gap = 100) {
  const read = createReader(SHORTCUTS);
  return keys.map((key, index) => read(key, where, index * gap)?.action ?? null);
}

test("a sequence acts on its last key and starts afresh after it", () => {
  assert.deepEqual(press(["g", "r", "r", "g", "c"]), [null, "run", null, null, "compare"]);
});

test("a key that leads nowhere begins again", () => {
  assert.deepEqual(press(["g", "x", "s"]), [null, null, "search"]);
  assert.deepEqual(press(["g", "g", "a"]), [null, null, "runs"]);
  assert.deepEqual(press(["g", "t"]), [null, "theme"]);
});

test("a slow second key is a first one", () => {
  assert.deepEqual(press(["g", "r"], "page", 5_000), [null, null]);
});

test("shortcuts act where they belong", () => {
  assert.deepEqual(press(["n", "ArrowLeft", "?"], "page"), [null, null, "sheet"]);
  assert.deepEqual(press(["n", "ArrowLeft", "?", "g", "r"], "inspector"), ["next", "previous", "sheet", null, null]);
});

test("no two shortcuts of a place begin alike, or one would hide the other", () => {
  for (const one of SHORTCUTS) {
    const rivals = SHORTCUTS.filter(({ where, keys }) => {
      const together = where === one.where || "anywhere" === where || "anywhere" === one.where;
      return together && keys !== one.keys && one.keys.every((key, index) => key === keys[index]);
    });
    assert.deepEqual(rivals, [], one.keys.join(" "));
  }
});
