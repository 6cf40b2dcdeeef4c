/** What is pressed keeps the page still: from when until when. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { createPress } from "../../static/js/press.js";

/** An element that lies in those that these selectors match. */
class Inside {
  constructor(/** @type {string[]} */ ...selectors) {
    this.selectors = selectors;
  }
  closest(/** @type {string} */ list) {
    return list.split(", ").some((selector) => this.selectors.includes(selector)) ? this : null;
  }
}
globalThis.Element = /** @type {any} */ (Inside);

/** Whether the page is held, after each of these events. */
function heldAfter(/** @type {[string, any?][]} */ ...events) {
  /** @type {Map<string, (event: any) => void>} */
  const handlers = new Map();
  globalThis.addEventListener = (/** @type {string} */ type, /** @type {any} */ handler) => void handlers.set(type, handler);
  let isHeld = false;
  createPress({ hold: () => void (isHeld = true), release: () => void (isHeld = false) });
  return events.map(([type, event]) => {
    if (type === "wait") mock.timers.tick(event.ms);
    else handlers.get(type)?.({ button: 0, pointerType: "mouse", target: null, ...event });
    return isHeld;
  });
}

test("a page is held while a button is pressed", () => {
  const button = { target: new Inside("button") };
  assert.deepEqual(heldAfter(["pointerdown", button], ["pointerup", button]), [true, false]);
});

test("a page is held no longer than the button of the mouse, wherever that was let go", () => {
  const moved = (/** @type {number} */ buttons) => /** @type {[string, any]} */ (["pointermove", { buttons }]);
  assert.deepEqual(heldAfter(["pointerdown", { target: new Inside("tr") }], moved(1), moved(0)), [true, true, false]);
});

test("a page is held until a finger's click has come, or it is clear that none does", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const finger = { target: new Inside("button"), pointerType: "touch" };
  const [down, up, click] = /** @type {[string, any][]} */ (["pointerdown", "pointerup", "click"].map((type) => [type, finger]));

  assert.deepEqual(heldAfter(down, up, click), [true, true, false]);
  assert.deepEqual(heldAfter(down, up, ["wait", { ms: 349 }], ["wait", { ms: 1 }]), [true, true, true, false]);
  const again = heldAfter(down, up, ["wait", { ms: 300 }], down, ["wait", { ms: 300 }]);
  assert.deepEqual(again, [true, true, true, true, true], "the end of one press is not that of the next");
  mock.timers.reset();
});

test("what shows its value at once, or has a list of its own, holds no page, nor does what is no element", () => {
  const slider = new Inside("label", "input[type=range]");
  const choice = new Inside("label", "select");
  for (const target of [slider, choice, {}, null]) assert.deepEqual(heldAfter(["pointerdown", { target }]), [false]);
});
